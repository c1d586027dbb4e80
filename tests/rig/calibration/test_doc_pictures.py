"""The pictures of the page about calibration: a simulated room before and after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from installation.commands.publish import PROJECT
from installation.picture.pixel_map import pixel_map
from installation.rig.calibration.calibrated import CalibratedHead
from installation.rig.calibration.rectangles import Rectangle
from installation.rig.calibration.structured_light import drawn, series
from installation.rig.calibration.wall import wall_in_view
from installation.rig.head import Head, MonitorSelector
from installation.rig.warp import surface
from tests.rig.calibration.rooms import PROJECTOR_PX, room_of, seen_in, shares_of_light
from tests.rig.calibration.simulated_room import CURVE, Room
from tests.rig.calibration.test_calibrated import measured

Floats = NDArray[np.float64]

PICTURES = PROJECT / "docs" / "pictures" / "calibration"

SHOWN = ("white", "bit 3 across", "bit 5 down", "wave 1 across")


def wall_picture() -> Floats:
    """Squares and circles on the whole wall, as light (height, width, 3)."""
    image = Image.new("RGB", (1600, 800), (46, 52, 64))
    draw = ImageDraw.Draw(image)
    for step in range(0, 1601, 100):
        draw.line([(step, 0), (step, 800)], (216, 222, 233), 5)
        draw.line([(0, step), (1600, step)], (216, 222, 233), 5)
    for middle in (400, 800, 1200):
        draw.ellipse([middle - 300, 100, middle + 300, 700], outline=(235, 203, 139), width=9)
    found: Floats = (np.asarray(image) / 255) ** 2.2
    return found


def seen_by_camera(room: Room, heads: Mapping[Head, Rectangle]) -> NDArray[np.uint8]:
    """The wall (height, width, 3) while every head shows its part of the picture."""
    picture = wall_picture()
    total = np.full((*room.camera.size_px[::-1], 3), room.ambient)
    for head, part in heads.items():
        shown = _shown(head, part, picture)
        pixels = room.pixels_seen(head.output)
        inside = ((pixels >= 0) & (pixels < PROJECTOR_PX)).all(axis=-1)
        bright = 0.8 * room.brightness.get(head.output, 1.0)
        for channel in range(3):
            total[..., channel] += bright * np.where(inside, room.area_of(shown[..., channel], pixels), 0)
    found: NDArray[np.uint8] = CURVE[np.rint((len(CURVE) - 1) * (total * 0.9).clip(0, 1)).astype(int)]
    return found


def _shown(head: Head, part: Rectangle, picture: Floats) -> Floats:
    """The light of a projector's pixels (height, width, 3)."""
    offsets = pixel_map(surface(head.corners, head.mesh, head.turn), PROJECTOR_PX, 1.6).offsets.astype(float)
    place = np.moveaxis(offsets, 0, -1) + 0.5
    covered = (np.abs(place - 0.5) <= 0.5).all(axis=-1)
    u, v = part.left + place[..., 0] * part.width, part.top + place[..., 1] * part.height
    rows, columns = picture.shape[:2]
    light = picture[(v * rows).astype(int).clip(0, rows - 1), (u * columns).astype(int).clip(0, columns - 1)]
    share = np.where(covered, shares_of_light(head.soft_edge, place) * head.white[0], 0)
    found: Floats = light * share[..., None]
    return found


def pictures() -> dict[str, NDArray[np.uint8]]:
    room = room_of("flat")
    still = replace(room, noise=0.0)  # noise is most of a PNG
    shown = [pattern for pattern in series(PROJECTOR_PX) if pattern.name in SHOWN]
    series_seen = [still.photograph("left", drawn(pattern, PROJECTOR_PX)) for pattern in shown]
    top, bottom = np.hstack(series_seen[:2]), np.hstack(series_seen[2:])
    found: tuple[CalibratedHead, ...] = measured("flat", wall_in_view(seen_in("flat")))
    halves = (Rectangle(0, 0, 0.65, 1), Rectangle(0.35, 0, 1, 1))
    untouched = {Head(name, MonitorSelector(name)): half for name, half in zip(room.projectors, halves, strict=True)}
    return {
        "patterns.png": np.repeat(np.vstack([top, bottom])[..., None], 3, axis=2),
        "before.png": seen_by_camera(room, untouched),
        "after.png": seen_by_camera(room, {one.head: one.place.part for one in found}),
    }


def test_the_pictures_of_the_page_are_what_the_code_makes(request: pytest.FixtureRequest) -> None:
    for name, picture in pictures().items():
        path = PICTURES / name
        if request.config.getoption("--regenerate"):
            Image.fromarray(picture).save(path, optimize=True)
        shown = np.asarray(Image.open(path).convert("RGB")).astype(int)
        assert np.abs(shown - picture).mean() < 1, f"{name}: look at it, and run pytest --regenerate"
