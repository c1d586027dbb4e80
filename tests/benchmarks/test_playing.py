"""The benchmark of a show of everything: its scores are whole. It is run by hand, on a quiet machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from installation.benchmarks import playing
from installation.score import reader


def test_the_score_has_every_part_and_each_can_be_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "FILM_PX", (64, 36))
    monkeypatch.setattr(playing, "FILM_FRAMES", 5)
    playing.make_material(tmp_path)
    file = tmp_path / "playing.yaml"
    for left_out in (None, *playing.PARTS):
        file.write_text(playing.score_of([part for part in playing.PARTS if part != left_out]))
        score = reader.read(file)
        (cue,) = score.cues
        assert len(cue.layers) == 4 - (left_out in playing.LAYERS)
        assert [effect.kind for effect in cue.layers[0].effects] == (
            [] if left_out == playing.EFFECTS else ["grade", "grain"]
        )
        assert bool(cue.sounds) == (left_out != playing.SOUND)
