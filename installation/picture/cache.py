"""Decoded pictures that may be asked for again, up to a number of bytes and of pictures."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from installation.picture.pixel_map import PixelMap
from installation.picture.source import Decoded
from installation.show.frame import Shot

MOST_PICTURES = 512
"""Small ones would else take an hour to fill the bytes, and what grows for an hour cannot be told from a leak."""


class Order(NamedTuple):
    """A picture to draw; equal orders give equal pictures. `softness`, 0..1, is how much of the average over each pixel
    it shows, 0 being one sample in its middle; see supersampling.py. With a `pixel_map` it is drawn for the pixels of a
    monitor that it is bent over."""

    shot: Shot
    width: int
    height: int
    softness: float = 0.0
    pixel_map: PixelMap | None = None


class PictureCache:
    """The pictures asked for last; the one that nobody asked for longest goes first."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._pictures: OrderedDict[Order, Decoded] = OrderedDict()

    def get(self, order: Order) -> Decoded | None:
        """The picture, if it is still here."""
        picture = self._pictures.get(order)
        if picture is not None:
            self._pictures.move_to_end(order)
        return picture

    def put(self, order: Order, picture: Decoded) -> None:
        """Keep a picture. One that alone exceeds the limit is kept until the next comes."""
        previous = self._pictures.pop(order, None)
        self._pictures[order] = picture
        self._bytes += picture.pixels.nbytes - (previous.pixels.nbytes if previous else 0)
        while (self._bytes > self._most_bytes and len(self._pictures) > 1) or len(self._pictures) > MOST_PICTURES:
            _, oldest = self._pictures.popitem(last=False)
            self._bytes -= oldest.pixels.nbytes

    def clear(self) -> None:
        """Forget all pictures."""
        self._pictures.clear()
        self._bytes = 0

    @property
    def size_bytes(self) -> int:
        return self._bytes
