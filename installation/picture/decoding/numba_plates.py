"""Gathers a plate's pixels by cell, compiled, on all cores, in a hundredth of the time of drawing them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from installation.atlas.compiling import compiled
from installation.picture.decoding.plates import CELL_BITS, CELL_PARTS, Raster
from installation.show.frame import Plate

Numbers = NDArray[np.int32]
Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
Each = Callable[[Sequence[Callable[[], None]]], None]

BAND_ROWS = 64
"""How many rows of a picture a thread searches in one call."""


def one_after_another(work: Sequence[Callable[[], None]]) -> None:
    """Do all pieces of work in this thread."""
    for one in work:
        one()


@dataclass(frozen=True, slots=True, eq=False)
class GatheredArrays:
    """The pixels of cell c are order[starts[c]] to order[starts[c + 1] - 1], counted row by row.

    `light` (pixels,) is the share of each pixel that the gap leaves, or empty without a gap. Cells and light are those
    of plates.plate_pixels.
    """

    order: Numbers
    starts: Numbers
    light: Floats


def gathered(plate: Plate, raster: Raster, each: Each = one_after_another) -> GatheredArrays:
    """Find the pixels of every cell. `each` does several pieces of work, possibly in parallel."""
    width, height = raster.across.shape[1], raster.down.shape[1]
    bands = [slice(top, top + BAND_ROWS) for top in range(0, height, BAND_ROWS)]
    cells = np.empty((height, width), np.int32)
    counts = np.zeros((len(bands), len(plate.neurons)), np.int32)
    light = np.empty((height, width) if plate.gap else (0, 0), np.float32)
    each([
        partial(_find, cells[band], raster.across, raster.down[:, band], plate.columns, count)
        for band, count in zip(bands, counts, strict=True)
    ])  # fmt: skip
    if plate.gap:
        each(
            [
                partial(_shade, light[band], raster.across, raster.down[:, band], raster.cell_px, raster.gap_px)
                for band in bands
            ]
        )
    ends = np.cumsum(counts.sum(0), dtype=np.int32)
    order = np.empty(ends[-1], np.int32)
    following = np.cumsum(counts, 0, np.int32) - counts + (ends - counts.sum(0, np.int32))  # (bands, cells)
    each([
        partial(_put, cells[band], band.start * width, own, order)
        for band, own in zip(bands, following, strict=True)
    ])  # fmt: skip
    return GatheredArrays(order, np.append(np.int32(0), ends), light.ravel())


@compiled()
def _find(cells: Numbers, across: Integers, down: Integers, columns: int, counts: Numbers) -> None:
    """Find the cells (height, width) of a band's pixels, -1 for none, and count the pixels of each."""
    height, width = cells.shape
    for y in range(height):
        for x in range(width):
            column, row = (across[0, x] + down[0, y]) >> CELL_BITS, (across[1, x] + down[1, y]) >> CELL_BITS
            cell = row * columns + column
            # No `and`, so that the compiler can vectorise this.
            inside = (column >= 0) & (column < columns) & (row >= 0) & (cell < len(counts))
            cells[y, x] = cell if inside else -1
        for x in range(width):
            if cells[y, x] >= 0:
                counts[cells[y, x]] += 1


@compiled()
def _put(cells: Numbers, pixel: int, following: Numbers, order: Numbers) -> None:
    """Append a band's pixels, numbered from `pixel` on, to their cells' parts of the order."""
    height, width = cells.shape
    for y in range(height):
        for x in range(width):
            cell = cells[y, x]
            if cell >= 0:
                order[following[cell]] = pixel
                following[cell] += 1
            pixel += 1


@compiled()
def _shade(light: Floats, across: Integers, down: Integers, cell_px: tuple[float, float], gap_px: float) -> None:
    """Compute the share that the gap leaves of a band's pixels (height, width)."""
    height, width = light.shape
    for y in range(height):
        for x in range(width):
            seen = 1.0
            for axis in range(2):
                part = (across[axis, x] + down[axis, y]) & (CELL_PARTS - 1)
                border = min(part, CELL_PARTS - part) * (cell_px[axis] / CELL_PARTS)
                dark = min(border + 0.5, gap_px / 2) - max(border - 0.5, -gap_px / 2)
                seen *= 1 - min(max(dark, 0.0), 1.0)
            light[y, x] = seen
