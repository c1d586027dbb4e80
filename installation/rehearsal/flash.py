"""Flashes that may harm photosensitive visitors: the general and the red flash thresholds of WCAG 2.2, 2.3.1.

A general flash is a pair of opposing changes in relative luminance of 10 % or more of the maximum, where the darker
state is below 0.80. A red flash is a pair of opposing changes to and from a saturated red, of more than 0.2 in the CIE
1976 UCS chromaticity diagram. More than three of either within any second are too many if they fill a quarter of a ten
degree field of view. The visitors' distance is not known here, so a quarter of the picture stands for it: see
FIELD_OF_VIEW.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MIN_CHANGE = 0.1
MAX_DARK_LUMINANCE = 0.8
MAX_FLASHES = 3
MIN_AREA = 0.25

MIN_SATURATION = 0.8
"""The least R / (R + G + B) of a saturated red, in linear light."""

MIN_CHROMATICITY_DISTANCE = 0.2
"""Between two chromaticities (u', v')."""

STRAY_LIGHT = 0.01
"""A hundredth of white, added to every picture as in a lit room: without it, black would have a colour."""

FIELD_OF_VIEW = (
    "The check does not know how far visitors stand from the wall. It counts a flash on a quarter of a picture, which "
    "is right where the output fills 10 degrees of view: one that is 1 m wide does so from 5.7 m. For visitors who "
    "stand nearer, a smaller part of the picture counts: keep flashing parts smaller there."
)

Luminance = NDArray[np.float64]
"""Relative luminance 0..1; the first axis is time."""


Pictures = NDArray[np.uint8]
"""Display-encoded RGB: (frames, ..., 3)."""


class FlashRate(NamedTuple):
    """The worst second: its `flashes` on at least a quarter of the picture, and its first frame."""

    flashes: float
    first_frame: int

    @property
    def harmful(self) -> bool:
        return self.flashes > MAX_FLASHES


ENCODED = np.arange(256) / 255.0
LINEAR = np.where(ENCODED <= 0.04045, ENCODED / 12.92, ((ENCODED + 0.055) / 1.055) ** 2.4)
"""Linear light of each display-encoded value."""

XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
"""From linear sRGB (IEC 61966-2-1)."""


def relative_luminance(picture: NDArray[np.uint8]) -> Luminance:
    """The luminance of display-encoded RGB (..., 3) by WCAG 2.2, with sRGB's own threshold of 0.04045."""
    return np.asarray(LINEAR[picture] @ np.array([0.2126, 0.7152, 0.0722]))


def changes(luminance: Luminance) -> NDArray[np.int8]:
    """1 where a pixel has become brighter by enough since its last turn, -1 where darker, else 0; same shape.

    A change counts in the frame in which it becomes large enough; slow changes count like quick ones.
    """
    found = np.zeros(luminance.shape, np.int8)
    if len(luminance) == 0:
        return found
    lowest, highest = luminance[0].copy(), luminance[0].copy()
    direction = np.zeros(luminance.shape[1:], np.int8)
    for index, now in enumerate(luminance):
        lowest, highest = np.minimum(lowest, now), np.maximum(highest, now)
        brighter = (direction <= 0) & (now - lowest >= MIN_CHANGE) & (lowest < MAX_DARK_LUMINANCE)
        darker = (direction >= 0) & (highest - now >= MIN_CHANGE) & (now < MAX_DARK_LUMINANCE) & ~brighter
        turned = brighter | darker
        found[index] = np.where(brighter, 1, np.where(darker, -1, 0))
        direction = np.where(turned, found[index], direction)
        lowest = np.where(turned, now, lowest)
        highest = np.where(turned, now, highest)
    return found


def red_changes(pictures: Pictures) -> NDArray[np.int8]:
    """1 where a pixel turns to a saturated red, -1 where away from it, far enough from its last turn, else 0."""
    light = LINEAR[pictures] + STRAY_LIGHT
    red = light[..., 0] / light.sum(axis=-1) >= MIN_SATURATION
    x, y, z = np.moveaxis(light @ XYZ.T, -1, 0)
    chromaticity = np.stack([4.0 * x, 9.0 * y], axis=-1) / (x + 15.0 * y + 3.0 * z)[..., None]
    found = np.zeros(red.shape, np.int8)
    if len(pictures) == 0:
        return found
    last, was_red = chromaticity[0].copy(), red[0].copy()
    for index, (now, is_red) in enumerate(zip(chromaticity, red, strict=True)):
        far = np.hypot(*np.moveaxis(now - last, -1, 0)) > MIN_CHROMATICITY_DISTANCE
        turned = far & (is_red != was_red)
        found[index] = np.where(turned, np.where(is_red, 1, -1), 0)
        # A large change of colour without red is the starting point of the next change.
        last = np.where((turned | (far & ~is_red))[..., None], now, last)
        was_red = np.where(turned, is_red, was_red)
    return found


def flash_rate(luminance: Luminance, fps: float) -> FlashRate:
    """General flashes: the worst second of a sequence (frames, ...) of luminances at `fps`."""
    return _worst_second(changes(luminance), fps)


def red_flash_rate(pictures: Pictures, fps: float) -> FlashRate:
    """Red flashes: the worst second of a sequence of pictures at `fps`."""
    return _worst_second(red_changes(pictures), fps)


def _worst_second(changed: NDArray[np.int8], fps: float) -> FlashRate:
    """The second with the most flashes: two opposing changes are one flash, an odd change is half a flash."""
    marks = np.abs(changed).reshape(len(changed), -1)
    window = max(math.ceil(fps), 1)
    summed = np.concatenate([np.zeros((1, marks.shape[1]), np.int32), np.cumsum(marks, axis=0, dtype=np.int32)])
    worst = FlashRate(0.0, 0)
    for first in range(max(len(marks) - window, 0) + 1):
        seen = summed[min(first + window, len(marks))] - summed[first]
        flashes = _on_a_quarter(seen) / 2
        if flashes > worst.flashes:
            worst = FlashRate(flashes, first)
    return worst


def _on_a_quarter(counts: NDArray[np.int32]) -> int:
    """The count that at least a quarter of all pixels reach."""
    if counts.size == 0:
        return 0
    rank = min(max(math.ceil(counts.size * MIN_AREA), 1), counts.size)
    return int(np.partition(counts, counts.size - rank)[counts.size - rank])
