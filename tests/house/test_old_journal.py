"""A show whose score was edited over night starts in the morning."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from installation.house.old_journal import set_aside

NOON = 1795608000.0


def written(tmp_path: Path, digest: str) -> Path:
    journal = tmp_path / "journal.jsonl"
    journal.write_text(json.dumps({"journal": 1, "score": digest}) + "\n")
    return journal


def test_a_journal_of_the_same_score_is_kept(tmp_path: Path) -> None:
    score = tmp_path / "show.yaml"
    score.write_text("title: Sea\n")
    journal = written(tmp_path, hashlib.sha256(score.read_bytes()).hexdigest())
    assert set_aside(journal, score, NOON) is None
    assert journal.exists()


def test_a_journal_of_an_edited_score_is_set_aside_and_not_lost(tmp_path: Path) -> None:
    score = tmp_path / "show.yaml"
    score.write_text("title: Sea\n")
    journal = written(tmp_path, "another")
    content = journal.read_text()
    aside = set_aside(journal, score, NOON)
    assert aside == tmp_path / "journal-20261125T120000.jsonl"
    assert aside.read_text() == content
    assert not journal.exists()


def test_a_journal_that_a_power_cut_left_empty_does_not_keep_the_show_from_starting(tmp_path: Path) -> None:
    score, journal = tmp_path / "show.yaml", tmp_path / "journal.jsonl"
    score.write_text("title: Sea\n")
    journal.touch()
    assert set_aside(journal, score, NOON) is not None


def test_without_a_journal_or_a_score_nothing_happens(tmp_path: Path) -> None:
    assert set_aside(tmp_path / "journal.jsonl", tmp_path / "show.yaml", NOON) is None
    assert set_aside(written(tmp_path, "a"), tmp_path / "show.yaml", NOON) is None
