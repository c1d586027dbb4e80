"""Measures a camera's lens distortion from a flat wall: the lens causes every bend that no perspective explains.

Without lens distortion, a homography maps a projector's pixels by way of a flat wall to the photograph. The fit takes
the distortion that comes closest to one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from installation.rig.calibration.structured_light import SeenLight
from installation.rig.warp import Floats

PLACES = 1500
"""The number of samples from each head, for a fit of two numbers."""

ROUNDS = 6

STEP = 1e-3

MAX_BEND = 0.6
"""The largest a or b, each a shift of the photograph's corner as a share of its distance: fisheyes bend more."""


@dataclass(frozen=True, slots=True)
class CameraLens:
    """A radial distortion. A point at distance r from the photograph's centre, in half diagonals, lies 1 + a r² + b r⁴
    times as far from it in a picture with straight lines. `off_px` is the remaining error in projector pixels."""

    size_px: tuple[int, int]
    bend: tuple[float, float] = (0.0, 0.0)
    off_px: float = 0.0

    def straight(self, pixels: Floats) -> Floats:
        """The positions of the photograph's pixels (..., 2) in a picture with straight lines."""
        middle, half = np.array(self.size_px) / 2, np.hypot(*self.size_px) / 2
        from_middle = (pixels - middle) / half
        squared = (from_middle * from_middle).sum(axis=-1, keepdims=True)
        first, second = self.bend
        found: Floats = middle + half * from_middle * (1 + first * squared + second * squared * squared)
        return found


def lens_of(seen: Mapping[str, SeenLight]) -> CameraLens:
    """The lens that photographed these heads on a flat wall, by least squares (Gauss-Newton)."""
    views = [_places(one) for one in seen.values()]
    height, width = next(iter(seen.values())).light.shape
    size_px, bend = (width, height), np.zeros(2)
    best = CameraLens(size_px, off_px=_rms(_misfits(CameraLens(size_px), views)))
    for _ in range(ROUNDS):
        now = _misfits(_lens(size_px, bend), views)
        slopes = [(_misfits(_lens(size_px, bend + step), views) - now) / STEP for step in STEP * np.eye(2)]
        bend = (bend - np.linalg.lstsq(np.stack(slopes, axis=1), now, rcond=None)[0]).clip(-MAX_BEND, MAX_BEND)
        found = _lens(size_px, bend)
        off_px = _rms(_misfits(found, views))
        if off_px < best.off_px:
            best = CameraLens(size_px, found.bend, off_px)
    return best


def _lens(size_px: tuple[int, int], bend: Floats) -> CameraLens:
    return CameraLens(size_px, (float(bend[0]), float(bend[1])))


def _places(seen: SeenLight) -> tuple[Floats, Floats]:
    """Pixels of the photograph and the projector's pixels that light them, (count, 2) each, from the whole lit area."""
    down, across = np.nonzero(seen.seen)
    kept = np.linspace(0, len(down) - 1, min(PLACES, len(down))).astype(int)
    pixels = np.stack([across[kept], down[kept]], axis=1) + 0.5
    return pixels, seen.places[down[kept], across[kept]]


def _misfits(lens: CameraLens, views: list[tuple[Floats, Floats]]) -> Floats:
    """The distances of the samples, across and down, from a homography, in pixels of their projectors."""
    found = []
    for pixels, places in views:
        size = np.array(lens.size_px)
        x, y = (lens.straight(pixels) / size - 0.5).T
        one, none = np.ones_like(x), np.zeros_like(x)
        u, v = places.T
        middle, scale = places.mean(axis=0), np.abs(places - places.mean(axis=0)).max()
        u, v = (u - middle[0]) / scale, (v - middle[1]) / scale
        rows = np.concatenate(
            [
                np.stack([x, y, one, none, none, none, -u * x, -u * y], axis=1),
                np.stack([none, none, none, x, y, one, -v * x, -v * y], axis=1),
            ]
        )
        h = np.linalg.lstsq(rows, np.concatenate([u, v]), rcond=None)[0]
        w = h[6] * x + h[7] * y + 1
        found += [scale * ((h[0] * x + h[1] * y + h[2]) / w - u), scale * ((h[3] * x + h[4] * y + h[5]) / w - v)]
    return np.concatenate(found)


def _rms(misfits: Floats) -> float:
    """The root mean square of the distances whose horizontal and vertical parts are `misfits`."""
    return float(np.sqrt(2 * np.square(misfits).mean()))
