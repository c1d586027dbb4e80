"""Where pixels lie in a picture's own coordinates, for what is drawn place by place."""

from __future__ import annotations

import math
from typing import NamedTuple

from torch import Tensor

from installation.picture.view import Affine


class Points(NamedTuple):
    """Places in picture coordinates, both (n,) float64, and how far apart pixels lie there."""

    x: Tensor
    y: Tensor
    pixel: float


def points_seen(affine: Affine, across: Tensor, down: Tensor, height: int) -> Points:
    """Where offsets from the centre of a place lie, both (n,), in a picture of `height` pixels."""
    u, v = across.double() + 0.5, down.double() + 0.5
    x, y = affine.a * u + affine.b * v + affine.c, affine.d * u + affine.e * v + affine.f
    return Points(x, y, pixel_of(affine, height))


def pixel_of(affine: Affine, height: int) -> float:
    """How far apart two pixels lie in picture coordinates, where `height` of them are seen through a map."""
    return math.hypot(affine.b, affine.e) / height
