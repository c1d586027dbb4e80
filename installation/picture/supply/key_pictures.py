"""Key pictures: each view is wide enough for everything that the camera sees while the picture is shown."""

from __future__ import annotations

import math
from collections.abc import Iterable

from installation.picture.order import Order
from installation.picture.view import picture_coordinates
from installation.show.frame import Shot, Subject, View
from installation.show.subjects import change_between

CORNERS = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))

MAX_AREA = 1.6**2
"""The most pixels of a key picture, relative to the camera's view at its own frame. If the camera moves further, or
turns over a narrow place, the picture still covers its path, but is coarser."""

BORDER_PX = 1
"""The extra pixels around a key picture, so that filters at the edge of a place have neighbours."""

TOLERANCE = 1e-6
"""A picture that lacks a smaller share of a place than this covers it: allowance for rounding."""


def unmirrored(view: View) -> View:
    """The view of the same rectangle, not mirrored."""
    return View(view.x, view.y, view.zoom, view.degrees)


def covering_order(
    shot: Shot, views: Iterable[View], size_px: tuple[int, int], quality: float, ahead: float, softness: float = 0.0
) -> Order:
    """The order for a picture that covers a place of `size_px` under all of `views`, at `quality` of its resolution.

    The camera of `shot` gives the picture's rotation and resolution. For a camera that goes on moving, the views'
    margin is extended by `ahead` times itself, within MAX_AREA. Mirrored views use plain pictures: they see the same
    rectangle.
    """
    width, height = size_px
    aspect = width / height
    own = picture_coordinates(unmirrored(shot.view), aspect)
    seen = [own.inverse().after(picture_coordinates(view, aspect)) for view in views]
    corners = [place.at(u, v) for place in seen for u, v in CORNERS]
    for margin in (ahead, ahead / 2, ahead / 4, 0.0):
        left, right = _side([u for u, _ in corners], margin)
        top, bottom = _side([v for _, v in corners], margin)
        area = (right - left) * (bottom - top)
        if area <= MAX_AREA:
            break
    quality *= min(1.0, math.sqrt(MAX_AREA / area))
    across = math.ceil((right - left) * width * quality) + 2 * BORDER_PX
    down = math.ceil((bottom - top) * height * quality) + 2 * BORDER_PX
    spare = BORDER_PX / quality
    half_width = math.hypot(own.a, own.d) * ((right - left) / 2 + spare / width)
    half_height = math.hypot(own.b, own.e) * ((bottom - top) / 2 + spare / height)
    wide = across / down
    zoom = min(max(wide, 1.0) / half_width, max(1.0 / wide, 1.0) / half_height)
    x, y = own.at((left + right) / 2, (top + bottom) / 2)
    return Order(Shot(shot.subject, View(x, y, zoom, shot.view.degrees)), across, down, softness)


def _side(values: list[float], ahead: float) -> tuple[float, float]:
    """The range 0..1 extended to contain `values`, and by `ahead` times as much again."""
    before, after = -min([0.0, *values]), max([1.0, *values]) - 1.0
    return -before * (1 + ahead), 1 + after * (1 + ahead)


def serves(order: Order, subject: Subject, views: Iterable[View], size_px: tuple[int, int], quality: float) -> bool:
    """Whether a picture covers what a place of `size_px` needs of `subject` under all of `views`, finely enough.

    It may be up to a quarter coarser than `quality`: the picture was drawn when the camera was further away.
    """
    if order.shot.subject != subject or order.pixel_map is not None:
        return False
    width, height = size_px
    into = picture_coordinates(order.shot.view, order.width / order.height).inverse()
    finest = min(order.width, order.height) * order.shot.view.zoom
    for view in views:
        if 0.75 * quality * min(size_px) * view.zoom > finest:
            return False
        part = into.after(picture_coordinates(view, width / height))
        if not all(-TOLERANCE <= side <= 1 + TOLERANCE for u, v in CORNERS for side in part.at(u, v)):
            return False
    return True


def is_cut(before: Shot, after: Shot) -> bool:
    """Whether there is a cut from one frame's shot to the next frame's: then the two must not be cross-faded.

    A camera that loses more than a third of its view, zooms by half or turns by 20 degrees within a frame is a cut, and
    so is a subject of which more than a third changes.
    """
    first, second = before.view, after.view
    reach = 0.7 / min(first.zoom, second.zoom)
    turned = abs((second.degrees - first.degrees + 180) % 360 - 180)
    ratio = second.zoom / first.zoom
    if math.hypot(second.x - first.x, second.y - first.y) > reach or not 2 / 3 < ratio < 3 / 2 or turned > 20:
        return True
    if first.mirrored != second.mirrored:
        return True
    return change_between(before.subject, after.subject) > 1 / 3
