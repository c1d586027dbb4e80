"""A pointwise warp: pairs of a point on a monitor and the point of the picture there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from installation.errors import RigError
from installation.rig.mask import LightShares
from installation.rig.warp import Floats

MAX_SAMPLES = 20_000
"""The most samples, evenly taken, from a map with a point for each pixel: a mesh of 33 x 33 has 1,089 points."""

MIN_SAMPLES = 16

FAR = 4.0
"""In widths of the picture: values farther outside cannot be points of a picture."""


@dataclass(frozen=True, slots=True, eq=False)
class WarpSamples:
    """Points on a monitor and the points of the picture there, (count, 2) each, in fractions from the top left.

    `size_px` is the monitor's size in pixels.
    """

    monitor: Floats
    picture: Floats
    size_px: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class ForeignWarp:
    """The content of another tool's file for one projector.

    `blend` is the share of light of every pixel (height, width), None if the file has none. `told` are notes for a
    person about how the file was read.
    """

    samples: WarpSamples
    blend: LightShares | None = None
    told: tuple[str, ...] = ()


def doubles(numbers: NDArray[np.floating[Any]]) -> Floats:
    """Numbers of a file in double precision; NaN stays NaN without a warning."""
    with np.errstate(invalid="ignore"):  # signalling NaNs
        return numbers.astype(np.float64)


def samples_of_map(
    places: Floats, where: str, size_px: tuple[int, int] | None = None, *, on_corners: bool = False
) -> WarpSamples:
    """Samples of a map (height, width, 2) from every pixel of a monitor to a point of the picture; NaN shows nothing.

    With `on_corners` the map is a grid whose outermost points lie on the monitor's edges. `where` begins every message.
    """
    height, width, _ = places.shape
    step = max(1, int(np.ceil(np.sqrt(width * height / MAX_SAMPLES))))
    rows, columns = _thinned(height, step), _thinned(width, step)
    if on_corners:
        across, down = columns / max(width - 1, 1), rows / max(height - 1, 1)
    else:
        across, down = (columns + 0.5) / width, (rows + 0.5) / height
    monitor = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)
    picture = places[np.ix_(rows, columns)].reshape(-1, 2)
    return samples_of(monitor, picture, size_px or (width, height), where)


def samples_of(monitor: Floats, picture: Floats, size_px: tuple[int, int], where: str) -> WarpSamples:
    """The samples whose picture point is known; raises RigError if too few are, or if points lie too far outside."""
    known = np.isfinite(picture).all(axis=1) & np.isfinite(monitor).all(axis=1)
    if known.sum() < MIN_SAMPLES:
        raise RigError(
            f"{where}: {known.sum()} points have a place in the picture, and a warp needs {MIN_SAMPLES}; "
            "export the warp of the projector that is meant"
        )
    found = picture[known]
    if np.abs(found - 0.5).max() > FAR:
        worst = found[np.unravel_index(int(np.abs(found - 0.5).argmax()), found.shape)[0]]
        raise RigError(
            f"{where}: a point lies at {worst[0]:g}, {worst[1]:g} of the picture; places are fractions, 0 to 1; "
            "export a 2D warp with normalized coordinates"
        )
    return WarpSamples(monitor[known], found, size_px)


def _thinned(count: int, step: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Every `step`-th index, with the first and the last."""
    return np.unique(np.append(np.arange(0, count, step), count - 1))
