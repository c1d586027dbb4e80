"""How a camera's lens bends straight lines, from a flat wall: the part that no perspective explains is the lens's.

A projector's pixels lie on a flat wall, and that in a camera without a lens, as one perspective map lays them (a
homography). The bend that comes nearest to one is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from installation.rig.calibration.structured_light import SeenLight
from installation.rig.warp import Floats

PLACES = 1500
"""Of each head that are looked at: two numbers are found from them."""

ROUNDS = 6

STEP = 1e-3

MAX_BEND = 0.6
"""Of a place at the photograph's corner, as a share of its distance from the middle: fisheyes bend more."""


@dataclass(frozen=True, slots=True)
class CameraLens:
    """A place at a distance of r from the photograph's middle, in halves of its diagonal, lies 1 + a r² + b r⁴ times as
    far from it in a picture with straight lines. `off_px` is how far projectors' pixels are beside a flat wall then."""

    size_px: tuple[int, int]
    bend: tuple[float, float] = (0.0, 0.0)
    off_px: float = 0.0

    def straight(self, pixels: Floats) -> Floats:
        """Where pixels of the photograph (..., 2) lie in a picture with straight lines."""
        middle, half = np.array(self.size_px) / 2, np.hypot(*self.size_px) / 2
        from_middle = (pixels - middle) / half
        squared = (from_middle * from_middle).sum(axis=-1, keepdims=True)
        first, second = self.bend
        found: Floats = middle + half * from_middle * (1 + first * squared + second * squared * squared)
        return found


def lens_of(seen: Mapping[str, SeenLight]) -> CameraLens:
    """The lens that photographed these heads on a flat wall, by least squares (Gauss and Newton)."""
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
    """Pixels of the photograph and those of the projector that light them (count, 2), all over what is seen."""
    down, across = np.nonzero(seen.seen)
    kept = np.linspace(0, len(down) - 1, min(PLACES, len(down))).astype(int)
    pixels = np.stack([across[kept], down[kept]], axis=1) + 0.5
    return pixels, seen.places[down[kept], across[kept]]


def _misfits(lens: CameraLens, views: list[tuple[Floats, Floats]]) -> Floats:
    """How far each place, across and down, is in pixels of its projector from where a flat wall would have it."""
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
    """The distance that misfits across and down make together, as the root of its mean square."""
    return float(np.sqrt(2 * np.square(misfits).mean()))
