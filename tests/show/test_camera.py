"""The camera zooms, pans, turns and dives into a plate's cells."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.picture.view import picture_coordinates
from installation.show.camera import CameraMove, camera_of, cell_of
from installation.show.expressions import ParameterRef
from installation.show.frame import Plate, View
from installation.show.score import Parameter, ViewKeyframe
from tests.show.scores import cue, layer, message, score, showing, view_at

ZOOMS = st.floats(0.05, 200.0)
PLACES = st.floats(-3.0, 3.0)
VIEWS = st.builds(View, PLACES, PLACES, ZOOMS, st.floats(-360.0, 360.0), st.just(False))
PLATE = Plate(tuple("abcdefgh"), columns=3, gap=0.1)


def camera_at(seconds: float, *keys: ViewKeyframe, subject: Plate | None = None, **parameters: float) -> View:
    return camera_of(keys, subject, subject.aspect if subject else 1.0).at(seconds, parameters)


def test_the_zoom_travels_by_equal_factors() -> None:
    keys = ViewKeyframe(0.0, zoom=1.0), ViewKeyframe(3.0, zoom=8.0, ease="linear")
    assert [camera_at(at, *keys).zoom for at in (0.0, 1.0, 2.0, 3.0)] == pytest.approx([1.0, 2.0, 4.0, 8.0])


def test_the_centre_homes_in_with_what_is_visible() -> None:
    keys = ViewKeyframe(0.0), ViewKeyframe(3.0, x=0.7, zoom=8.0, ease="linear")
    # Visible is 1, 1/2, 1/4, 1/8 of the picture: 4/7, 6/7 and all of the way.
    assert [camera_at(at, *keys).x for at in (0.0, 1.0, 2.0, 3.0)] == pytest.approx([0.0, 0.4, 0.6, 0.7])


def test_at_one_zoom_the_centre_and_angle_travel_evenly() -> None:
    view = camera_at(
        1.0, ViewKeyframe(0.0, degrees=-10.0), ViewKeyframe(4.0, x=0.8, y=-0.4, degrees=30.0, ease="linear")
    )
    assert view == pytest.approx(View(0.2, -0.1, 1.0, 0.0))


def test_before_the_first_and_after_the_last_key_the_view_holds() -> None:
    keys = ViewKeyframe(1.0, x=0.1), ViewKeyframe(2.0, x=0.5)
    assert camera_at(0.0, *keys) == View(x=0.1)
    assert camera_at(99.0, *keys) == View(x=0.5)


def test_a_key_with_hold_jumps_when_it_is_reached() -> None:
    keys = ViewKeyframe(0.0), ViewKeyframe(2.0, x=0.5, zoom=3.0, ease="hold")
    assert camera_at(1.999, *keys) == View()
    assert camera_at(2.0, *keys) == View(0.5, 0.0, 3.0)


def test_parameters_move_the_camera() -> None:
    keys = ViewKeyframe(0.0, zoom=ParameterRef("near")), ViewKeyframe(2.0, zoom=4.0, ease="linear")
    assert camera_at(0.0, *keys, near=2.0).zoom == 2.0
    assert camera_at(1.0, *keys, near=1.0).zoom == pytest.approx(2.0)
    assert camera_at(0.0, *keys, near=0.0).zoom > 0.0


def test_the_desk_moves_a_parameter() -> None:
    tide = replace(
        score(cue("a", layer(showing("a", ViewKeyframe(0.0, x=ParameterRef("pan")))))),
        parameters=(Parameter("pan", 0.25, -1.0, 1.0),),
    )
    assert view_at(tide, 0).x == 0.25
    assert view_at(tide, 2, message(1, "set", "/p/pan", value=0.75, fade=2.0)).x == pytest.approx(0.5)


@given(VIEWS, VIEWS)
@settings(max_examples=100, deadline=None)
def test_travel_begins_and_ends_exactly(start: View, end: View) -> None:
    assert CameraMove(start, end).at(0.0) == start
    assert CameraMove(start, end).at(1.0) == end


@given(VIEWS, VIEWS, st.floats(0.0, 1.0))
@settings(max_examples=200, deadline=None)
def test_the_goal_moves_on_a_straight_line_to_the_middle_of_the_screen(start: View, end: View, share: float) -> None:
    """Seen through the camera, the goal's offset from the middle shrinks to zero and never passes it."""
    start, end = start._replace(degrees=0.0), end._replace(degrees=0.0)
    view = CameraMove(start, end).at(share)
    seen = (end.x - view.x) * view.zoom
    first = (end.x - start.x) * start.zoom
    assert abs(seen) <= abs(first) * (1 + 1e-6) + 1e-9
    assert seen * first >= -1e-9


@given(VIEWS, VIEWS, st.floats(0.0, 0.999))
@settings(max_examples=100, deadline=None)
def test_travel_never_jumps(start: View, end: View, share: float) -> None:
    way = CameraMove(start, end)
    before, after = way.at(share), way.at(share + 1e-6)
    assert math.log(after.zoom / before.zoom) == pytest.approx(0.0, abs=1e-3)
    assert (after.x - before.x) * before.zoom == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("aspect", [0.5, 1.0, 16 / 9, 5.0])
@pytest.mark.parametrize("name", ["a", "e", "f", "h"])
def test_into_a_cell_fills_the_place_with_that_neuron(aspect: float, name: str) -> None:
    plate = replace(PLATE, aspect=aspect)
    view = camera_at(0.0, ViewKeyframe(0.0, into=name), subject=plate)
    row, column = divmod("abcdefgh".index(name), 3)
    whole = picture_coordinates(View(), aspect)
    seen = picture_coordinates(view, aspect)
    # The cell's corners without its gap, in fractions of the place that shows the whole plate.
    for u, v in ((0.0, 0.0), (1.0, 1.0)):
        corner = ((column + 0.05 + 0.9 * u) / 3, (row + 0.05 + 0.9 * v) / 3)
        assert seen.at(u, v) == pytest.approx(whole.at(*corner))


def test_a_grid_with_fewer_rows_than_columns_is_centred() -> None:
    assert cell_of(Plate(tuple("abcd"), columns=4), "a").y == 0.0
    assert cell_of(Plate(tuple("ab"), columns=2), "b").x == 0.5


def test_within_a_cell_the_camera_moves_in_the_cells_own_coordinates() -> None:
    middle = camera_at(0.0, ViewKeyframe(0.0, into="e"), subject=PLATE)
    aside = camera_at(0.0, ViewKeyframe(0.0, x=0.5, zoom=2.0, into="e"), subject=PLATE)
    assert aside.zoom == pytest.approx(2 * middle.zoom)
    assert (aside.x - middle.x) * middle.zoom == pytest.approx(0.5)
