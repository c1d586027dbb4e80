"""Rectangles of whole pixels: where a layer's place lies on an output, and so the size at which it is decoded."""

from __future__ import annotations

from typing import NamedTuple

from installation.show.frame import Place


class Rectangle(NamedTuple):
    """Pixels left <= x < right, top <= y < bottom, counted from the output's top left corner."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def aspect(self) -> float:
        return self.width / self.height

    @property
    def empty(self) -> bool:
        return self.right <= self.left or self.bottom <= self.top

    def moved(self, x: int, y: int) -> Rectangle:
        return Rectangle(self.left + x, self.top + y, self.right + x, self.bottom + y)

    def scaled(self, factor: int) -> Rectangle:
        return Rectangle(factor * self.left, factor * self.top, factor * self.right, factor * self.bottom)

    def clipped(self, other: Rectangle) -> Rectangle:
        """The part that both share; `empty` if they share none."""
        return Rectangle(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def around(self, other: Rectangle) -> Rectangle:
        """The smallest that holds both."""
        return Rectangle(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def holds(self, other: Rectangle) -> bool:
        return (
            self.left <= other.left
            and self.top <= other.top
            and self.right >= other.right
            and self.bottom >= other.bottom
        )


def rectangle_of(place: Place, size_px: tuple[int, int]) -> Rectangle:
    """The pixels of `place` on an output of `size_px` (width, height).

    Every edge is rounded to the nearest pixel, so places that touch have no gap and share no pixel. A picture decoded
    at this rectangle's width and height is drawn with one texel for each pixel.
    """
    width, height = size_px
    return Rectangle(
        round(place.x * width),
        round(place.y * height),
        round((place.x + place.width) * width),
        round((place.y + place.height) * height),
    )
