"""Flashes that may harm photosensitive visitors: the general flash thresholds of WCAG 2.3.1, on luminance sequences.

A flash is a pair of opposing changes in relative luminance of 10 % or more of the maximum, where the darker state is
below 0.80. More than three within any second are too many where they fill a quarter of a ten degree field of view.
How far visitors stand from a wall is not known here, so a quarter of the picture is taken for it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LEAST_CHANGE = 0.1
BRIGHTEST_DARK = 0.8
MOST_FLASHES = 3
LEAST_AREA = 0.25

Luminance = NDArray[np.float64]
"""Relative luminance 0..1; the first axis is time."""


class FlashRate(NamedTuple):
    """The worst second: `flashes` in it seen on a quarter of the picture at once, and the frame where it begins."""

    flashes: float
    first_frame: int

    @property
    def harmful(self) -> bool:
        return self.flashes > MOST_FLASHES


def relative_luminance(picture: NDArray[np.uint8]) -> Luminance:
    """Of display-encoded RGB (..., 3): the definition of WCAG 2.2, with sRGB's own threshold of 0.04045."""
    encoded = picture / 255.0
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def changes(luminance: Luminance) -> NDArray[np.int8]:
    """Where each place turns brighter (1) or darker (-1) by enough since it last turned, else 0; shape as given.

    A change is noted in the frame in which it becomes large enough; slow ones count like quick ones.
    """
    found = np.zeros(luminance.shape, np.int8)
    if len(luminance) == 0:
        return found
    lowest, highest = luminance[0].copy(), luminance[0].copy()
    direction = np.zeros(luminance.shape[1:], np.int8)
    for index, now in enumerate(luminance):
        lowest, highest = np.minimum(lowest, now), np.maximum(highest, now)
        brighter = (direction <= 0) & (now - lowest >= LEAST_CHANGE) & (lowest < BRIGHTEST_DARK)
        darker = (direction >= 0) & (highest - now >= LEAST_CHANGE) & (now < BRIGHTEST_DARK) & ~brighter
        turned = brighter | darker
        found[index] = np.where(brighter, 1, np.where(darker, -1, 0))
        direction = np.where(turned, found[index], direction)
        lowest = np.where(turned, now, lowest)
        highest = np.where(turned, now, highest)
    return found


def flash_rate(luminance: Luminance, fps: float) -> FlashRate:
    """The worst second of a sequence (frames, ...) of pictures at `fps`.

    Two opposing changes are one flash, so an odd number of changes counts half a flash more.
    """
    marks = np.abs(changes(luminance)).reshape(len(luminance), -1)
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
    """The count that at least a quarter of all places reach."""
    if counts.size == 0:
        return 0
    rank = min(max(math.ceil(counts.size * LEAST_AREA), 1), counts.size)
    return int(np.partition(counts, counts.size - rank)[counts.size - rank])
