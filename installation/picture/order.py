"""An order: one picture to draw, and how finely."""

from __future__ import annotations

from typing import NamedTuple

from installation.picture.pixel_map import PixelMap
from installation.show.frame import Shot


class Order(NamedTuple):
    """A picture to draw; equal orders give equal pictures. `softness`, 0..1, is how much of the average over each pixel
    it shows, 0 being one sample in its middle; see supersampling.py. With a `pixel_map` it is drawn for the pixels of a
    monitor that it is bent over."""

    shot: Shot
    width: int
    height: int
    softness: float = 0.0
    pixel_map: PixelMap | None = None
