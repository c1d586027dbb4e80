"""A saved edition waits for its moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from installation.editions.edition import Edition
from installation.editions.file_watcher import ReadResult
from installation.editions.takeover import Takeover
from installation.errors import DeviceError, Mistake, RigError
from installation.notices import Notices
from installation.rig.venue import Venue
from installation.show.control import Message
from installation.show.playing.performance import Performance
from installation.show.score import Score
from tests.desk.scores import tide

OLD = tide()
FILE = Path("tide.yaml")


class Produced:
    """As much of a production as a takeover looks at."""

    def __init__(self, score: Score) -> None:
        self.score = score


def edition(score: Score) -> Edition:
    produced: Any = Produced(score)
    space: Any = None
    return Edition(produced, space, Venue())


class Easel:
    """Has what it takes to draw an edition, and its first pictures, when a test says so."""

    def __init__(self) -> None:
        self.is_prepared = self.is_ready = True
        self.failure: DeviceError | None = None
        self.foreseen: list[int] = []

    def prepare(self, _edition: Edition) -> bool:
        if self.failure:
            raise self.failure
        return self.is_prepared

    def prefetch(self, _edition: Edition, frame_number: int) -> Any:
        self.foreseen.append(frame_number)
        return lambda: self.is_ready


class Show:
    """A performance, and what is saved while it runs."""

    def __init__(self) -> None:
        self.performance = Performance(OLD, ["left", "right"])
        self.easel = Easel()
        self.saved: list[ReadResult[Edition]] = []
        self.notices = Notices()
        self.takeover = Takeover(
            lambda: self.saved.pop() if self.saved else None, self.easel, self.performance, FILE, self.notices
        )
        self.frame_number = 0

    def save(self, score: Score) -> Edition:
        self.saved.append(ReadResult(saved := edition(score)))
        return saved

    def frames(self, count: int) -> Iterator[Edition | None]:
        for _ in range(count):
            self.frame_number += 1
            due = self.takeover.due(self.frame_number)
            self.notices.publish()
            yield due

    def taken_within(self, count: int) -> Edition | None:
        return next((taken for taken in self.frames(count) if taken), None)

    def do(self, kind: Any, target: str = "", value: float = 0.0) -> None:
        self.performance.follow([Message(self.frame_number, 0, kind, target, value)], self.frame_number)


@pytest.fixture
def show() -> Show:
    return Show()


def test_what_was_saved_takes_over_at_the_frame_that_its_pictures_were_ordered_for(show: Show) -> None:
    saved = show.save(replace(OLD, title="Edited"))
    assert show.taken_within(60) is saved
    assert show.easel.foreseen == [show.frame_number]
    assert show.taken_within(60) is None


def test_the_old_one_goes_on_until_the_new_one_has_its_first_pictures(show: Show) -> None:
    saved = show.save(OLD)
    show.easel.is_prepared = show.easel.is_ready = False
    assert show.taken_within(30) is None
    show.easel.is_prepared = True
    assert show.taken_within(60) is None
    show.easel.is_ready = True
    assert show.taken_within(60) is saved


def test_on_a_machine_that_is_too_slow_it_comes_in_the_end(show: Show) -> None:
    saved = show.save(OLD)
    show.easel.is_ready = False
    assert show.taken_within(60 * 4) is None
    assert show.taken_within(60 * 2) is saved


def test_while_the_show_is_locked_an_edit_waits_and_it_is_said(show: Show) -> None:
    saved = show.save(OLD)
    show.do("lock", value=1.0)
    assert show.taken_within(600) is None
    assert show.notices.current.warnings == ("the show is locked; the saved edit takes effect when you unlock it",)
    show.do("lock", value=0.0)
    assert show.taken_within(60) is saved
    assert not show.notices.current.warnings


def test_of_two_edits_saved_while_the_show_is_locked_the_last_one_counts(show: Show) -> None:
    show.do("lock", value=1.0)
    show.save(replace(OLD, title="one editor"))
    assert show.taken_within(10) is None
    last = show.save(replace(OLD, title="the other"))
    assert show.taken_within(10) is None
    show.do("lock", value=0.0)
    assert show.taken_within(60) is last


def test_an_edit_without_the_cue_that_plays_waits_for_another_one(show: Show) -> None:
    saved = show.save(replace(OLD, cues=OLD.cues[1:]))
    assert show.taken_within(60) is None
    assert show.notices.current.warnings == (
        "cue 'ebb' is playing but is no longer in the score; the saved edit waits for the next cue",
    )
    show.do("go", "flood")
    assert show.taken_within(60) is saved


def test_a_mistake_keeps_what_plays_and_drops_what_waited(show: Show) -> None:
    show.save(OLD)
    show.do("lock", value=1.0)
    assert show.taken_within(5) is None
    mistake = Mistake("rig.yaml", 3, 5, "heads.left", "no")
    show.saved.append(ReadResult(None, RigError(str(mistake), (mistake,))))
    show.do("lock", value=0.0)
    assert show.taken_within(60) is None
    assert show.notices.current.mistakes == (mistake,)
    saved = show.save(OLD)
    assert show.taken_within(60) is saved
    assert not show.notices.current.mistakes


def test_an_atlas_that_no_decoder_takes_is_told_and_the_show_goes_on(show: Show) -> None:
    show.save(OLD)
    show.easel.failure = DeviceError("no memory on the card")
    assert show.taken_within(60) is None
    assert [str(mistake) for mistake in show.notices.current.mistakes] == ["tide.yaml:1:1: no memory on the card"]
