"""Where a picture reaches on its monitor: preflight judges only what visitors see."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from installation.rehearsal.flash import Luminance, relative_luminance
from installation.rehearsal.head_pictures import HeadPictures

BLACK_LUMINANCE = 0.002
"""Every pixel below this, about 6 of 255, is black on a projector in a dark room."""


class VisibleArea(NamedTuple):
    """The `places` that the picture of an output reaches at all, and the luminance of `black` there.

    Both (height, width). Warp and masks leave places dark whatever is played, and a projector's black may be lifted.
    """

    black: Luminance
    places: NDArray[np.bool_]

    def is_black(self, luminance: Luminance) -> bool:
        """Whether nothing but black is seen, for a picture that reaches anything."""
        return bool((luminance - self.black)[self.places].max() < BLACK_LUMINANCE)

    def share_of(self, marked: NDArray[np.bool_]) -> float:
        """How much of what it reaches is marked; what is marked elsewhere does not count."""
        return float((marked & self.places).sum() / max(self.places.sum(), 1))


def visible_areas_of(monitors: HeadPictures) -> dict[str, VisibleArea]:
    """By output, from what the monitors make of black and of white."""
    blacks, whites = monitors.of_grey(0.0), monitors.of_grey(1.0)
    found = {}
    for output, picture in blacks.items():
        black = relative_luminance(picture)
        found[output] = VisibleArea(black, relative_luminance(whites[output]) - black > BLACK_LUMINANCE)
    return found
