"""Draws a picture as a body wears it: the decoder is asked for the very places that each pixel of the wall sees there.

There is no texture between, so it is sharp at any distance. Edges are as soft as a pixel is wide.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from installation.picture.decoding.decoder import Decoder
from installation.picture.order import Order
from installation.picture.pixel_map import UNCOVERED, PixelMap
from installation.picture.source import DecodedPicture
from installation.picture.view import picture_coordinates
from installation.picture.ways.bodies import Body, body_of
from installation.picture.ways.rasterizer import SeenPoints, rasterized
from installation.show.frame import OnBody, Shot

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]

EYE = 4.0
"""How far the eye stands before a body, in half short sides."""

LIGHT = np.array([-0.38, -0.62, -0.69])
"""Towards the light: from the upper left, in front."""

AMBIENT = 0.2
GAMMA = 2.2
"""Of a display, about, with which light is taken from colours."""


class BodyDrawer:
    """See Drawer. `neurons` draws neurons, and is not owned."""

    def __init__(self, neurons: Decoder) -> None:
        self._neurons = neurons

    def draw(self, subject: OnBody, order: Order) -> DecodedPicture:
        """See Drawer.draw."""
        body = body_of(subject.body)
        corners, nearness, values = _triangles(subject, body, order)
        seen, fine = (
            rasterized(finer * corners, nearness, values, finer * order.width, finer * order.height) for finer in (1, 2)
        )
        opacity = (fine.nearness > 0).reshape(order.height, 2, order.width, 2).mean((1, 3)).astype(np.float32)
        u, v, light = _at_edges_too(seen, fine)
        places = np.stack([u, v]) - np.float32(0.5)
        places[:, opacity <= 0] = UNCOVERED
        covered = np.flatnonzero(opacity > 0).astype(np.int32)
        found = np.zeros((order.height, order.width, 4), np.float32)
        if len(covered):
            pixel_map = PixelMap(places, covered, body.aspect, np.zeros((1, 1, 3)))
            worn = Shot(subject.subject, subject.view)
            picture = self._neurons.decode(worn, order.width, order.height, pixel_map)
            picture.prepare()
            pixels = picture.pixels if isinstance(picture.pixels, np.ndarray) else picture.pixels.host()
            found[..., :3] = _spread(pixels[..., :3] * (light ** (1 / GAMMA))[..., None], opacity > 0)
            found[..., 3] = opacity * (pixels[..., 3] if picture.has_alpha else 1.0)
        return DecodedPicture(found.astype(np.float16), order.shot.view, order.pixel_map)

    def close(self) -> None:
        """Nothing is held."""


def _triangles(subject: OnBody, body: Body, order: Order) -> tuple[Doubles, Doubles, Doubles]:
    """A body's triangles in an order's pixels, as rasterized takes them."""
    turn = _turned(subject.yaw, subject.pitch, subject.roll)
    points = subject.size * body.corners @ turn.T  # (faces, 3, 3)
    normals = body.normals @ turn.T
    away = points + np.array([0.0, 0.0, EYE])
    facing = np.where((normals * away).sum(-1) > 0, -1.0, 1.0)  # what is seen from behind is lit there
    lit = facing * (normals @ LIGHT)
    light = 1 - subject.shade * (1 - AMBIENT) * (1 - np.maximum(lit, 0.0))  # (faces, 3)
    depth = away[..., 2]
    x, y = points[..., 0] * EYE / depth, points[..., 1] * EYE / depth
    back = picture_coordinates(order.shot.view, order.width / order.height).inverse()
    corners = np.stack(
        [(back.a * x + back.b * y + back.c) * order.width, (back.d * x + back.e * y + back.f) * order.height], -1
    )
    return corners, 1 / depth, np.concatenate([body.places, light[..., None]], -1)


def _turned(yaw: float, pitch: float, roll: float) -> Doubles:
    """The matrix (3, 3) of turns in degrees: about the vertical, then the horizontal, then towards the viewer."""
    angles = [math.radians(angle) for angle in (yaw, pitch, roll)]
    (cos_y, cos_p, cos_r), (sin_y, sin_p, sin_r) = map(math.cos, angles), map(math.sin, angles)
    about_y = np.array([[cos_y, 0, -sin_y], [0, 1, 0], [sin_y, 0, cos_y]])
    about_x = np.array([[1, 0, 0], [0, cos_p, -sin_p], [0, sin_p, cos_p]])
    about_z = np.array([[cos_r, -sin_r, 0], [sin_r, cos_r, 0], [0, 0, 1]])
    found: Doubles = about_z @ about_x @ about_y
    return found


def _at_edges_too(seen: SeenPoints, fine: SeenPoints) -> tuple[Floats, Floats, Floats]:
    """u, v and light at pixels' middles, and where a middle sees nothing, at the nearest of its four samples."""
    height, width = seen.nearness.shape
    quarters = fine.nearness.reshape(height, 2, width, 2).transpose(0, 2, 1, 3).reshape(height, width, 4)
    nearest = quarters.argmax(-1)[..., None]
    found = []
    for own, finer in zip(seen[:3], fine[:3], strict=True):
        samples = finer.reshape(height, 2, width, 2).transpose(0, 2, 1, 3).reshape(height, width, 4)
        found.append(np.where(seen.nearness > 0, own, np.take_along_axis(samples, nearest, -1)[..., 0]))
    return found[0], found[1], found[2]


def _spread(colours: Floats, covered: NDArray[np.bool_]) -> Floats:
    """Colours (height, width, 3) also of the pixels beside a body, where filters reach into what is not seen."""
    found = colours.copy()
    for axis in (0, 1):
        for step in (-1, 1):
            beside = np.roll(covered, step, axis) & ~covered
            found[beside] = np.roll(colours, step, axis)[beside]
    return found
