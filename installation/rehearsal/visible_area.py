"""The area of a monitor that its picture reaches: preflight judges only visible pixels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from installation.rehearsal.flash import Luminance, relative_luminance
from installation.rehearsal.head_pictures import HeadPictures

BLACK_LUMINANCE = 0.002
"""Pixels below this, about 6 of 255, are black on a projector in a dark room."""


class VisibleArea(NamedTuple):
    """The `places` that an output's picture can reach, and the luminance of `black` there, both (height, width).

    Warp and masks leave some places always dark, and a projector's black may be lifted.
    """

    black: Luminance
    places: NDArray[np.bool_]

    def is_black(self, luminance: Luminance) -> bool:
        """Whether the visible area, which must not be empty, is all black."""
        return bool((luminance - self.black)[self.places].max() < BLACK_LUMINANCE)

    def share_of(self, marked: NDArray[np.bool_]) -> float:
        """The marked share of the visible area; marks elsewhere do not count."""
        return float((marked & self.places).sum() / max(self.places.sum(), 1))


def visible_areas_of(monitors: HeadPictures) -> dict[str, VisibleArea]:
    """The visible areas by output, from the monitors' pictures of black and of white."""
    blacks, whites = monitors.of_grey(0.0), monitors.of_grey(1.0)
    found = {}
    for output, picture in blacks.items():
        black = relative_luminance(picture)
        found[output] = VisibleArea(black, relative_luminance(whites[output]) - black > BLACK_LUMINANCE)
    return found
