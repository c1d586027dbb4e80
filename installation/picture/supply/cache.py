"""Keeps pictures for further requests, up to a number of bytes and of pictures."""

from __future__ import annotations

from collections import OrderedDict

from installation.picture.order import Order
from installation.picture.source import DecodedPicture

MAX_PICTURES = 512
"""Without this limit small pictures would fill the bytes for an hour, which looks like a leak."""


class PictureCache:
    """The latest requested pictures; the least recently used goes first."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._pictures: OrderedDict[Order, DecodedPicture] = OrderedDict()

    def get(self, order: Order) -> DecodedPicture | None:
        """The picture, if it is still in the cache."""
        picture = self._pictures.get(order)
        if picture is not None:
            self._pictures.move_to_end(order)
        return picture

    def put(self, order: Order, picture: DecodedPicture) -> None:
        """Keep a picture. A picture that alone exceeds the limit stays until the next."""
        previous = self._pictures.pop(order, None)
        self._pictures[order] = picture
        self._bytes += picture.pixels.nbytes - (previous.pixels.nbytes if previous else 0)
        while (self._bytes > self._max_bytes and len(self._pictures) > 1) or len(self._pictures) > MAX_PICTURES:
            _, oldest = self._pictures.popitem(last=False)
            self._bytes -= oldest.pixels.nbytes

    def clear(self) -> None:
        """Forget all pictures."""
        self._pictures.clear()
        self._bytes = 0

    @property
    def size_bytes(self) -> int:
        return self._bytes
