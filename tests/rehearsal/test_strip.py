"""The strip of a score."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageColor

from installation.errors import ScoreError
from installation.rehearsal.previews import Previews, scaled_to_height
from installation.rehearsal.strip import (
    ASPECT,
    GAP_PX,
    GROUND,
    LABEL_PX,
    MARK,
    SPINE_PX,
    StripLayout,
    write_strip,
)
from tests.rehearsal.conftest import Produce, cue, layer, score, still


def test_every_row_shows_the_exact_frame_of_its_time(produce: Produce, tmp_path: Path) -> None:
    production = produce(score(cue("dawn", 2), cue("dusk", 2, layer(take=still("test/far/3")))))
    path = write_strip(production, tmp_path / "strip.png", "1s", row_px=24)
    sheet = np.asarray(Image.open(path))
    small = scaled_to_height(production, 24)
    assert small.sizes == {"left": (43, 24), "right": (32, 24)}
    layout = StripLayout.of(4, 30, 24, 43 + GAP_PX + 32)
    assert sheet.shape == (*layout.size[::-1], 3)
    with Previews(small) as previews:
        for row in range(4):
            left, top = layout.corner(row)
            picture = previews.at(30 * row).pictures["left"]
            assert (sheet[top : top + 24, left + LABEL_PX : left + LABEL_PX + 43] == picture).all()


def test_a_cue_is_marked_at_its_very_time_and_its_transition_as_long_as_it_takes(
    produce: Produce, tmp_path: Path
) -> None:
    """Dusk begins half way down the second of the rows, two seconds each, and dissolves for one second."""
    production = produce(score(cue("dawn", 3), cue("dusk", 5, dissolve=1)))
    sheet = Image.open(write_strip(production, tmp_path / "strip.png", "2s", row_px=60)).convert("RGB")
    layout = StripLayout.of(4, 60, 60, 107 + GAP_PX + 80)
    left, top = layout.corner(1)
    spine, down = left + LABEL_PX - SPINE_PX, top + layout.down(30)
    assert down == top + 33
    mark, ground = ImageColor.getrgb(MARK), ImageColor.getrgb(GROUND)
    assert sheet.getpixel((left + 60, down)) == sheet.getpixel((spine, down)) == mark
    beside = [sheet.getpixel((spine + 6, below)) for below in (down - 10, down + 10, down + 24, down + 40)]
    assert beside == [ground, ground, mark, ground]


@pytest.mark.parametrize("rows", [1, 2, 7, 34, 333, 2000])
def test_a_long_score_is_laid_out_like_a_sheet_of_paper(rows: int) -> None:
    layout = StripLayout.of(rows, 300, 108, 600)
    width, height = layout.size
    assert layout.corner(rows - 1)[0] + layout.column_px <= width
    assert layout.corner(rows - 1)[1] + layout.row_px <= height
    if rows > 30:
        assert 0.75 < width / height / ASPECT < 1.35


@pytest.mark.parametrize(
    ("out", "every", "sentence"),
    [
        ("strip.jpg", "1s", "a strip is a PNG file"),
        ("s.png", "0s", "at least|is no time"),
        ("s.png", "soon", "--every"),
    ],
)
def test_what_cannot_be_drawn_is_said(produce: Produce, tmp_path: Path, out: str, every: str, sentence: str) -> None:
    with pytest.raises(ScoreError, match=sentence):
        write_strip(produce(score(cue("dawn", 2))), tmp_path / out, every)


def test_a_sheet_that_would_be_endless_is_refused(produce: Produce, tmp_path: Path) -> None:
    with pytest.raises(ScoreError, match="--height: 1080 makes a sheet of"):
        write_strip(produce(score(cue("dawn", 600))), tmp_path / "s.png", "1s", row_px=1080)
    with pytest.raises(ScoreError, match="at most 2000 fit"):
        write_strip(produce(score(cue("dawn", 3600))), tmp_path / "s.png", "1f")
