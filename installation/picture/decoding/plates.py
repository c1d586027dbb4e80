"""The geometry of a plate: which neuron a pixel shows, through which view, and the share that the gap leaves of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from installation.picture.decoding.projection import offsets
from installation.picture.rectangle import Rectangle
from installation.picture.view import Affine, picture_coordinates
from installation.show.frame import Plate, View

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

CELL_BITS = 32
CELL_PARTS = 1 << CELL_BITS
"""Places on a plate are whole numbers of these parts of a cell. Their sums are exact on every processor and card, so
all decoders agree on each pixel's cell. At 1/4000 of a plate of 1,000 cells, 3840 pixels wide, a part is 1/9000 of a
pixel."""


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """Where the pixels of a picture lie on a plate, to the right and down from its top left corner.

    The pixel in column x and row y lies at across[:, x] + down[:, y], in parts of a cell; `across` is (2, width) and
    `down` (2, height). A cell's sides are `cell_px` pixels long, and the gap is `gap_px` wide.
    """

    across: Integers
    down: Integers
    cell_px: tuple[float, float]
    gap_px: float

    def cut(self, part: Rectangle) -> Raster:
        """The raster of a part of the pixels."""
        across, down = self.across[:, part.left : part.right], self.down[:, part.top : part.bottom]
        return Raster(across, down, self.cell_px, self.gap_px)


@dataclass(frozen=True, slots=True, eq=False)
class PlatePixels:
    """The pixels of a plate, (height, width) each: the cell, counted row by row (-1 = none), and the share outside the
    gap."""

    cells: Integers
    coverage: NDArray[np.float64]


def cell_size(plate: Plate) -> tuple[float, float]:
    """Width and height of a cell in picture coordinates."""
    side = max(plate.columns, plate.rows)
    return 2 * max(plate.aspect, 1.0) / side, 2 * max(1.0 / plate.aspect, 1.0) / side


def cell_centre(plate: Plate, cell: int) -> tuple[float, float]:
    """The middle of a cell in picture coordinates."""
    width, height = cell_size(plate)
    row, column = divmod(cell, plate.columns)
    return (column + 0.5 - plate.columns / 2) * width, (row + 0.5 - plate.rows / 2) * height


def cell_coordinates(plate: Plate, cell: int, affine: Affine) -> Affine:
    """The map from a place to the coordinates of the picture in `cell`; `affine` maps the place to the plate's."""
    side = max(plate.columns, plate.rows)
    x, y = cell_centre(plate, cell)
    return Affine(side, 0.0, -side * x, 0.0, side, -side * y).after(affine)


def cells_coordinates(plate: Plate, affine: Affine) -> tuple[Floats, Floats]:
    """cell_coordinates of all cells: the common linear part (2, 2), and the images of the place's centre (cells, 2)."""
    side = max(plate.columns, plate.rows)
    row, column = np.divmod(np.arange(len(plate.neurons)), plate.columns)
    width, height = cell_size(plate)
    x, y = affine.at(0.5, 0.5)
    across = side * (x - (column + 0.5 - plate.columns / 2) * width)
    down = side * (y - (row + 0.5 - plate.rows / 2) * height)
    return side * np.array([[affine.a, affine.b], [affine.d, affine.e]]), np.stack([across, down], 1)


def single_visible_cell(plate: Plate, view: View, aspect: float) -> int | None:
    """The cell that fills the whole place, without any visible gap; None if there is no such cell."""
    affine = picture_coordinates(view, aspect)
    width, height = cell_size(plate)
    reach = (1 - plate.gap * min(width, height) / np.array([width, height])) / 2
    corners = np.array([affine.at(u, v) for u in (0.0, 1.0) for v in (0.0, 1.0)])
    position = corners / (width, height) + (plate.columns / 2, plate.rows / 2)
    first = np.floor(position[0])
    if np.any(np.abs(position - first - 0.5) > reach):
        return None
    column, row = (int(number) for number in first)
    cell = row * plate.columns + column
    return cell if 0 <= column < plate.columns and row >= 0 and cell < len(plate.neurons) else None


def raster_of(plate: Plate, view: View, width: int, height: int) -> Raster:
    """Where the pixels of a picture of `width` x `height` pixels lie."""
    affine = picture_coordinates(view, width / height)
    size = np.array(cell_size(plate))  # (2,)
    to_cells = np.array(affine.rows) / size[:, None]  # (2, 3): in cells from the plate's middle
    pixel = math.hypot(affine.b, affine.e) / height
    return Raster(
        _parts(to_cells[:, :1] * (offsets(width) + 0.5)),
        _parts(to_cells[:, 1:2] * (offsets(height) + 0.5) + to_cells[:, 2:] + [[plate.columns / 2], [plate.rows / 2]]),
        (size[0] / pixel, size[1] / pixel),
        plate.gap * min(size) / pixel,
    )


def _parts(cells: Floats) -> Integers:
    """Cells as whole parts; places far outside the plate are clipped, so that the sum of two does not overflow."""
    return np.rint(CELL_PARTS * np.clip(cells, -(1 << 29), 1 << 29)).astype(np.int64)


def plate_pixels(plate: Plate, view: View, width: int, height: int) -> PlatePixels:
    """Find the cell of every pixel of a picture of `width` x `height` pixels.

    The edge of a gap is one pixel soft: coverage is the share of the pixel that the gap leaves, computed across and
    down in turn.
    """
    raster = raster_of(plate, view, width, height)
    places = raster.across[:, None, :] + raster.down[:, :, None]  # (2, height, width)
    column, row = places >> CELL_BITS
    coverage = np.ones((height, width))
    for place, cell_px in zip(places, raster.cell_px, strict=True):
        part = place & (CELL_PARTS - 1)
        border = np.minimum(part, CELL_PARTS - part) * (cell_px / CELL_PARTS)  # pixels to the cell's border
        dark = np.minimum(border + 0.5, raster.gap_px / 2) - np.maximum(border - 0.5, -raster.gap_px / 2)
        coverage *= 1 - np.clip(dark, 0, 1)
    found = row * plate.columns + column
    inside = (column >= 0) & (column < plate.columns) & (row >= 0) & (found < len(plate.neurons))
    return PlatePixels(np.where(inside, found, -1), np.where(inside, coverage, 0.0))
