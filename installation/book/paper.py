"""A sheet of paper: how large a print is in centimetres and in pixels, its bleed, and its crop marks."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from installation.errors import ScoreError
from installation.language.limits import STILL_SIDE_PX

MM_PER_INCH = 25.4
UNITS_MM = {"mm": 1.0, "cm": 10.0, "in": MM_PER_INCH}

SERIES_A_MM = {
    "a0": (841, 1189), "a1": (594, 841), "a2": (420, 594), "a3": (297, 420), "a4": (210, 297), "a5": (148, 210),
}  # fmt: skip
"""ISO 216, upright."""

DPI = 36.0, 4800.0
MAX_BLEED_MM = 50.0
MARKS_MM = 10.0
"""The white margin for crop marks; a third of it separates them from the bleed."""

MARK_MM = 0.1
"""Thickness of a crop mark."""

SHAPE = re.compile(r"(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(mm|cm|in)")
WAYS = "write WIDTHxHEIGHT in cm, mm or in, such as 100x70cm, or a0 to a5, with -landscape for landscape"


@dataclass(frozen=True, slots=True)
class Paper:
    """A print of `width_mm` x `height_mm` after trimming, at `dpi` pixels per inch.

    The picture extends by `bleed_mm` beyond each edge; with `marks`, a white margin with crop marks surrounds it.
    """

    width_mm: float
    height_mm: float
    dpi: float = 300.0
    bleed_mm: float = 0.0
    marks: bool = False

    @property
    def trim_px(self) -> tuple[int, int]:
        """Width and height after trimming."""
        return max(1, self.px(self.width_mm)), max(1, self.px(self.height_mm))

    @property
    def bleed_px(self) -> int:
        return self.px(self.bleed_mm)

    @property
    def margin_px(self) -> int:
        """Width of the white margin on each side of the picture."""
        return self.px(MARKS_MM) if self.marks else 0

    @property
    def picture_px(self) -> tuple[int, int]:
        """Width and height of the picture with its bleed."""
        return self.trim_px[0] + 2 * self.bleed_px, self.trim_px[1] + 2 * self.bleed_px

    @property
    def sheet_px(self) -> tuple[int, int]:
        """Width and height of the whole sheet."""
        return self.picture_px[0] + 2 * self.margin_px, self.picture_px[1] + 2 * self.margin_px

    def px(self, mm: float) -> int:
        """A length in whole pixels."""
        return round(mm / MM_PER_INCH * self.dpi)

    def __str__(self) -> str:
        return f"{self.width_mm / 10:g} x {self.height_mm / 10:g} cm at {self.dpi:g} dpi"


def paper(
    size: str, dpi: float = 300.0, bleed_mm: float = 0.0, *, marks: bool = False, option: str = "--size"
) -> Paper:
    """The paper that the command line asks for. Raises ScoreError."""
    series, _, landscape = size.lower().partition("-")
    if series in SERIES_A_MM and landscape in ("", "landscape"):
        short, long = map(float, SERIES_A_MM[series])
        width, height = (long, short) if landscape else (short, long)
    elif match := SHAPE.fullmatch(size.lower()):
        width, height = float(match[1]) * UNITS_MM[match[3]], float(match[2]) * UNITS_MM[match[3]]
    else:
        raise ScoreError(f"{option}: {size!r} is not a size of paper; {WAYS}")
    if not DPI[0] <= dpi <= DPI[1]:
        raise ScoreError(f"--dpi: {dpi:g} is outside {DPI[0]:g}..{DPI[1]:g}")
    if not 0 <= bleed_mm <= MAX_BLEED_MM:
        raise ScoreError(f"--bleed: {bleed_mm:g} mm is outside 0..{MAX_BLEED_MM:g}")
    found = Paper(width, height, dpi, bleed_mm, marks)
    if min(found.sheet_px) < 16 or max(found.sheet_px) > STILL_SIDE_PX:
        across, down = found.sheet_px
        raise ScoreError(
            f"{option}: {size} at {dpi:g} dpi are {across} x {down} pixels; each side has from 16 to {STILL_SIDE_PX}: "
            "choose another size, or other --dpi"
        )
    return found


def draw_marks(rows: NDArray[np.uint16], first: int, sheet: Paper, ink: NDArray[np.uint16]) -> None:
    """Draw the crop marks within `rows` of a sheet, in the colour `ink`; `first` is the number of the first row."""
    thick, length = max(1, sheet.px(MARK_MM)), sheet.px(MARKS_MM * 2 / 3)
    width, height = sheet.sheet_px
    for axis, side in ((1, width), (0, height)):
        for edge in (sheet.margin_px + sheet.bleed_px, side - sheet.margin_px - sheet.bleed_px):
            across = slice(edge - thick // 2, edge - thick // 2 + thick)
            for along in (slice(0, length), slice((height if axis else width) - length, height if axis else width)):
                down, right = (along, across) if axis else (across, along)
                upper, lower = max(down.start - first, 0), max(down.stop - first, 0)
                rows[upper:lower, right] = ink
