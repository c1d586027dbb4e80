"""The warp of a head: four corners and a mesh within them map each point of its picture to the monitor.

Points on a monitor refer to the monitor as it hangs; the rotation of its pictures comes last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Point(NamedTuple):
    """A point in fractions of width and height, from the top left."""

    x: float
    y: float


Corners = tuple[Point, Point, Point, Point]
"""Top left, top right, bottom right, bottom left of the picture, in fractions of the monitor."""

WHOLE_MONITOR: Corners = (Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 1))


class Turn(NamedTuple):
    """How the finished picture lies on the monitor's own pixels: first mirrored from left to right, then turned
    clockwise by a number of quarter turns."""

    quarters: int = 0
    mirrored: bool = False


AS_SEEN = Turn()

Interpolation = Literal["smooth", "linear"]


@dataclass(frozen=True, slots=True)
class Mesh:
    """The moved points of an even grid over the picture, row by row, in fractions of the picture.

    Interpolation between them is smooth (Catmull-Rom) or linear. Corners come after the mesh.
    """

    points: tuple[tuple[Point, ...], ...]
    interpolation: Interpolation = "smooth"

    @property
    def columns(self) -> int:
        return len(self.points[0])

    @property
    def rows(self) -> int:
        return len(self.points)

    def resampled(self, columns: int, rows: int) -> Mesh:
        """The mesh with these numbers of points that comes closest to this one."""
        across, down = np.linspace(0, 1, columns), np.linspace(0, 1, rows)
        places = bent(self, across, down).round(6).tolist()
        return Mesh(tuple(tuple(Point(*place) for place in row) for row in places), self.interpolation)


def straight(columns: int, rows: int, interpolation: Interpolation = "smooth") -> Mesh:
    """The mesh that leaves the picture unchanged; at least two columns and two rows."""
    corners = ((Point(0.0, 0.0), Point(1.0, 0.0)), (Point(0.0, 1.0), Point(1.0, 1.0)))
    return Mesh(corners, interpolation).resampled(columns, rows)


MIN_TURN = 1e-4
"""Twice the area of a corner's triangle, as a share of the monitor: a tenth of a line of 1080."""

MAX_SUBDIVISION = 16
MAX_CELLS_ACROSS = 128
"""A cell of a mesh is drawn as up to 16 x 16 flat cells, a whole mesh as some 128 x 128. A picture of 1920 pixels that
bulges by a twentieth is then exact to a tenth of a pixel."""

FOLD_CHECK_SUBDIVISION = 4
"""Flat cells along a side of a mesh's cell for the fold check, which runs at every nudge of a point."""


def corners_problem(corners: Corners) -> str:
    """The reason why these corners cannot hold a picture; empty if they can."""
    turns = []
    for number in range(4):
        before, here, after = (corners[(number + step) % 4] for step in (-1, 0, 1))
        turns.append((here.x - before.x) * (after.y - here.y) - (here.y - before.y) * (after.x - here.x))
    if all(turn < 0 for turn in turns):
        return "the corners are in the wrong order, which mirrors the picture"
    if min(turns) <= MIN_TURN:
        return "the corners form no convex shape: each must lie outside the line between its neighbours"
    if _are_separated(corners, WHOLE_MONITOR) or _are_separated(WHOLE_MONITOR, corners):
        return "the corners lie outside the monitor: nobody would see the picture"
    return ""


def _are_separated(one: Corners, other: Corners) -> bool:
    """Whether a side of `one` separates it from `other`; for convex shapes, some side does if they do not overlap."""
    sides = zip(one, one[1:] + one[:1], strict=True)
    return any(all((b.x - a.x) * (point.y - a.y) <= (b.y - a.y) * (point.x - a.x) for point in other) for a, b in sides)


def to_monitor(corners: Corners) -> Floats:
    """The matrix (3, 3) that maps (x, y, 1) in the picture to a homogeneous point on the monitor.

    It is the projective map of a square onto four corners (Heckbert, Fundamentals of Texture Mapping, 1989).
    """
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
    dx1, dx2, sx = x1 - x2, x3 - x2, x0 - x1 + x2 - x3
    dy1, dy2, sy = y1 - y2, y3 - y2, y0 - y1 + y2 - y3
    denominator = dx1 * dy2 - dx2 * dy1
    g, h = (sx * dy2 - dx2 * sy) / denominator, (dx1 * sy - sx * dy1) / denominator
    return np.array([[x1 - x0 + g * x1, x3 - x0 + h * x3, x0], [y1 - y0 + g * y1, y3 - y0 + h * y3, y0], [g, h, 1.0]])


def surface(
    corners: Corners, mesh: Mesh | None = None, turn: Turn = AS_SEEN, *, finest: int = MAX_SUBDIVISION
) -> Floats:
    """Homogeneous points (rows, columns, 3) on the monitor of an even grid over the picture.

    The grid is fine enough for flat cells. A point lies at x / w, y / w; with w, each cell is drawn in correct
    perspective. The coordinates refer to the monitor's own pixels, after `turn`.
    """
    if mesh is None:
        mesh = straight(2, 2)
        across = down = np.array([0.0, 1.0])
    else:
        across, down = _fine(mesh.columns, finest), _fine(mesh.rows, finest)
    places = bent(mesh, across, down)
    found = np.dstack([places, np.ones(places.shape[:2])]) @ to_monitor(corners).T
    if turn.mirrored:
        found[..., 0] = found[..., 2] - found[..., 0]
    for _ in range(turn.quarters):
        x, y, w = np.moveaxis(found, -1, 0)
        found = np.stack([w - y, x, w], axis=-1)
    return found


def bent(mesh: Mesh, across: Floats, down: Floats) -> Floats:
    """The points (rows, columns, 2) to which the mesh maps the columns `across` and rows `down`, 0..1."""
    points = np.array(mesh.points)
    columns = mesh_weights(mesh.columns, across, mesh.interpolation)
    rows = mesh_weights(mesh.rows, down, mesh.interpolation)
    return np.stack([rows @ points[..., axis] @ columns.T for axis in (0, 1)], axis=-1)


def find_fold(corners: Corners, mesh: Mesh) -> tuple[int, int] | None:
    """The row and column, from 0, of the point that folds the picture over itself; None if none does.

    The corners must be possible. Of the four points around a fold, it is the point that was moved furthest.
    """
    places = surface(corners, mesh, finest=FOLD_CHECK_SUBDIVISION)
    if (places[..., 2] > 0).all():
        flat = places[..., :2] / places[..., 2:]
        right, down = np.diff(flat, axis=1), np.diff(flat, axis=0)
        # The four corners of every cell must turn the same way.
        turns = np.min([_cross(a, b) for a in (right[:-1], right[1:]) for b in (down[:, :-1], down[:, 1:])], axis=0)
        if turns.min() > MIN_TURN / turns.size:
            return None
        worst = np.unravel_index(int(turns.argmin()), turns.shape)
    else:
        worst = np.unravel_index(int(places[..., 2].argmin()), places.shape[:2])
    cells = mesh.rows - 1, mesh.columns - 1
    row, column = (
        min(int(at) * of_mesh // (fine - 1), of_mesh - 1)
        for at, of_mesh, fine in zip(worst, cells, places.shape, strict=False)
    )
    moved = np.hypot(*np.moveaxis(np.array(mesh.points) - straight(mesh.columns, mesh.rows).points, -1, 0))
    around = [(row + down, column + right) for down in (0, 1) for right in (0, 1)]
    return max(around, key=lambda place: float(moved[place]))


def _cross(a: Floats, b: Floats) -> Floats:
    found: Floats = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return found


def _fine(points: int, finest: int) -> Floats:
    """The borders, 0..1, of the flat cells for a mesh with this many points."""
    cells = points - 1
    return np.linspace(0, 1, cells * max(1, min(finest, MAX_CELLS_ACROSS // cells)) + 1)


def mesh_weights(points: int, at: Floats, interpolation: Interpolation) -> Floats:
    """The weights (places, points) of `points` evenly spaced points at the places `at`, 0..1.

    Smooth means Catmull-Rom; the outermost points are mirrored outwards, so that an even grid stays exactly even.
    """
    cells = points - 1
    cell = np.minimum((at * cells).astype(int), cells - 1)
    t = at * cells - cell
    if interpolation == "linear":
        shares = np.stack([np.zeros_like(t), 1 - t, t, np.zeros_like(t)])
    else:
        shares = 0.5 * np.stack(
            [((2 - t) * t - 1) * t, (3 * t - 5) * t * t + 2, ((4 - 3 * t) * t + 1) * t, (t - 1) * t * t]
        )
    weights = np.zeros((len(at), points + 2))
    for step in range(4):
        weights[np.arange(len(at)), cell + step] += shares[step]
    inner = weights[:, 1:-1]  # a view: the mirrored points are combinations of the two outermost on each side
    inner[:, 0] += 2 * weights[:, 0]
    inner[:, 1] -= weights[:, 0]
    inner[:, -1] += 2 * weights[:, -1]
    inner[:, -2] -= weights[:, -1]
    return inner
