"""Draws a picture on a body: the decoder draws exactly the places on the body that the wall's pixels see.

No texture lies between, so the picture is sharp at any distance. Edges are one pixel soft.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from installation.media.bodies import body_of
from installation.picture.decoding.decoder import Decoder
from installation.picture.order import Order
from installation.picture.pixel_map import UNCOVERED, PixelMap
from installation.picture.source import DecodedPicture
from installation.picture.view import picture_coordinates
from installation.picture.ways.body_views import GAMMA, Pose, body_seen
from installation.show.frame import OnBody, Shot


class BodyDrawer:
    """See Drawer. It does not own `neurons`, the decoder of neurons."""

    def __init__(self, neurons: Decoder) -> None:
        self._neurons = neurons

    def draw(self, subject: OnBody, order: Order) -> DecodedPicture:
        """See Drawer.draw."""
        body = body_of(subject.body)
        affine = picture_coordinates(order.shot.view, order.width / order.height)
        pose = Pose(subject.yaw, subject.pitch, subject.roll, subject.size, subject.shade)
        seen = body_seen(body, pose, affine, order.width, order.height)
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
            # torch converts half floats with vector instructions, numpy one by one.
            whole = torch.from_numpy(pixels).view(-1, pixels.shape[-1])[covered].float()
            opacity, light = (torch.from_numpy(one.ravel()[covered]) for one in (seen.opacity, seen.light))
            found[covered, :3] = whole[:, :3] * (light ** (1 / GAMMA))[:, None]
            found[covered, 3] = opacity * (whole[:, 3] if picture.has_alpha else 1.0)
        drawn = _spread(found.view(order.height, order.width, 4), seen.opacity > 0)
        return DecodedPicture(drawn.half().numpy(), order.shot.view, order.pixel_map)

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


def _spread(picture: Tensor, covered: NDArray[np.bool_]) -> Tensor:
    """`picture` (height, width, 4), with the body's colours also in the pixels beside it, because filters read them."""
    sides = covered.shape
    for axis in (0, 1):
        for step in (-1, 1):
            places = np.nonzero(np.roll(covered, step, axis) & ~covered)
            before = [(place - step) % sides[axis] if axis == number else place for number, place in enumerate(places)]
            picture[places[0], places[1], :3] = picture[before[0], before[1], :3]
    return picture
