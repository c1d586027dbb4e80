"""Where the cells of a plate lie: which neuron a pixel shows, through which view, and how much of it the gap leaves."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from installation.picture.projection import offsets
from installation.picture.view import Affine, picture_coordinates
from installation.show.frame import Plate, View

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PlatePixels:
    """The pixels of a plate, (height, width) each: the cell, row by row (-1 = none), and the share that is not gap."""

    cells: NDArray[np.int64]
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
    """From a place to the coordinates of the picture in `cell`, where `affine` goes to those of the plate."""
    side = max(plate.columns, plate.rows)
    x, y = cell_centre(plate, cell)
    return Affine(side, 0.0, -side * x, 0.0, side, -side * y).after(affine)


def cells_coordinates(plate: Plate, cells: NDArray[np.int64], affine: Affine) -> tuple[Floats, Floats]:
    """cell_coordinates of many cells: linear parts (count, 2, 2) and images of the place's centre (count, 2)."""
    side = max(plate.columns, plate.rows)
    row, column = np.divmod(cells, plate.columns)
    width, height = cell_size(plate)
    x, y = affine.at(0.5, 0.5)
    across = side * (x - (column + 0.5 - plate.columns / 2) * width)
    down = side * (y - (row + 0.5 - plate.rows / 2) * height)
    linear = np.array([[affine.a, affine.b], [affine.d, affine.e]]) * side
    return np.broadcast_to(linear, (len(cells), 2, 2)).copy(), np.stack([across, down], 1)


def only_cell(plate: Plate, view: View, aspect: float) -> int | None:
    """The cell that fills the whole place, without any gap in sight; None if there is no such cell."""
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


def plate_pixels(plate: Plate, view: View, width: int, height: int) -> PlatePixels:
    """Find the cell of every pixel of a picture of `width` x `height` pixels.

    The edge of a gap is as soft as a pixel is wide: coverage is the part of the pixel that the gap leaves, taken across
    and along the plate in turn.
    """
    affine = picture_coordinates(view, width / height)
    u, v = offsets(width)[None, :] + 0.5, offsets(height)[:, None] + 0.5
    size = cell_size(plate)
    pixel = math.hypot(affine.b, affine.e) / height
    gap = plate.gap * min(size) / pixel
    coverage = np.ones((height, width))
    numbers = []
    for position, cell, count in (
        (affine.a * u + affine.b * v + affine.c, size[0], plate.columns),
        (affine.d * u + affine.e * v + affine.f, size[1], plate.rows),
    ):
        cells = position / cell + count / 2
        number = np.floor(cells)
        border = (0.5 - np.abs(cells - number - 0.5)) * cell / pixel  # pixels to the cell's border
        dark = np.minimum(border + 0.5, gap / 2) - np.maximum(border - 0.5, -gap / 2)
        coverage *= 1 - np.clip(dark, 0, 1)
        numbers.append(number)
    column, row = numbers
    found = row * plate.columns + column
    inside = (column >= 0) & (column < plate.columns) & (row >= 0) & (found < len(plate.neurons))
    return PlatePixels(np.where(inside, found, -1).astype(np.int64), np.where(inside, coverage, 0.0))
