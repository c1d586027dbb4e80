"""Where a show begins: as the command says, or where its journal says that it would be now."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest

from installation.desk.journal.journal import Recording
from installation.desk.journal.journal_lines import ClockAnchor, JournalHeader
from installation.player.beginning import FROM_THE_START, Beginning
from installation.show.clock import this_boot
from installation.show.control import Message
from tests.desk.scores import tide

BEGAN = 1_800_000_000.0


def recorded(**more: object) -> Recording:
    """A journal of a show whose frame 0 was due a minute ago."""
    anchor = ClockAnchor(time.time() - 60, time.monotonic() - 60, this_boot())
    facts: dict[str, object] = {"messages": (Message(3, 0, "go"),), "whole_bytes": 0, **more}
    return Recording(JournalHeader.of(tide(), anchor), anchor=anchor, **facts)  # type: ignore[arg-type]  # fields of a Recording


def test_a_show_that_begins_starts_at_its_first_frame_and_has_no_past() -> None:
    assert FROM_THE_START.epoch() is None
    assert FROM_THE_START.frame_number(Fraction(30)) == 0
    assert (FROM_THE_START.past, FROM_THE_START.damage) == ((), ())


def test_a_show_that_goes_on_begins_where_it_would_be_by_now() -> None:
    beginning = Beginning((), recorded())
    assert beginning.frame_number(Fraction(30)) == pytest.approx(1800, abs=30)
    assert beginning.frame_number(Fraction(1)) == pytest.approx(60, abs=1)


def test_what_was_said_before_an_edit_took_over_counts_as_past_too() -> None:
    before, after = Message(1, 0, "go"), Message(9, 0, "pause")
    assert Beginning((after,), recorded(earlier=(before,), messages=(after,))).past == (before, after)


def test_damaged_lines_are_told_with_their_number() -> None:
    assert Beginning((), recorded()).damage == ()
    (told,) = Beginning((), recorded(left_out=3)).damage
    assert "3 lines of the journal are damaged or do not fit, and are left out; see the log" in told
