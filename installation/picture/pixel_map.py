"""Where a monitor's pixels lie in a picture that is bent over it, so that a decoder can draw exactly those pixels.

A position in the picture is a pair of offsets from its middle, -0.5 to 0.5 on each side. Single precision is enough at
any zoom: an offset is off by 2^-26 at most, which is 0.00006 pixels in a picture 3,840 pixels wide. projection.py folds
the view into the first layer in double precision, so this error stays the same share of a pixel at every zoom.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Numbers = NDArray[np.int32]

TRIANGLES = ((0, 0), (0, 1), (1, 0)), ((1, 1), (1, 0), (0, 1))
"""The corners (row, column) of the two triangles of a surface's cell, as in shaders/head.vert."""

TOLERANCE = 1e-9
"""The tolerance of a share: no pixel falls between two triangles."""

UNCOVERED = 9.0
"""Both offsets of a pixel that the picture does not cover."""

BAND_PX = 32
"""How many rows of pixels are computed together in a row of cells."""


@dataclass(frozen=True, slots=True, eq=False)
class PixelMap:
    """The place in the picture of every pixel of a monitor. Compared by identity: equal maps are one object.

    `offsets` (2, height, width) float32 lie across and down; `covered` int32 are the indices, row by row, of the pixels
    in the picture and just around it; the offsets of others are UNCOVERED. `aspect` is the picture's width / height.
    `surface` (rows, columns, 3) has the homogeneous places on the monitor of an even grid over the picture.
    """

    offsets: Floats
    covered: Numbers
    aspect: float
    surface: Doubles

    @property
    def size_px(self) -> tuple[int, int]:
        """The monitor's (width, height)."""
        return self.offsets.shape[2], self.offsets.shape[1]


def pixel_map(surface: Doubles, size_px: tuple[int, int], aspect: float) -> PixelMap:
    """The map of a surface of flat cells over a monitor of `size_px`; see PixelMap. Takes a second for 1920x1080.

    It equals what a card computes when it draws the surface's triangles in correct perspective, in double precision.
    """
    width, height = size_px
    found = np.full((height, width, 2), np.nan)
    for row in range(len(surface) - 1):
        for triangle in TRIANGLES:
            _draw(found, surface, row, triangle)
    _grow(found)
    covered = np.flatnonzero(~np.isnan(found[..., 0])).astype(np.int32)
    offsets = np.nan_to_num(np.moveaxis(found, -1, 0) - 0.5, nan=UNCOVERED).astype(np.float32)
    return PixelMap(np.ascontiguousarray(offsets), covered, aspect, surface)


def _draw(found: Doubles, surface: Doubles, row: int, triangle: tuple[tuple[int, int], ...]) -> None:
    """Write the place in the picture of every pixel in one triangle of all cells of a row."""
    height, width, _ = found.shape
    rows, columns = len(surface) - 1, surface.shape[1] - 1
    cells = np.arange(columns)
    corners = np.stack([surface[row + down, cells + right] for down, right in triangle], 1)  # (columns, 3, 3)
    corners = corners * (width, height, 1)
    places = np.stack(
        [np.stack([(cells + right) / columns, np.full(columns, (row + down) / rows)], -1) for down, right in triangle],
        1,
    )  # (columns, 3, 2)
    flat = corners[..., :2] / corners[..., 2:]
    low = np.clip(np.ceil(flat.min(1) - 0.5), 0, (width, height)).astype(int)  # (columns, 2)
    count = np.maximum(np.clip(np.floor(flat.max(1) + 0.5), 0, (width, height)).astype(int) - low, 0)
    # These matrices turn a pixel (x, y, 1) into the three corners' shares, each times its w: inside none is negative.
    shares_of = np.linalg.inv(corners.transpose(0, 2, 1))  # (columns, 3, 3)
    x = low[:, :1] + np.arange(count[:, 0].max())  # (columns, across)
    for begin in range(0, count[:, 1].max(), BAND_PX):
        y = low[:, 1:] + np.arange(begin, min(begin + BAND_PX, count[:, 1].max()))  # (columns, down)
        shares = (
            shares_of[:, None, None, :, 0] * (x[:, None, :, None] + 0.5)
            + shares_of[:, None, None, :, 1] * (y[:, :, None, None] + 0.5)
            + shares_of[:, None, None, :, 2]
        )  # (columns, down, across, 3)
        inside = (shares >= -TOLERANCE).all(-1)
        cell, here, there = np.nonzero(inside & (y < height)[:, :, None] & (x < width)[:, None, :])
        own = shares[cell, here, there]
        found[y[cell, here], x[cell, there]] = np.einsum("ni,nij->nj", own, places[cell]) / own.sum(-1, keepdims=True)


def _grow(found: Doubles) -> None:
    """Give the pixels around the picture the places of their neighbours: a card may count one more as inside."""
    for axis in (0, 1):
        lines = np.moveaxis(found, axis, 0)
        before = lines.copy()
        for here, neighbour in ((lines[1:], before[:-1]), (lines[:-1], before[1:])):
            np.copyto(here, neighbour, where=np.isnan(here))
