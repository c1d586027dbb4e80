"""The strip of a score."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from installation.errors import ScoreError
from installation.rehearsal.glimpses import Glimpses, reduced
from installation.rehearsal.strip import GAP_PX, HEADER_PX, LABEL_PX, MARGIN_PX, write_strip
from tests.rehearsal.conftest import Produce, cue, layer, score, still


def test_every_row_shows_the_exact_frame_of_its_time(produce: Produce, tmp_path: Path) -> None:
    production = produce(score(cue("dawn", 2), cue("dusk", 2, layer(take=still("test/far/3")))))
    path = write_strip(production, tmp_path / "strip.png", "1s", row_px=24)
    sheet = np.asarray(Image.open(path))
    small = reduced(production, 24)
    assert small.sizes == {"left": (43, 24), "right": (32, 24)}
    with Glimpses(small) as glimpses:
        for line, seconds in enumerate(range(4)):
            top, left = HEADER_PX + line * (24 + GAP_PX), MARGIN_PX + LABEL_PX
            picture = glimpses.at(30 * seconds).pictures["left"]
            assert (sheet[top : top + 24, left : left + 43] == picture).all()
    assert (sheet[HEADER_PX, MARGIN_PX - 8] == sheet[HEADER_PX + 2 * (24 + GAP_PX), MARGIN_PX - 8]).all()
    assert (sheet[HEADER_PX, MARGIN_PX - 8] != sheet[HEADER_PX + 24 + GAP_PX, MARGIN_PX - 8]).any()


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
    with pytest.raises(ScoreError, match="at most 2000 fit"):
        write_strip(produce(score(cue("dawn", 3600))), tmp_path / "s.png", "1f")
