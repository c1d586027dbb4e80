"""Rooms that are known exactly, what a camera sees of each, and how far a calibration is from the truth."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from installation.picture.pixel_map import pixel_map
from installation.rig.calibration.calibrated import CalibratedHead
from installation.rig.calibration.photographs import light_of
from installation.rig.calibration.structured_light import Light, SeenLight, decoded, pictures
from installation.rig.head import Head, MonitorSelector, SoftEdge
from installation.rig.warp import Corners, Point, bent, surface
from tests.rig.calibration.simulated_room import Lens, Room, Wall

Floats = NDArray[np.float64]

PROJECTOR_PX = (512, 320)
CAMERA_PX = (640, 400)


def flat_room() -> Room:
    """Two projectors side by side, both a little askew, one brighter."""
    return Room(
        Wall(),
        Lens((0.1, -0.1, -4.6), CAMERA_PX, 0.95, yaw=1),
        {
            "left": Lens((-0.8, 0.2, -3.6), PROJECTOR_PX, 1.25, yaw=2, pitch=-1, roll=1, shift=(0, 0.03)),
            "right": Lens((0.9, 0.1, -3.5), PROJECTOR_PX, 1.2, yaw=-3, roll=-1),
        },
        {"right": 0.8},
    )


def curved_room() -> Room:
    """Three projectors on a part of a cylinder, the middle one upside down."""
    return Room(
        Wall(5.0, 1.6, 3.5),
        Lens((0.0, 0.0, -5.4), CAMERA_PX, 1.0),
        {
            "left": Lens((-1.5, 0.1, -4.0), PROJECTOR_PX, 1.45, yaw=0, roll=0.5),
            "middle": Lens((0.0, -0.1, -3.6), PROJECTOR_PX, 1.55, roll=180),
            "right": Lens((1.5, 0.1, -4.0), PROJECTOR_PX, 1.45, yaw=0, roll=-1),
        },
    )


def four_in_a_grid() -> Room:
    throw = Lens((0, 0, 0), PROJECTOR_PX, 1.45)
    return Room(
        Wall(4.0, 2.5),
        Lens((0.0, 0.0, -4.8), CAMERA_PX, 1.0),
        {
            f"{row} {column}": Lens((x, y, -3.5), throw.size_px, throw.throw, roll=x + y)
            for row, y in (("upper", -0.6), ("lower", 0.6))
            for column, x in (("left", -0.9), ("right", 0.9))
        },
    )


def room_with_a_webcam() -> Room:
    """The flat room, seen through a lens that pulls the photograph's corners in by a twentieth."""
    room = flat_room()
    return replace(room, camera=replace(room.camera, barrel=0.05))


ROOMS = {"webcam": room_with_a_webcam, "flat": flat_room, "curved": curved_room, "grid": four_in_a_grid}


@lru_cache
def room_of(name: str) -> Room:
    return ROOMS[name]()


@lru_cache
def photographs(name: str, head: str) -> tuple[Light, ...]:
    """The whole series for a head, as light."""
    room = room_of(name)
    return tuple(light_of(room.photograph(head, drawn)) for _, drawn in pictures(room.projectors[head].size_px))


@lru_cache
def seen_in(name: str) -> dict[str, SeenLight]:
    room = room_of(name)
    return {head: decoded(photographs(name, head), lens.size_px, head) for head, lens in room.projectors.items()}


def heads_of(name: str) -> tuple[Head, ...]:
    return tuple(Head(head, MonitorSelector(head)) for head in room_of(name).projectors)


def corners_of(room: Room) -> Corners:
    """The wall's corners in the photographs, as somebody reads them off, to a fraction of a pixel."""
    a, b, c, d = (Point(*map(float, corner)) for corner in room.corners_seen())
    return a, b, c, d


def off_px(room: Room, found: CalibratedHead, to_camera: Floats | None = None) -> Floats:
    """How far, in pixels of the projector, each place of the wall is from where the head lays it.

    Places of the wall are the room's own; with `to_camera`, those of a picture that is upright in the camera's view.
    """
    head, part = found.head, found.place.part
    even = np.linspace(0, 1, 33)
    places = np.stack(np.meshgrid(part.left + even * part.width, part.top + even * part.height), axis=-1)
    if to_camera is not None:
        pixels = np.concatenate([places, np.ones((*places.shape[:2], 1))], axis=-1) @ to_camera.T
        places = room.wall.hits(room.camera.at, room.camera.directions(pixels[..., :2] / pixels[..., 2:]))
    lens = room.projectors[head.output]
    truth = lens.pixels_of(room.wall.places(places))
    assert head.mesh is not None
    upright = bent(head.mesh, even, even)
    x, y = np.moveaxis(upright, -1, 0)
    if head.mirrored:
        x = 1 - x
    for _ in range(head.rotation // 90):
        x, y = 1 - y, x
    found_px = np.stack([x, y], axis=-1) * lens.size_px
    off: Floats = np.hypot(*np.moveaxis(found_px - truth, -1, 0))
    return off


def light_on_wall(room: Room, found: tuple[CalibratedHead, ...], columns: int = 200, rows: int = 100) -> Floats:
    """The light that all heads together throw onto an even grid of the wall (rows, columns) where each shows white."""
    across, down = (np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows
    places = room.wall.places(np.stack(np.meshgrid(across, down), axis=-1))
    total = np.zeros((rows, columns))
    for one in found:
        lens = room.projectors[one.head.output]
        light = _light_thrown(one.head, lens.size_px)
        pixels = lens.pixels_of(places)
        inside = ((pixels >= 0) & (pixels < lens.size_px)).all(axis=-1)
        total += np.where(inside, room.area_of(light, pixels), 0) * room.brightness.get(one.head.output, 1.0)
    return total


def unevenness(room: Room, found: tuple[CalibratedHead, ...]) -> float:
    """How far, at most, the light of all heads is from even over what they show together, as a share of it."""
    light = light_on_wall(room, found)
    rows, columns = light.shape
    parts = [one.place.part for one in found]
    rim = 2  # cells whose middle is less than a projector's pixel from the picture's end
    left, right = min(part.left for part in parts), max(part.right for part in parts)
    top, bottom = min(part.top for part in parts), max(part.bottom for part in parts)
    across = slice(round(columns * left) + rim, round(columns * right) - rim)
    down = slice(round(rows * top) + rim, round(rows * bottom) - rim)
    inner = light[down, across]
    return float(np.abs(inner / np.median(inner) - 1).max())


def _light_thrown(head: Head, size_px: tuple[int, int]) -> Floats:
    """The share of its light that each pixel of a projector throws for a white picture (height, width)."""
    places = pixel_map(surface(head.corners, head.mesh, head.turn), size_px, 16 / 9)
    picture = np.moveaxis(places.offsets.astype(float), 0, -1) + 0.5
    covered = (np.abs(picture - 0.5) <= 0.5).all(axis=-1)
    return np.where(covered, shares_of_light(head.soft_edge, picture), 0) * head.white[0]


def shares_of_light(edge: SoftEdge, picture: Floats) -> Floats:
    """As shaders/head.frag has them."""
    total = np.ones(picture.shape[:2])
    x, y = np.moveaxis(picture, -1, 0)
    for into, width in ((x, edge.left), (y, edge.top), (1 - x, edge.right), (1 - y, edge.bottom)):
        if width:
            t = np.clip(into / width, 0, 1)
            total *= t * t * (3 - 2 * t)
    return total
