"""Draws worlds within worlds for the wall's own pixels: the visible part of a chain, the outermost first."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from installation.picture.decoding.decoder import Decoder
from installation.picture.decoding.supersampling import drawn, softness_of
from installation.picture.order import Order
from installation.picture.source import DecodedPicture
from installation.picture.view import Affine, picture_coordinates
from installation.show.frame import Descent, LatentPoint, Shot, View, World

Floats = NDArray[np.float32]

EDGE = 0.72
"""A world is opaque up to this distance from its middle, and fades out to 1, where only the outer world is visible."""

COMES_IN, IS_IN = 1 / 40, 1 / 9
"""Shares of the place's short side: a world smaller than the first is invisible; from the second on it is fully
present."""

CORNERS = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))


@dataclass(frozen=True, slots=True)
class SeenWorld:
    """A world and the map from the place to its picture; `presence` is how far it has faded in, 0..1."""

    neuron: str
    affine: Affine
    presence: float


class DescentDrawer:
    """See Drawer. It does not own `neurons`, the decoder of neurons."""

    def __init__(self, neurons: Decoder) -> None:
        self._neurons = neurons

    def draw(self, subject: Descent, order: Order) -> DecodedPicture:
        """See Drawer.draw."""
        aspect = order.pixel_map.aspect if order.pixel_map else order.width / order.height
        outermost, *inner = seen_worlds(subject, picture_coordinates(order.shot.view, aspect))
        orders = [_order(outermost, order, (0, 0, order.width, order.height))]
        boxes = []
        for world in inner:
            box = _box(world.affine, order.width, order.height) if order.pixel_map is None else None
            boxes.append(box or (0, 0, order.width, order.height))
            orders.append(_order(world, order, boxes[-1]))
        first, *others = drawn(self._neurons, orders)
        first.prepare()
        if not inner:
            return DecodedPicture(first.pixels, order.shot.view, order.pixel_map)
        found = _host(first)
        for world, box, picture in zip(inner, boxes, others, strict=True):
            picture.prepare()
            left, top, right, bottom = box
            share = _share(world, order, box)
            part = found[top:bottom, left:right]
            part += share[..., None] * (_host(picture) - part)
        return DecodedPicture(found.astype(np.float16), order.shot.view, order.pixel_map)

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


def seen_worlds(descent: Descent, affine: Affine) -> list[SeenWorld]:
    """The visible worlds, the outermost first; `affine` maps the place to the first world's picture."""
    worlds = descent.worlds
    number, seen = 0, affine
    while descent.endless and not _fills(seen):
        number -= 1
        seen = _outward(worlds[number % len(worlds)], seen)
    found: list[SeenWorld] = []
    presence = 1.0
    while True:
        found.append(SeenWorld(worlds[number % len(worlds)].neuron, seen, presence))
        if number == len(worlds) - 1 and not descent.endless:
            break
        seen = _inward(worlds[number % len(worlds)], seen)
        number += 1
        presence = _presence(seen)
        if presence <= 0.0 or not _is_near(seen):
            break
        if presence >= 1.0 and _fills(seen):
            found.clear()
    return found


def _inward(world: World, affine: Affine) -> Affine:
    """The map from the place to the picture inside a world; `affine` maps the place to the world's own picture."""
    return Affine(1 / world.radius, 0.0, -world.x / world.radius, 0.0, 1 / world.radius, -world.y / world.radius).after(
        affine
    )


def _outward(world: World, affine: Affine) -> Affine:
    return Affine(world.radius, 0.0, world.x, 0.0, world.radius, world.y).after(affine)


def _fills(affine: Affine) -> bool:
    """Whether a world fills the place, so that the world around it is invisible."""
    return all(math.hypot(*affine.at(u, v)) <= EDGE for u, v in CORNERS)


def _is_near(affine: Affine) -> bool:
    """Whether a part of a world may lie in the place."""
    x, y = affine.at(0.5, 0.5)
    return math.hypot(x, y) <= 1 + max(math.hypot(*_from_middle(affine, u, v)) for u, v in CORNERS)


def _from_middle(affine: Affine, u: float, v: float) -> tuple[float, float]:
    (x, y), (middle_x, middle_y) = affine.at(u, v), affine.at(0.5, 0.5)
    return x - middle_x, y - middle_y


def _presence(affine: Affine) -> float:
    """How far a world has faded in, by its size in the place."""
    half_short = min(math.hypot(affine.a, affine.d), math.hypot(affine.b, affine.e)) / 2
    way = (math.log(1 / half_short) - math.log(COMES_IN)) / (math.log(IS_IN) - math.log(COMES_IN))
    way = min(max(way, 0.0), 1.0)
    return way * way * (3 - 2 * way)


def _box(affine: Affine, width: int, height: int) -> tuple[int, int, int, int] | None:
    """The pixels (left, top, right, bottom) that a world may cover; None if it covers none."""
    back = affine.inverse()
    u, v = back.at(0.0, 0.0)
    across, down = math.hypot(back.a, back.b), math.hypot(back.d, back.e)
    left, right = math.floor((u - across) * width), math.ceil((u + across) * width)
    top, bottom = math.floor((v - down) * height), math.ceil((v + down) * height)
    box = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    return box if box[0] < box[2] and box[1] < box[3] else None


def _order(world: SeenWorld, order: Order, box: tuple[int, int, int, int]) -> Order:
    """The order for a world's picture in a part of an order's pixels."""
    view, left, top, right, bottom = order.shot.view, *box
    width, height = right - left, bottom - top
    x, y = world.affine.at((left + right) / 2 / order.width, (top + bottom) / 2 / order.height)
    aspect = order.pixel_map.aspect if order.pixel_map else width / height
    half_height = math.hypot(world.affine.b, world.affine.e) / 2 * height / order.height
    own = View(x, y, max(1.0 / aspect, 1.0) / half_height, view.degrees, view.mirrored)
    shot = Shot(LatentPoint(((world.neuron, 1.0),)), own)
    softness = softness_of(shot, width, height) if order.pixel_map is None else 0.0
    return Order(shot, width, height, softness, order.pixel_map)


def _share(world: SeenWorld, order: Order, box: tuple[int, int, int, int]) -> Floats:
    """The opacity of a world at every pixel of a part, (height, width)."""
    left, top, right, bottom = box
    if order.pixel_map is None:
        v, u = np.meshgrid(
            (np.arange(top, bottom) + 0.5) / order.height, (np.arange(left, right) + 0.5) / order.width, indexing="ij"
        )
    else:
        u, v = order.pixel_map.offsets.astype(np.float64) + 0.5
    affine = world.affine
    distance = np.hypot(affine.a * u + affine.b * v + affine.c, affine.d * u + affine.e * v + affine.f)
    way = np.clip((1 - distance) / (1 - EDGE), 0, 1)
    share: Floats = (world.presence * way * way * (3 - 2 * way)).astype(np.float32)
    return share


def _host(picture: DecodedPicture) -> Floats:
    """Red, green and blue in the host's memory."""
    pixels = picture.pixels if isinstance(picture.pixels, np.ndarray) else picture.pixels.host()
    return pixels[..., :3].astype(np.float32)
