"""Paper: centimetres become pixels, and crop marks never touch the picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.book.paper import Paper, draw_marks, paper
from installation.errors import ScoreError


@pytest.mark.parametrize(
    ("size", "dpi", "trim_px"),
    [
        ("100x70cm", 300, (11811, 8268)),
        ("297x210mm", 300, (3508, 2480)),
        ("16x20in", 240, (3840, 4800)),
        ("a2", 300, (4961, 7016)),
        ("a2-landscape", 300, (7016, 4961)),
    ],
)
def test_a_size_on_paper_in_pixels(size: str, dpi: float, trim_px: tuple[int, int]) -> None:
    assert paper(size, dpi).trim_px == trim_px


@pytest.mark.parametrize(
    ("size", "dpi", "bleed", "told"),
    [
        ("100x70", 300, 0, "'100x70' is not a size of paper; write WIDTHxHEIGHT in cm"),
        ("letter", 300, 0, "is not a size of paper"),
        ("30x30cm", 9600, 0, "--dpi: 9600 is outside 36..4800"),
        ("30x30cm", float("nan"), 0, "--dpi: nan is outside"),
        ("30x30cm", 300, 60, "--bleed: 60 mm is outside 0..50"),
        ("90000x30cm", 300, 0, "choose another size"),
        ("0.1x0.1mm", 300, 0, "each side has from 16"),
    ],
)
def test_a_size_that_no_paper_has_is_said(size: str, dpi: float, bleed: float, told: str) -> None:
    with pytest.raises(ScoreError, match=told):
        paper(size, dpi, bleed)


@given(
    st.integers(5, 60), st.integers(5, 60), st.sampled_from([72.0, 100.0, 150.0]), st.integers(0, 5), st.integers(1, 64)
)
def test_crop_marks_lie_in_the_white_margin_however_the_sheet_is_cut_into_bands(
    width: int, height: int, dpi: float, bleed: int, band: int
) -> None:
    sheet = Paper(width, height, dpi, bleed, marks=True)
    across, down = sheet.sheet_px
    ink = np.zeros(3, np.uint16)
    whole = np.full((down, across, 3), 65535, np.uint16)
    draw_marks(whole, 0, sheet, ink)
    bands = np.full_like(whole, 65535)
    for first in range(0, down, band):
        draw_marks(bands[first : first + band], first, sheet, ink)
    assert (bands == whole).all()
    margin = sheet.margin_px
    assert (whole[margin : down - margin, margin : across - margin] == 65535).all()
    edge = margin + sheet.bleed_px
    for row, column in ((0, edge), (down - 1, edge), (0, across - edge), (edge, 0), (down - edge, across - 1)):
        assert not whole[row, column].any(), "a mark at every edge of what is left when it is trimmed"
