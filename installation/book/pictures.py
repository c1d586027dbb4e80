"""Small pictures of neurons for sheets, pages and measures, drawn like stills, quickly and in large numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from installation.atlas.interpolate import Interpolator
from installation.owner import Owner
from installation.picture.decoding.choosing.choice import cpu_decoder
from installation.picture.decoding.supersampling import drawn, softness_of
from installation.picture.order import Order
from installation.show.frame import Address, LatentPoint, Shot, View

WHOLE = View()

GAMMA, GREY = 2.2, 0.5
"""A display's gamma, about, and the grey behind a picture with alpha on paper."""

IMAGE_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP")
"""Formats of foreign files that Pillow may read, recognised by content: Pillow would also pass PostScript to an
interpreter, which runs it."""


class Pictures(Owner):
    """Draws an atlas's pictures in memory; owns the decoder. Large ones are drawn in tiles (player/tiles.py)."""

    def __init__(self, interpolator: Interpolator) -> None:
        self._decoder = cpu_decoder(interpolator)

    def neuron(self, address: Address, side_px: int) -> NDArray[np.uint8]:
        """The whole square picture of a neuron, (side, side, 3)."""
        return self.shot(shot_of(address), side_px, side_px)

    def shot(self, shot: Shot, width: int, height: int) -> NDArray[np.uint8]:
        """A shot's picture (height, width, 3), averaged where its detail is finer than its pixels."""
        order = Order(shot, width, height, softness_of(shot, width, height))
        (picture,) = drawn(self._decoder, [order])
        assert isinstance(picture.pixels, np.ndarray)
        display = picture.pixels.astype(np.float32).clip(0, 1)
        if picture.has_alpha:
            display = over_grey(display)
        found: NDArray[np.uint8] = np.rint(display * 255).astype(np.uint8)
        return found

    def close(self) -> None:
        self._decoder.close()


def over_grey(display: NDArray[np.float32]) -> NDArray[np.float32]:
    """A picture with alpha (height, width, 4) over middle grey, in linear light, (height, width, 3)."""
    light, alpha = display[..., :3] ** GAMMA, display[..., 3:]
    found: NDArray[np.float32] = (light * alpha + GREY**GAMMA * (1 - alpha)) ** (1 / GAMMA)
    return found


def shot_of(address: Address, view: View = WHOLE) -> Shot:
    """One neuron seen through a view."""
    return Shot(LatentPoint(((address, 1.0),)), view)
