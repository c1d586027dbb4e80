"""An order: one picture to draw, and how finely."""

from __future__ import annotations

from typing import NamedTuple

from installation.picture.pixel_map import PixelMap
from installation.show.frame import Shot


class Order(NamedTuple):
    """A picture to draw; equal orders give equal pictures. `softness`, 0..1, is the share of each pixel's average; at 0
    a pixel shows one sample from its middle (see supersampling.py). With a `pixel_map`, the decoder draws for the
    pixels of the monitor over which the picture is bent."""

    shot: Shot
    width: int
    height: int
    softness: float = 0.0
    pixel_map: PixelMap | None = None
