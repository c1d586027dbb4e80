"""A window: a part of an output that is mixed without the rest, so that a picture may be larger than any card's."""

from __future__ import annotations

from typing import NamedTuple

from installation.picture.rectangle import Rectangle


class Window(NamedTuple):
    """What a canvas shows of an output: its pixels begin at (left, top) of an output of `whole_px` (width, height).

    Every pixel is the same, bit for bit, through whichever window it is seen: all that depends on its place is counted
    from the output's corner, and pictures that have a texel for each pixel are read without a filter.
    """

    left: int
    top: int
    whole_px: tuple[int, int]

    def on(self, size_px: tuple[int, int]) -> Rectangle:
        """The part of the output that a canvas of that size covers; it may reach over its right or lower edge."""
        return Rectangle(self.left, self.top, self.left + size_px[0], self.top + size_px[1])


def whole(size_px: tuple[int, int]) -> Window:
    """All of an output."""
    return Window(0, 0, size_px)
