"""Draws text for an order's own pixels: letters are drawn again for each size, not magnified."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from installation.picture.order import Order
from installation.picture.source import DecodedPicture
from installation.picture.sources.sampling import Pyramid, sampled
from installation.picture.sources.typesetting import Setting, pad_px, raster_of, setting_of
from installation.picture.view import Affine, picture_coordinates
from installation.show.frame import Words

FINER = 1.25
"""How much finer than its pixels a text is drawn, at least; at most it is 1.41 times finer still. So every pixel is the
mean of four samples, and a moving camera seldom needs new letters."""

MAX_RASTER_PX = 32_000_000
"""128 MB: the letters of a larger text fill the wall several times over, and their edges become soft."""

MAX_BYTES = 256 * 1024 * 1024


class Texts:
    """The drawer of Words; keeps its latest rasters."""

    def __init__(self) -> None:
        self._rasters: OrderedDict[tuple[Words, int], NDArray[np.uint8]] = OrderedDict()

    def draw(self, subject: Words, order: Order) -> DecodedPicture:
        """See Drawer.draw. Raises MediaError if a font is missing or has changed."""
        half_width, half_height = max(subject.aspect, 1.0), max(1.0 / subject.aspect, 1.0)
        em, margin = 2 * subject.size, 2 * subject.style.margin
        room = max(2 * half_width - 2 * margin, em) / em
        setting = setting_of(subject.text, subject.style, room)
        em_px = _em_px(em, setting, order)
        raster = self._raster(subject, setting, em_px)
        left = {"left": margin - half_width, "right": half_width - margin - setting.width * em}.get(
            subject.style.align, -setting.width * em / 2
        )
        scale, pad = em_px / em, pad_px(subject.style, em_px)
        top = _top(subject, setting.height * em, half_height, margin)
        return sampled(Pyramid((raster,)), Affine(scale, 0.0, pad - left * scale, 0.0, scale, pad - top * scale), order)

    def _raster(self, subject: Words, setting: Setting, em_px: int) -> NDArray[np.uint8]:
        key = replace(subject, roll=None), em_px
        found = self._rasters.pop(key, None)
        if found is None:
            found = raster_of(subject, setting, em_px)
        self._rasters[key] = found
        while len(self._rasters) > 1 and sum(one.nbytes for one in self._rasters.values()) > MAX_BYTES:
            self._rasters.popitem(last=False)
        return found

    def close(self) -> None:
        """Release all rasters."""
        self._rasters.clear()


def _top(words: Words, height: float, half_height: float, margin: float) -> float:
    """The top of a text of this height, in picture coordinates."""
    if words.roll is not None:
        return half_height - words.roll * (2 * half_height + height)
    if words.style.vertical == "top":
        return margin - half_height
    return half_height - margin - height if words.style.vertical == "bottom" else -height / 2


def _em_px(em: float, setting: Setting, order: Order) -> int:
    """The size of an em in pixels, in half octaves, so that a small motion of the camera does not change it."""
    aspect = order.width / order.height if order.pixel_map is None else order.pixel_map.aspect
    seen = picture_coordinates(order.shot.view, aspect)
    px_per_unit = max(order.width / math.hypot(seen.a, seen.d), order.height / math.hypot(seen.b, seen.e))
    wanted = 2 ** (math.ceil(math.log2(max(FINER * em * px_per_unit, 1.0)) * 2) / 2)
    largest = math.sqrt(MAX_RASTER_PX / max((setting.width + 2) * (setting.height + 2), 1.0))
    return max(round(min(wanted, largest)), 4)
