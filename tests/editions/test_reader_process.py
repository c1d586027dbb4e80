"""Scores that are read by a process of their own."""

from __future__ import annotations

import logging
import os
import signal
from pathlib import Path

import pytest

from installation.atlas import INDEX_NAME
from installation.editions.reader_process import ReaderProcess
from installation.errors import AtlasError
from installation.score import reader
from tests.small_atlas import small_atlas

SCORE = """
title: {title}
atlas: atlas
outputs: {{left: 32x18}}
cues:
  - {{id: dawn, duration: 4s, layers: [{{walk: {walk}}}]}}
"""


def score_in(folder: Path, title: str = "Small", walk: str = "near-1") -> Path:
    file = folder / "score.yaml"
    file.write_text(SCORE.format(title=title, walk=walk))
    return file


def process_id(apart: ReaderProcess) -> int:
    assert apart._process is not None
    return apart._process.pid


def test_scores_that_are_read_apart_are_the_same_with_all_their_mistakes(tmp_path: Path) -> None:
    small_atlas(tmp_path / "atlas")
    with ReaderProcess() as apart:
        for walk in ("near-1", "[near-1, near-2]", "nowhere"):
            file = score_in(tmp_path, walk=walk)
            assert apart.check(file) == reader.check(file)
        for other in (tmp_path, tmp_path / "no such file"):
            assert apart.check(other) == reader.check(other)
        damaged = tmp_path / "atlas" / INDEX_NAME
        damaged.write_text("half of")
        with pytest.raises(AtlasError, match="truncated or damaged"):
            apart.check(score_in(tmp_path))


def test_a_score_is_read_although_the_process_has_died(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    small_atlas(tmp_path / "atlas")
    with ReaderProcess() as apart:
        apart.start()
        first = process_id(apart)
        os.kill(first, signal.SIGKILL)
        with monkeypatch.context() as just_now, caplog.at_level(logging.WARNING):
            just_now.setattr(apart, "start", lambda: None)
            report = apart.check(score_in(tmp_path, "One"))
        assert report.score is not None
        assert report.score.title == "One"
        assert "has failed" in caplog.text
        report = apart.check(score_in(tmp_path, "Two"))
        assert report.score is not None
        assert report.score.title == "Two"
        assert process_id(apart) != first


def test_nothing_is_left_of_it_when_the_show_ends() -> None:
    apart = ReaderProcess()
    apart.start()
    number = process_id(apart)
    apart.close()
    apart.close()
    apart.start()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
    assert apart._process is None
