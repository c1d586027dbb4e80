"""The only conversion from a view to coordinates: decoders sample with it, the mixer places key pictures with it."""

from __future__ import annotations

import math
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from installation.show.frame import View

Coordinates = TypeVar("Coordinates", float, NDArray[np.float64])
"""The coordinate of one place, or of many."""


class Affine(NamedTuple):
    """(u, v) -> (a u + b v + c, d u + e v + f)."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def at(self, u: Coordinates, v: Coordinates) -> tuple[Coordinates, Coordinates]:
        return self.a * u + self.b * v + self.c, self.d * u + self.e * v + self.f

    @property
    def rows(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """The row that maps (u, v, 1) to the new u, and the row that maps it to the new v."""
        return self[:3], self[3:]

    def after(self, first: Affine) -> Affine:
        """The map that applies `first` and then this one."""
        return Affine(
            self.a * first.a + self.b * first.d,
            self.a * first.b + self.b * first.e,
            self.a * first.c + self.b * first.f + self.c,
            self.d * first.a + self.e * first.d,
            self.d * first.b + self.e * first.e,
            self.d * first.c + self.e * first.f + self.f,
        )

    def inverse(self) -> Affine:
        determinant = self.a * self.e - self.b * self.d
        a, b, d, e = self.e / determinant, -self.b / determinant, -self.d / determinant, self.a / determinant
        return Affine(a, b, -(a * self.c + b * self.f), d, e, -(d * self.c + e * self.f))


def picture_coordinates(view: View, aspect: float) -> Affine:
    """The map from a place (u, v in 0..1 from its top left corner; pixel i of n is at (i + .5) / n) to picture
    coordinates.

    `aspect` is the place's width / height. Picture coordinates run from -1 to 1 on the short side at zoom 1, y down; a
    CPPN multiplies them by cppn.HALF_RANGE.
    """
    half_width, half_height = max(aspect, 1.0) / view.zoom, max(1.0 / aspect, 1.0) / view.zoom
    if view.mirrored:
        half_width = -half_width
    cosine, sine = math.cos(math.radians(view.degrees)), math.sin(math.radians(view.degrees))
    a, b = 2 * half_width * cosine, -2 * half_height * sine
    d, e = 2 * half_width * sine, 2 * half_height * cosine
    return Affine(a, b, view.x - (a + b) / 2, d, e, view.y - (d + e) / 2)
