"""Which point of a body each pixel sees: triangles, the nearest first, perspectively right."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from installation.errors import DeviceError

try:
    from installation.atlas.compiling import compiled
except ImportError:  # There are platforms without numba; bodies are not drawn there.
    compiled = None  # type: ignore[assignment, unused-ignore]  # a function, or its absence

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]


class SeenPoints(NamedTuple):
    """Of every pixel, (height, width) each: the place on the body's picture, how bright it is lit, and 1 / depth, which
    is 0 where nothing is seen."""

    u: Floats
    v: Floats
    light: Floats
    nearness: Floats


def rasterized(corners: Doubles, nearness: Doubles, values: Doubles, width: int, height: int) -> SeenPoints:
    """What pixels see of triangles with `corners` (faces, 3, 2) in pixels, `nearness` (faces, 3), 1 / depth, and
    `values` (faces, 3, 3): u, v and light. Takes some 10 ns a pixel. Raises DeviceError where numba is missing."""
    if compiled is None:
        raise DeviceError("a body is drawn by a compiled loop, and numba does not run on this machine")
    seen = np.zeros((height, width, 3), np.float32)
    depth = np.zeros((height, width), np.float32)
    _fill(corners, nearness, values, seen, depth)
    return SeenPoints(seen[..., 0], seen[..., 1], seen[..., 2], depth)


def _fill(corners: Doubles, nearness: Doubles, values: Doubles, seen: Floats, depth: Floats) -> None:
    height, width = depth.shape
    for face in range(len(corners)):
        x0, y0 = corners[face, 0, 0], corners[face, 0, 1]
        x1, y1 = corners[face, 1, 0], corners[face, 1, 1]
        x2, y2 = corners[face, 2, 0], corners[face, 2, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area == 0.0:
            continue
        left, right = max(int(np.ceil(min(x0, x1, x2) - 0.5)), 0), min(int(np.floor(max(x0, x1, x2) - 0.5)), width - 1)
        top, bottom = max(int(np.ceil(min(y0, y1, y2) - 0.5)), 0), min(int(np.floor(max(y0, y1, y2) - 0.5)), height - 1)
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                x, y = column + 0.5, row + 0.5
                first = ((x1 - x) * (y2 - y) - (x2 - x) * (y1 - y)) / area
                second = ((x2 - x) * (y0 - y) - (x0 - x) * (y2 - y)) / area
                third = 1.0 - first - second
                if first < -1e-9 or second < -1e-9 or third < -1e-9:
                    continue
                near = first * nearness[face, 0] + second * nearness[face, 1] + third * nearness[face, 2]
                if near <= depth[row, column]:
                    continue
                depth[row, column] = near
                for value in range(3):
                    seen[row, column, value] = (
                        first * nearness[face, 0] * values[face, 0, value]
                        + second * nearness[face, 1] * values[face, 1, value]
                        + third * nearness[face, 2] * values[face, 2, value]
                    ) / near


if compiled is not None:
    _fill = compiled()(_fill)
