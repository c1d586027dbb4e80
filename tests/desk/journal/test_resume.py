"""A show whose score was edited over night starts in the morning."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from installation.desk.journal.journal import Journal
from installation.desk.journal.journal_lines import ClockAnchor, JournalHeader
from installation.desk.journal.resume import resumable_recording
from installation.show.control import Message
from tests.desk.scores import tide

NOON = 1795608000.0
SCORE = tide()
GO = Message(60, 0, "go", "flood", source="keyboard")


def written(journal: Path) -> Path:
    with Journal(journal, JournalHeader.of(SCORE, ClockAnchor(NOON))) as opened:
        opened.record([GO])
    return journal


def test_a_journal_of_the_same_score_is_gone_on_with(tmp_path: Path) -> None:
    recording = resumable_recording(written(tmp_path / "journal.jsonl"), SCORE, NOON)
    assert recording is not None
    assert recording.messages == (GO,)


def test_a_journal_of_an_edited_score_is_set_aside_and_not_lost(tmp_path: Path) -> None:
    journal = written(tmp_path / "journal.jsonl")
    content = journal.read_bytes()
    assert resumable_recording(journal, replace(SCORE, digest="f" * 64), NOON) is None
    assert (tmp_path / "journal-000001-20261125T120000.000000Z.jsonl").read_bytes() == content
    assert not journal.exists()


def test_a_journal_that_a_power_cut_left_empty_does_not_keep_the_show_from_starting(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    journal.touch()
    assert resumable_recording(journal, SCORE, NOON) is None
    journal.write_bytes(b"\0" * 4096)
    assert resumable_recording(journal, SCORE, NOON) is None
    assert not journal.exists()


def test_without_a_journal_the_show_begins(tmp_path: Path) -> None:
    assert resumable_recording(tmp_path / "journal.jsonl", SCORE, NOON) is None


def test_a_journal_that_can_neither_be_used_nor_renamed_is_said_and_the_show_begins_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    journal = written(tmp_path / "journal.jsonl")

    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "replace", refuse)
    assert resumable_recording(journal, replace(SCORE, digest="f" * 64), NOON) is None
    assert "written for 'Tide'" in caplog.text
    assert "cannot be set aside: Read-only file system" in caplog.text
    assert journal.exists()
