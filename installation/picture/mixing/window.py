"""A window: a part of an output, mixed without the rest, so that a picture may exceed a card's largest size."""

from __future__ import annotations

from typing import NamedTuple

from installation.picture.rectangle import Rectangle


class Window(NamedTuple):
    """The part of an output on a canvas: it begins at (left, top) of an output of `whole_px` (width, height).

    A pixel is the same, bit for bit, through every window: positions count from the output's corner, and pictures with
    one texel for each pixel are read without a filter.
    """

    left: int
    top: int
    whole_px: tuple[int, int]

    def on(self, size_px: tuple[int, int]) -> Rectangle:
        """The part of the output that a canvas of that size covers; it may exceed the right or lower edge."""
        return Rectangle(self.left, self.top, self.left + size_px[0], self.top + size_px[1])


def whole(size_px: tuple[int, int]) -> Window:
    """The window of a whole output."""
    return Window(0, 0, size_px)
