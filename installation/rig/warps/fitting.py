"""Fits a mesh to a pointwise warp, and finds the turn of the picture on its monitor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from installation.errors import RigError
from installation.rig.head import Head, Rotation
from installation.rig.rig_spec import CORNER
from installation.rig.warp import WHOLE_MONITOR, Floats, Mesh, Point, Turn, find_fold, mesh_weights
from installation.rig.warps.samples import MIN_SAMPLES, WarpSamples

SIZES = (3, 5, 9, 17, 33)
"""The numbers of points along a side, tried from few to many: fewer are easier for a technician."""

GOOD_PX = 0.1
"""A mesh whose mean error is below this is fine enough."""

STIFFNESS = 1e-5
"""The weight of smoothness against the distance to the points: it decides only in areas without points."""

POOR_SHARE = 0.01
"""The largest mean error of a mesh that matches a warp, as a share of the monitor's width."""

CHUNK = 2000
"""Samples whose weights are in memory at a time: 17 MB for the finest mesh."""

ROTATIONS: tuple[Rotation, ...] = (0, 90, 180, 270)
"""By quarter turns."""


@dataclass(frozen=True, slots=True)
class FittedMesh:
    """A mesh over the whole monitor, and the mean and worst distance of its samples, in pixels of the monitor."""

    mesh: Mesh
    mean_px: float
    worst_px: float

    def on(self, head: Head, turn: Turn) -> Head:
        """The head with this mesh and turn in place of its own warp; all else stays unchanged."""
        rotation = ROTATIONS[turn.quarters]
        return replace(head, rotation=rotation, mirrored=turn.mirrored, corners=WHOLE_MONITOR, mesh=self.mesh)

    def in_words(self, turn: Turn) -> str:
        """The mesh and its turn for a person: a mesh of 5x5, turned by 90 degrees, mirrored."""
        turned = f", turned by {ROTATIONS[turn.quarters]} degrees" if turn.quarters else ""
        return f"a mesh of {self.mesh.columns}x{self.mesh.rows}{turned}{', mirrored' if turn.mirrored else ''}"


def fitted(samples: WarpSamples, where: str, size: tuple[int, int] | None = None) -> FittedMesh:
    """The coarsest mesh that matches an upright warp well, or a mesh of `size` (columns, rows).

    Raises RigError if even the finest mesh folds, or reaches farther outside the monitor than a rig allows.
    """
    seen = ((samples.picture >= 0) & (samples.picture <= 1)).all(axis=1)
    if seen.sum() < MIN_SAMPLES:
        raise RigError(f"{where}: {seen.sum()} points show the picture; a warp needs {MIN_SAMPLES}; is --part right?")
    samples = WarpSamples(samples.monitor[seen], samples.picture[seen], samples.size_px)
    for columns, rows in [size] if size else [(count, count) for count in SIZES]:
        found = _fit(samples, columns, rows)
        if found.mean_px < GOOD_PX:
            break
    if found.mean_px > POOR_SHARE * samples.size_px[0]:
        raise RigError(
            f"{where}: a mesh of {columns}x{rows} is off by {found.mean_px:.1f} pixels on average; the warp has a "
            "seam, or points that were measured wrong: export or measure each surface by itself"
        )
    _require_possible(found.mesh, where)
    return found


def counts_from_below(samples: WarpSamples) -> bool:
    """Whether the picture is flipped vertically and not turned: either the file's y axis points up, or the projector
    hangs from the ceiling behind a screen."""
    jacobian = _jacobian(samples)
    return bool(np.linalg.det(jacobian) < 0 and jacobian[1, 1] < -abs(jacobian[0, 1]))


def turned_over(samples: WarpSamples) -> WarpSamples:
    """The same warp with the y axis of the picture reversed."""
    return replace(samples, picture=samples.picture * (1, -1) + (0, 1))


def _jacobian(samples: WarpSamples) -> Floats:
    """The linear map (2, 2) from picture to monitor that fits the samples best."""
    monitor, picture = samples.monitor - samples.monitor.mean(0), samples.picture - samples.picture.mean(0)
    found: Floats = np.linalg.lstsq(picture, monitor, rcond=None)[0].T
    return found


def upright(samples: WarpSamples) -> tuple[WarpSamples, Turn]:
    """The warp as seen on the wall, and the picture's turn on the monitor."""
    jacobian = _jacobian(samples)
    mirrored = bool(np.linalg.det(jacobian) < 0)
    if mirrored:
        jacobian = jacobian @ np.diag((-1.0, 1.0))
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])  # clockwise, with y down
    turns = max(range(4), key=lambda count: float(np.trace(np.linalg.matrix_power(turn, count).T @ jacobian)))
    places, size_px = samples.monitor, samples.size_px
    for _ in range(turns):  # back, anticlockwise
        places = np.stack([places[:, 1], 1 - places[:, 0]], axis=1)
        size_px = size_px[::-1]
    if mirrored:
        places = places * (-1, 1) + (1, 0)
    return WarpSamples(places, samples.picture, size_px), Turn(turns, mirrored)


def _fit(samples: WarpSamples, columns: int, rows: int) -> FittedMesh:
    """Fit a mesh by least squares: positions on the monitor are linear in the points of a mesh."""
    count = columns * rows
    normal, right = STIFFNESS * len(samples.picture) / count * _bending(columns, rows), np.zeros((count, 2))
    for weights, monitor in _chunks(samples, columns, rows):
        normal += weights.T @ weights
        right += weights.T @ monitor
    grid = np.linalg.solve(normal, right).round(6).reshape(rows, columns, 2).tolist()
    mesh = Mesh(tuple(tuple(Point(*place) for place in row) for row in grid))
    off = distances_px(mesh, samples)
    return FittedMesh(mesh, float(off.mean()), float(off.max()))


def distances_px(mesh: Mesh, samples: WarpSamples) -> Floats:
    """The distance (count) between each sample and the mesh, in pixels of the monitor."""
    points = np.array(mesh.points).reshape(-1, 2)
    parts = [
        np.hypot(*((weights @ points - monitor) * samples.size_px).T)
        for weights, monitor in _chunks(samples, mesh.columns, mesh.rows)
    ]
    return np.concatenate(parts)


def _chunks(samples: WarpSamples, columns: int, rows: int) -> Iterator[tuple[Floats, Floats]]:
    """The weights of a mesh's points in the samples (samples, points) and the samples' positions, chunk by chunk."""
    for begin in range(0, len(samples.picture), CHUNK):
        part = slice(begin, begin + CHUNK)
        across = mesh_weights(columns, samples.picture[part, 0], "smooth")
        down = mesh_weights(rows, samples.picture[part, 1], "smooth")
        yield (down[:, :, None] * across[:, None, :]).reshape(-1, rows * columns), samples.monitor[part]


def _bending(columns: int, rows: int) -> Floats:
    """The penalty (points, points) for a mesh that is not smooth: its squared second differences."""
    along_rows = np.kron(np.eye(rows), _second_differences(columns))
    along_columns = np.kron(_second_differences(rows), np.eye(columns))
    twist = np.kron(np.diff(np.eye(rows), axis=0), np.diff(np.eye(columns), axis=0))
    found: Floats = along_rows.T @ along_rows + along_columns.T @ along_columns + twist.T @ twist
    return found


def _second_differences(count: int) -> Floats:
    found: Floats = np.diff(np.eye(count), n=2, axis=0)
    return found


def _require_possible(mesh: Mesh, where: str) -> None:
    low, high = np.min(mesh.points), np.max(mesh.points)
    if low < CORNER[0] or high > CORNER[1]:
        raise RigError(
            f"{where}: the picture would reach from {low:.2f} to {high:.2f} of the monitor, and a rig has places from "
            f"{CORNER[0]:g} to {CORNER[1]:g}; the warp shows a small part of the picture: say which with --part"
        )
    if place := find_fold(WHOLE_MONITOR, mesh):
        row, column = place
        point = mesh.points[row][column]
        raise RigError(
            f"{where}: the mesh folds over itself near row {row + 1}, column {column + 1} of {mesh.rows} x "
            f"{mesh.columns}, at [{point.x:g}, {point.y:g}] of the monitor; the warp has a seam there, or points that "
            "were measured wrong: take those out, or ask for fewer points with --mesh 5x5"
        )
