"""Which point of a body each pixel sees: triangles, the nearest in front, in correct perspective."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from installation.errors import DeviceError

try:
    from installation.atlas.compiling import compiled
except ImportError:  # Some platforms have no numba; bodies are not drawn there.
    compiled = None  # type: ignore[assignment, unused-ignore]  # a function, or its absence

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]
Corners = NDArray[np.int32]

QUARTERS = 4


class SeenPoints(NamedTuple):
    """For every pixel, (height, width) each: the place on the body's picture, its light, and the share of the pixel's
    quarters that the body covers, 0..1. If a pixel's middle sees nothing, the quarter nearest to the eye counts."""

    u: Floats
    v: Floats
    light: Floats
    opacity: Floats


def rasterized(
    points: Doubles, nearness: Doubles, values: Doubles, faces: Corners, width: int, height: int
) -> SeenPoints:
    """The visible points of triangles, `faces` (n, 3), between `points` (m, 2) in pixels with `nearness` (m,), 1 /
    depth, and `values` (m, 3): u, v and light. Takes some 10 ns a pixel. Raises DeviceError where numba is missing."""
    if compiled is None:
        raise DeviceError("a body is drawn by a compiled loop, and numba does not run on this machine")
    seen = np.zeros((3, height, width), np.float32)
    depth = np.zeros((2, height, width), np.float32)
    quarters = np.zeros((height, width), np.uint8)
    _fill(points, nearness, values, faces, seen, depth, quarters)
    return SeenPoints(seen[0], seen[1], seen[2], _SHARES[quarters])


_SHARES = np.array([one.bit_count() / QUARTERS for one in range(2**QUARTERS)], np.float32)
"""The covered share of a pixel, by its covered quarters, one bit each."""


def _fill(
    points: Doubles,
    nearness: Doubles,
    values: Doubles,
    faces: Corners,
    seen: Floats,
    depth: Floats,
    quarters: NDArray[np.uint8],
) -> None:
    """Draw the faces; `depth` (2, height, width) is the nearest so far, of pixels' middles and of their quarters."""
    _, height, width = depth.shape
    for face in faces:
        x0, y0 = points[face[0]]
        x1, y1 = points[face[1]]
        x2, y2 = points[face[2]]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area == 0.0:
            continue
        left, right = _reached(min(x0, x1, x2), max(x0, x1, x2), width)
        top, bottom = _reached(min(y0, y1, y2), max(y0, y1, y2), height)
        # How the first two corners' shares change over a quarter of a pixel, across and down.
        first_across, first_down = 0.25 * (y1 - y2) / area, 0.25 * (x2 - x1) / area
        second_across, second_down = 0.25 * (y2 - y0) / area, 0.25 * (x0 - x2) / area
        for row in range(top, bottom):
            for column in range(left, right):
                x, y = column + 0.5, row + 0.5
                first = ((x1 - x) * (y2 - y) - (x2 - x) * (y1 - y)) / area
                second = ((x2 - x) * (y0 - y) - (x0 - x) * (y2 - y)) / area
                if _within(first, second):
                    _see(first, second, face, nearness, values, 0, row, column, seen, depth)
                for quarter in range(QUARTERS):
                    across, down = 2.0 * (quarter % 2) - 1.0, 2.0 * (quarter // 2) - 1.0
                    one = first + across * first_across + down * first_down
                    other = second + across * second_across + down * second_down
                    if _within(one, other):
                        quarters[row, column] |= 1 << quarter
                        if depth[0, row, column] == 0.0:  # else the middle decides
                            _see(one, other, face, nearness, values, 1, row, column, seen, depth)


def _reached(low: float, high: float, count: int) -> tuple[int, int]:
    """The range of pixels whose middle or a quarter lies between two places."""
    return max(int(np.ceil(low - 0.75)), 0), min(int(np.floor(high - 0.25)) + 1, count)


def _within(first: float, second: float) -> bool:
    return first >= -1e-9 and second >= -1e-9 and first + second <= 1.0 + 1e-9


def _see(
    first: float,
    second: float,
    face: Corners,
    nearness: Doubles,
    values: Doubles,
    kept: int,
    row: int,
    column: int,
    seen: Floats,
    depth: Floats,
) -> None:
    """Note the point of a triangle that a pixel sees, unless a nearer one is known."""
    near0, near1 = first * nearness[face[0]], second * nearness[face[1]]
    near2 = (1.0 - first - second) * nearness[face[2]]
    near = near0 + near1 + near2
    if near > depth[kept, row, column]:
        depth[kept, row, column] = near
        for value in range(3):
            total = near0 * values[face[0], value] + near1 * values[face[1], value] + near2 * values[face[2], value]
            seen[value, row, column] = total / near


if compiled is not None:
    _reached, _within, _see = compiled()(_reached), compiled()(_within), compiled()(_see)
    _fill = compiled()(_fill)
