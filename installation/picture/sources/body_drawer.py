"""Draws a picture as a body wears it: the decoder is asked for the very places that each pixel of the wall sees there.

There is no texture between, so it is sharp at any distance. Edges are as soft as a pixel is wide.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from installation.picture.decoding.decoder import Decoder
from installation.picture.order import Order
from installation.picture.pixel_map import UNCOVERED, PixelMap
from installation.picture.source import DecodedPicture
from installation.picture.view import picture_coordinates
from installation.picture.ways.bodies import Body, body_of
from installation.picture.ways.rasterizer import SeenPoints, rasterized
from installation.show.frame import OnBody, Shot

Doubles = NDArray[np.float64]

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
        seen = _seen(subject, body, order)
        covered = np.flatnonzero(seen.opacity).astype(np.int32)
        found = torch.zeros(order.height * order.width, 4)
        if len(covered):
            places = np.full((2, order.height * order.width), UNCOVERED, np.float32)
            places[:, covered] = [one.ravel()[covered] - np.float32(0.5) for one in (seen.u, seen.v)]
            pixel_map = PixelMap(
                places.reshape(2, order.height, order.width), covered, body.aspect, np.zeros((1, 1, 3))
            )
            worn = Shot(subject.subject, subject.view)
            picture = self._neurons.decode(worn, order.width, order.height, pixel_map)
            picture.prepare()
            pixels = picture.pixels if isinstance(picture.pixels, np.ndarray) else picture.pixels.host()
            # torch converts to and from half floats with vector instructions, numpy one by one.
            whole = torch.from_numpy(pixels).view(-1, pixels.shape[-1])[covered].float()
            opacity, light = (torch.from_numpy(one.ravel()[covered]) for one in (seen.opacity, seen.light))
            found[covered, :3] = whole[:, :3] * (light ** (1 / GAMMA))[:, None]
            found[covered, 3] = opacity * (whole[:, 3] if picture.has_alpha else 1.0)
        drawn = _spread(found.view(order.height, order.width, 4), seen.opacity > 0)
        return DecodedPicture(drawn.half().numpy(), order.shot.view, order.pixel_map)

    def close(self) -> None:
        """Nothing is held."""


def _seen(subject: OnBody, body: Body, order: Order) -> SeenPoints:
    """What an order's pixels see of a body."""
    turn = _turned(subject.yaw, subject.pitch, subject.roll)
    points = subject.size * body.points @ turn.T  # (m, 3)
    normals = body.normals @ turn.T
    away = points + np.array([0.0, 0.0, EYE])
    is_behind = (normals * away).sum(-1) > 0
    lit = np.where(is_behind, -1.0, 1.0) * (normals @ LIGHT)  # what is seen from behind is lit there
    light = 1 - subject.shade * (1 - AMBIENT) * (1 - np.maximum(lit, 0.0))  # (m,)
    depth = away[:, 2]
    x, y = points[:, 0] * EYE / depth, points[:, 1] * EYE / depth
    back = picture_coordinates(order.shot.view, order.width / order.height).inverse()
    across, down = back.at(x, y)
    corners = np.stack([across * order.width, down * order.height], -1)
    values = np.concatenate([body.places, light[:, None]], -1)
    faces = body.faces[~is_behind[body.faces].all(1)] if body.closed else body.faces
    return rasterized(corners, 1 / depth, values, faces, order.width, order.height)


def _turned(yaw: float, pitch: float, roll: float) -> Doubles:
    """The matrix (3, 3) of turns in degrees: about the vertical, then the horizontal, then towards the viewer."""
    angles = [math.radians(angle) for angle in (yaw, pitch, roll)]
    (cos_y, cos_p, cos_r), (sin_y, sin_p, sin_r) = map(math.cos, angles), map(math.sin, angles)
    about_y = np.array([[cos_y, 0, -sin_y], [0, 1, 0], [sin_y, 0, cos_y]])
    about_x = np.array([[1, 0, 0], [0, cos_p, -sin_p], [0, sin_p, cos_p]])
    about_z = np.array([[cos_r, -sin_r, 0], [sin_r, cos_r, 0], [0, 0, 1]])
    found: Doubles = about_z @ about_x @ about_y
    return found


def _spread(picture: Tensor, covered: NDArray[np.bool_]) -> Tensor:
    """`picture` (height, width, 4), with colours also in the pixels beside a body, where filters reach into them."""
    sides = covered.shape
    for axis in (0, 1):
        for step in (-1, 1):
            places = np.nonzero(np.roll(covered, step, axis) & ~covered)
            before = [(place - step) % sides[axis] if axis == number else place for number, place in enumerate(places)]
            picture[places[0], places[1], :3] = picture[before[0], before[1], :3]
    return picture
