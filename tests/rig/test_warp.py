"""Where the picture lies on the monitor: corners, and meshes within them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.rig.warp import (
    WHOLE_MONITOR,
    Corners,
    Mesh,
    Point,
    bent,
    corners_problem,
    find_fold,
    straight,
    surface,
    to_monitor,
)

NEAR = st.floats(-0.2, 0.2)
MOVES = st.tuples(NEAR, NEAR)


def quadrilateral(*moves: tuple[float, float]) -> Corners:
    """A monitor's four corners, each moved by its own way."""
    a, b, c, d = (Point(x + dx, y + dy) for (x, y), (dx, dy) in zip(WHOLE_MONITOR, moves, strict=True))
    return a, b, c, d


QUADRILATERALS = st.builds(quadrilateral, MOVES, MOVES, MOVES, MOVES)


def on_monitor(corners: Corners, x: float, y: float) -> tuple[float, float]:
    u, v, w = to_monitor(corners) @ (x, y, 1)
    return u / w, v / w


@given(QUADRILATERALS)
@settings(max_examples=100, deadline=None)
def test_the_pictures_corners_lie_where_they_were_put(corners: Corners) -> None:
    assert corners_problem(corners) == ""
    for corner, place in zip(corners, WHOLE_MONITOR, strict=True):
        assert on_monitor(corners, *place) == pytest.approx(corner, abs=1e-9)


def test_an_unmoved_picture_is_not_changed_at_all() -> None:
    assert on_monitor(WHOLE_MONITOR, 0.25, 0.75) == (0.25, 0.75)


@pytest.mark.parametrize(
    ("corners", "why"),
    [
        (((0, 0), (0, 1), (1, 1), (1, 0)), "mirrors"),
        (((0, 0), (1, 0), (0, 1), (1, 1)), "convex"),
        (((0, 0), (1, 0), (0.4, 0.4), (0, 1)), "convex"),
        (((0, 0), (1, 0), (1, 0), (0, 1)), "convex"),
        (((0.5, 0.5),) * 4, "convex"),
    ],
)
def test_corners_that_no_picture_fits_between_are_known(corners: tuple[tuple[float, float], ...], why: str) -> None:
    assert why in corners_problem(tuple(Point(*corner) for corner in corners))  # type: ignore[arg-type]


SIZES = st.tuples(st.integers(2, 9), st.integers(2, 9))


@given(QUADRILATERALS, SIZES, st.sampled_from(["smooth", "linear"]))
@settings(max_examples=60, deadline=None)
def test_a_straight_mesh_lays_the_picture_exactly_as_its_corners_do(
    corners: Corners, size: tuple[int, int], interpolation: str
) -> None:
    mesh = straight(*size, interpolation)  # type: ignore[arg-type]
    places = surface(corners, mesh)
    down, across = np.meshgrid(*(np.linspace(0, 1, count) for count in places.shape[:2]), indexing="ij")
    expected = np.dstack([across, down, np.ones_like(down)]) @ to_monitor(corners).T
    assert np.abs(places - expected).max() < 1e-5
    assert find_fold(corners, mesh) is None


def moved(mesh: Mesh, row: int, column: int, x: float, y: float) -> Mesh:
    rows = [list(points) for points in mesh.points]
    rows[row][column] = Point(rows[row][column].x + x, rows[row][column].y + y)
    return replace(mesh, points=tuple(map(tuple, rows)))


@given(SIZES, st.data())
@settings(max_examples=60, deadline=None)
def test_a_mesh_takes_the_picture_through_every_one_of_its_points(size: tuple[int, int], data: st.DataObject) -> None:
    mesh = straight(*size)
    row, column = data.draw(st.integers(0, size[1] - 1)), data.draw(st.integers(0, size[0] - 1))
    mesh = moved(mesh, row, column, 0.03, -0.02)
    places = bent(mesh, np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1]))
    assert places == pytest.approx(np.array(mesh.points), abs=1e-9)


def test_a_smooth_mesh_bends_without_a_kink_and_a_linear_one_has_one_at_its_point() -> None:
    def kink(interpolation: str) -> float:
        mesh = moved(straight(3, 2, interpolation), 0, 1, 0, 0.2)  # type: ignore[arg-type]
        left, middle, right = bent(mesh, np.array([0.499, 0.5, 0.501]), np.array([0.0]))[0, :, 1]
        return float(abs(left - 2 * middle + right))

    assert kink("smooth") < 1e-5
    assert kink("linear") > 5e-4


def test_a_mesh_of_more_points_bends_the_picture_as_the_one_before() -> None:
    coarse = moved(straight(3, 3), 1, 1, 0.1, 0.05)
    fine = coarse.resampled(9, 9)
    at = np.linspace(0, 1, 33)
    assert np.abs(bent(fine, at, at) - bent(coarse, at, at)).max() < 0.002
    assert fine.resampled(3, 3) == coarse


@pytest.mark.parametrize("interpolation", ["smooth", "linear"])
@pytest.mark.parametrize(("row", "column", "x", "y"), [(1, 2, -0.6, 0.0), (0, 0, 0.6, 0.6), (2, 1, 0.0, -0.7)])
def test_a_mesh_that_folds_is_told_by_the_point_that_folds_it(
    interpolation: str, row: int, column: int, x: float, y: float
) -> None:
    found = find_fold(WHOLE_MONITOR, moved(straight(4, 4, interpolation), row, column, x, y))  # type: ignore[arg-type]
    assert found == (row, column)
