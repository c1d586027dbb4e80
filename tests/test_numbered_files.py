"""What is put away in order, whatever the clock on the wall says."""

from __future__ import annotations

from pathlib import Path

import pytest

from installation.desk.journal.journal_archive import MAX_ARCHIVED, archive, archived_journals
from installation.files import next_path, oldest_first
from installation.house.incident import MAX_INCIDENTS, Incident, write_incident

NOON = 1795608000.0


def test_a_clock_that_begins_in_1970_deletes_the_oldest_journal_and_not_the_newest(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    for evening in range(MAX_ARCHIVED + 3):
        journal.unlink(missing_ok=True)  # what is put away is the same file under another name
        journal.write_text(f"evening {evening}\n")
        archive(journal, NOON + 86_400 * evening if evening < MAX_ARCHIVED else 60.0)
    kept = [one.read_text() for one in archived_journals(journal)]
    assert kept == [f"evening {evening}\n" for evening in range(3, MAX_ARCHIVED + 3)]


def test_journals_from_before_there_were_numbers_go_first(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    (tmp_path / "journal-20991125T120000.000000Z.jsonl").touch()
    journal.touch()
    archive(journal, 60.0)
    assert [one.name for one in archived_journals(journal)] == [
        "journal-20991125T120000.000000Z.jsonl",
        "journal-000001-19700101T000100.000000Z.jsonl",
    ]


def test_the_incident_that_was_just_written_is_there_whatever_the_clock_says(tmp_path: Path) -> None:
    for number in range(MAX_INCIDENTS):
        next_path(tmp_path, "incident", ".json", NOON + number).touch()
    path = write_incident(tmp_path, Incident("crash", 60.0, 1, 1.0, 5, ("play",), "boom"))
    assert path is not None
    assert path.exists()
    assert oldest_first(tmp_path.glob("incident-*.json"))[-1] == path
    assert len(list(tmp_path.iterdir())) == MAX_INCIDENTS


@pytest.mark.parametrize("wall_seconds", [-1e18, 1e18, float("nan"), 0.0])
def test_a_clock_that_stands_nowhere_still_gives_a_name(tmp_path: Path, wall_seconds: float) -> None:
    next_path(tmp_path, "journal", ".jsonl", wall_seconds).touch()
    assert next_path(tmp_path, "journal", ".jsonl", wall_seconds).name.startswith("journal-000002-")
