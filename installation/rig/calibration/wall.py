"""The wall in the camera's view: maps a photograph's pixels to the wall, and finds the part that each head reaches."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from installation.errors import RigError
from installation.rig.calibration.lens import CameraLens
from installation.rig.calibration.rectangles import Rectangle, filled_cells, largest_within
from installation.rig.calibration.structured_light import SeenLight
from installation.rig.warp import Corners, Floats, to_monitor
from installation.rig.warps.samples import MAX_SAMPLES, WarpSamples

MIN_PLACES = 400
"""The least number of samples from a head on the wall: a mesh of 5 x 5 needs as many."""

PLACES_PER_CELL = 8

MAX_CELLS = 200

WHOLE_SIDE = 0.8
"""A rectangle over the wall's whole height or width is preferred if it has this share of the largest one's area."""


def wall_by_corners(corners: Corners) -> Floats:
    """The matrix (3, 3) that maps a photograph's pixel (x, y, 1) to a homogeneous point on a flat wall, from the pixels
    of the wall's four corners."""
    return np.linalg.inv(to_monitor(corners)).astype(np.float64)


def wall_in_view(seen: Mapping[str, SeenLight]) -> Floats:
    """As `wall_by_corners`, for the largest upright rectangle that the heads light together in the camera's view.

    The picture then looks straight from the camera, on a wall of any shape.
    """
    lit = np.any([one.seen for one in seen.values()], axis=0)
    step = max(1, max(lit.shape) // (2 * MAX_CELLS))
    rows, columns = (length // step for length in lit.shape)
    blocks = lit[: rows * step, : columns * step].reshape(rows, step, columns, step)
    cells = largest_within(blocks.mean(axis=(1, 3)) > 0.5)
    left, top, right, bottom = (float(side * step) for side in cells)
    return np.array(
        [[1 / (right - left), 0, -left / (right - left)], [0, 1 / (bottom - top), -top / (bottom - top)], [0, 0, 1]]
    )


def samples_on_wall(seen: SeenLight, to_wall: Floats, where: str, lens: CameraLens | None = None) -> WarpSamples:
    """The points of the wall that a projector's pixels light, for all pixels that the camera saw on the wall.

    With a `lens`, `to_wall` takes undistorted pixels. Raises RigError if the samples are too few.
    """
    down, across = np.nonzero(seen.seen)
    pixels = np.stack([across, down], axis=1).astype(np.float64) + 0.5
    pixels = lens.straight(pixels) if lens else pixels
    found = np.hstack([pixels, np.ones((len(pixels), 1))]) @ to_wall.T
    ahead = found[:, 2] > 0
    wall = found[:, :2] / np.where(ahead, found[:, 2], 1)[:, None]
    on_wall = ahead & ((wall >= 0) & (wall <= 1)).all(axis=1)
    if on_wall.sum() < MIN_PLACES:
        raise RigError(
            f"{where}: the camera recognises this head in {on_wall.sum()} places of the wall, and {MIN_PLACES} are too "
            "few for a mesh; bring the camera closer, or say the wall's corners anew with --corners"
        )
    monitor = seen.places[down, across] / seen.size_px
    return WarpSamples(monitor[on_wall], wall[on_wall], seen.size_px)


def thinned(samples: WarpSamples) -> WarpSamples:
    """An even selection of samples, at most as many as a mesh needs."""
    step = max(1, len(samples.picture) // MAX_SAMPLES)
    return WarpSamples(samples.monitor[::step], samples.picture[::step], samples.size_px)


def reach(samples: WarpSamples) -> Rectangle:
    """The upright rectangle of the wall that a head fills without a hole; over a whole side of the wall if possible."""
    count = int(np.clip(np.sqrt(len(samples.picture) / PLACES_PER_CELL), 8, MAX_CELLS))
    filled = filled_cells(samples.picture.clip(0, 1 - 1e-9), (count, count))
    found = largest_within(filled)
    for axis in (0, 1):
        whole = np.broadcast_to(np.logical_and.reduce(filled, axis=axis, keepdims=True), filled.shape)
        other = largest_within(whole)
        if other.area > WHOLE_SIDE * found.area:
            found = other
            break
    # A cell on the rim may be partly lit, so it is left out, except at the wall's own edges.
    left, top = (side + 1 if side else 0 for side in found[:2])
    right, bottom = (side - 1 if side < count else count for side in found[2:])
    return Rectangle(left / count, top / count, right / count, bottom / count)
