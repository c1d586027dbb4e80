"""Shapes and gradients, computed at every pixel of an order: sharp at any zoom."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from installation.picture.order import Order
from installation.picture.source import DecodedPicture
from installation.picture.sources.sampling import box_of, places_of
from installation.picture.view import picture_coordinates
from installation.show.frame import Gradient, Shape

Doubles = NDArray[np.float64]


class Figures:
    """The drawer of Shape and Gradient; it has no state."""

    def draw(self, subject: Shape | Gradient, order: Order) -> DecodedPicture:
        """See Drawer.draw."""
        aspect = order.width / order.height if order.pixel_map is None else order.pixel_map.aspect
        seen = picture_coordinates(order.shot.view, aspect)
        x, y = seen.at(*places_of(order))  # (height, width) both
        if isinstance(subject, Gradient):
            colours = _graded(subject, x, y)
        else:
            pixel = max(math.hypot(seen.a, seen.d) / order.width, math.hypot(seen.b, seen.e) / order.height)
            covered = np.clip(0.5 - _distance(subject, x, y) / max(2 * subject.softness, pixel), 0, 1)
            if subject.softness > 0:
                covered = covered * covered * (3 - 2 * covered)
            colours = np.empty((*x.shape, 4))
            colours[...] = subject.colour
            colours[..., 3] *= covered
        if colours[..., 3].min() >= 1:
            colours = colours[..., :3]
        pixels = np.ascontiguousarray(colours, np.float16)
        return DecodedPicture(pixels, order.shot.view, order.pixel_map, box=box_of(pixels))

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


def _distance(shape: Shape, x: Doubles, y: Doubles) -> Doubles:
    """The distance from a shape's edge, in picture coordinates; below 0 inside. For an ellipse it is approximate, best
    near the edge."""
    if shape.form == "ellipse":
        across, down = x / shape.width, y / shape.height
        from_middle = np.hypot(across, down)
        steepness = np.hypot(across / shape.width, down / shape.height)
        return from_middle * (from_middle - 1) / np.maximum(steepness, 1e-9)  # type: ignore[no-any-return]  # arrays
    corner = min(2 * shape.corners, shape.width, shape.height)
    across, down = np.abs(x) - shape.width + corner, np.abs(y) - shape.height + corner
    outside = np.hypot(np.maximum(across, 0), np.maximum(down, 0))
    return outside + np.minimum(np.maximum(across, down), 0) - corner


def _graded(gradient: Gradient, x: Doubles, y: Doubles) -> Doubles:
    """A gradient (height, width, 4) from one colour to the other, in display values."""
    half_width, half_height = max(gradient.aspect, 1.0), max(1.0 / gradient.aspect, 1.0)
    if gradient.form == "radial":
        share = np.hypot(x, y) / math.hypot(half_width, half_height)
    else:
        cosine, sine = math.cos(math.radians(gradient.degrees)), math.sin(math.radians(gradient.degrees))
        share = 0.5 + 0.5 * (x * cosine + y * sine) / (abs(half_width * cosine) + abs(half_height * sine))
    share = np.clip(share, 0, 1)[..., None]
    return (1 - share) * np.array(gradient.start) + share * np.array(gradient.end)  # type: ignore[no-any-return]  # arrays
