"""The lines of a journal: written and read back, damaged ones, and the end of a long one."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.desk.journal.journal_lines import (
    TAIL_LINES,
    ClockAnchor,
    JournalHeader,
    Succession,
    anchor_line,
    header_line,
    journal_tail,
    message_line,
    read_header,
    read_line,
    succession_line,
)
from installation.show.control import Message, initial_control
from tests.desk.scores import tide

ANCHOR = ClockAnchor(1_800_000_000.25, 5000.0, "this boot")
HEADER = JournalHeader("a1", "Tide", Fraction(30000, 1001), ANCHOR)
SUCCESSION = Succession(8, "b2", "Tide", initial_control(tide()))
GO = Message(7, 0, "go", "flood", source="osc:10.0.0.5")


def test_each_line_is_read_as_what_was_written() -> None:
    assert read_header(header_line(HEADER).encode()) == HEADER
    assert read_line(anchor_line(ANCHOR).encode()) == ANCHOR
    assert read_line(succession_line(SUCCESSION).encode()) == SUCCESSION
    assert read_line(message_line(GO).encode()) == GO


@given(
    st.binary(max_size=60) | st.sampled_from([b"[" * 100_000, b'{"anchor": 3}', b'{"succession": {}}', b"7", b"null"])
)
def test_whatever_a_damaged_disk_holds_is_one_kind_of_error(line: bytes) -> None:
    for read in (read_header, read_line):
        with pytest.raises(ValueError, match=r"."):
            read(line)


@pytest.mark.parametrize(
    "line",
    [
        '{"frame": 1.5, "sequence": 0, "kind": "go"}',
        '{"frame": 1, "sequence": 0, "kind": "go", "target": 5}',
        '{"frame": 1, "sequence": 0, "kind": "set", "hold_seconds": "long"}',
        '{"frame": 1, "sequence": 0, "kind": ["go"]}',
        '{"anchor": {"show_epoch": "yesterday"}}',
        '{"anchor": {"show_epoch": NaN}}',
    ],
)
def test_a_value_of_the_wrong_kind_is_a_damaged_line(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_line(line.encode())


def test_the_tail_of_a_month_of_journal_is_its_last_lines(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    journal.write_text(header_line(HEADER) + "".join(f'{{"frame": {number}}}\n' for number in range(100_000)))
    score, tail = journal_tail(journal)
    assert score == "a1"
    assert tail[-1] == '{"frame": 99999}'
    assert len(tail) == TAIL_LINES == 40
    assert journal_tail(tmp_path / "none") == (None, ())


def test_the_tail_names_the_score_that_played_last(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    journal.write_text(header_line(HEADER) + message_line(GO) + succession_line(SUCCESSION) + message_line(GO) * 1000)
    assert journal_tail(journal)[0] == "b2"


def test_a_takeover_that_is_half_written_has_not_happened(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    journal.write_text(header_line(HEADER) + message_line(GO) + succession_line(SUCCESSION)[:-1])
    assert journal_tail(journal)[0] == "a1"
