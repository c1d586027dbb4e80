"""The placement of a picture in a window: its rectangle, and its rotation, as mounted in the room."""

from __future__ import annotations

import math
from dataclasses import dataclass

from installation.picture.rectangle import Rectangle


@dataclass(frozen=True, slots=True)
class WindowPlacement:
    """A picture's place in the window, in pixels, turned clockwise about its middle."""

    place: Rectangle
    degrees: float = 0.0

    @property
    def middle(self) -> tuple[float, float]:
        return (self.place.left + self.place.right) / 2, (self.place.top + self.place.bottom) / 2

    @property
    def turn(self) -> tuple[float, float]:
        """Cosine and sine of the angle; those of quarter turns are exact."""
        if self.degrees % 90 == 0:
            return ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[int(self.degrees // 90) % 4]
        return math.cos(math.radians(self.degrees)), math.sin(math.radians(self.degrees))

    def outline(self, inwards_x: float = 0.0, inwards_y: float | None = None) -> list[tuple[float, float]]:
        """The corners in the window, clockwise from the top left, moved inwards by this many pixels."""
        (cosine, sine), (x, y) = self.turn, self.middle
        across = self.place.width / 2 - inwards_x
        down = self.place.height / 2 - (inwards_x if inwards_y is None else inwards_y)
        corners = ((-across, -down), (across, -down), (across, down), (-across, down))
        return [(x + cosine * one - sine * other, y + sine * one + cosine * other) for one, other in corners]

    @property
    def upright(self) -> Rectangle:
        """The smallest upright rectangle around it."""
        xs, ys = zip(*self.outline(), strict=True)
        return Rectangle(round(min(xs)), round(min(ys)), round(max(xs)), round(max(ys)))

    def holds(self, x: float, y: float) -> bool:
        """Whether a point of the window lies in the picture."""
        (cosine, sine), across, down = self.turn, x - self.middle[0], y - self.middle[1]
        return (
            -self.place.width / 2 <= cosine * across + sine * down < self.place.width / 2
            and -self.place.height / 2 <= cosine * down - sine * across < self.place.height / 2
        )
