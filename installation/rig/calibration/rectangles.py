"""Finds the largest upright rectangle within a shape, such as a projector's area on a wall."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Rectangle(NamedTuple):
    """Left, top, right and bottom, in the unit of the shape."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        return max(self.width, 0.0) * max(self.height, 0.0)


def largest_within(shape: NDArray[np.bool_]) -> Rectangle:
    """The largest rectangle in cells of the shape (rows, columns), empty for an empty shape. Searches, row by row, the
    tallest bars that end there."""
    best = Rectangle(0, 0, 0, 0)
    heights = np.zeros(shape.shape[1] + 1, int)  # a final bar of height 0 closes all open bars
    for row, filled in enumerate(shape):
        heights[:-1] = np.where(filled, heights[:-1] + 1, 0)
        open_bars: list[tuple[int, int]] = []  # the beginning and height of each, by growing height
        for column, height in enumerate(heights.tolist()):
            begin = column
            while open_bars and open_bars[-1][1] >= height:
                begin, before = open_bars.pop()
                if (column - begin) * before > best.area:
                    best = Rectangle(begin, row + 1 - before, column, row + 1)
            open_bars.append((begin, height))
    return best


def filled_cells(places: NDArray[np.float64], cells: tuple[int, int]) -> NDArray[np.bool_]:
    """The cells (rows, columns) of the unit square that contain one of these points (count, 2), single holes filled."""
    columns, rows = cells
    at = np.floor(places * cells).astype(int)
    inside = ((at >= 0) & (at < cells)).all(axis=1)
    found = np.zeros((rows, columns), bool)
    found[at[inside, 1], at[inside, 0]] = True
    padded = np.pad(found, 1)
    beside = [padded[1:-1, :-2] & padded[1:-1, 2:], padded[:-2, 1:-1] & padded[2:, 1:-1]]
    closed: NDArray[np.bool_] = found | beside[0] | beside[1]
    return closed
