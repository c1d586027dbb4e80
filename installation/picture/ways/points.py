"""Where pixels lie in a picture's own coordinates, for drawing place by place."""

from __future__ import annotations

import math
from typing import NamedTuple

from torch import Tensor

from installation.picture.view import Affine


class Points(NamedTuple):
    """Places in picture coordinates, both (n,) float64, and the distance between two pixels there."""

    x: Tensor
    y: Tensor
    pixel: float


def points_seen(affine: Affine, across: Tensor, down: Tensor, height: int) -> Points:
    """The points at offsets from the centre of a place, both (n,), in a picture of `height` pixels."""
    u, v = across.double() + 0.5, down.double() + 0.5
    x, y = affine.a * u + affine.b * v + affine.c, affine.d * u + affine.e * v + affine.f
    return Points(x, y, pixel_of(affine, height))


def pixel_of(affine: Affine, height: int) -> float:
    """The distance between two pixels in picture coordinates, with `height` pixels seen through a map."""
    return math.hypot(affine.b, affine.e) / height
