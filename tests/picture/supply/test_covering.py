"""Key pictures show all that the camera sees while they are shown, whatever the place; cuts are told from motion."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.picture.supply.key_pictures import BORDER_PX, MAX_AREA, covering_order, is_cut, serves
from installation.show.frame import Shot, View
from tests.picture.show_of_one import ONE, standing, walking

views = st.builds(
    View, x=st.floats(-1, 1), y=st.floats(-1, 1), zoom=st.floats(0.5, 50), degrees=st.floats(-180, 180),
    mirrored=st.booleans(),
)  # fmt: skip


moves = st.lists(st.tuples(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3), st.floats(0.7, 1.4), st.floats(-20, 20)))
sides = st.one_of(st.integers(1, 300), st.sampled_from([1, 2, 3, 1000, 4000]))


@settings(max_examples=150, deadline=None)
@given(
    view=views,
    moves=moves,
    size_px=st.tuples(sides, sides),
    quality=st.sampled_from([0.25, 1 / 3, 0.5, 0.75]),
    ahead=st.sampled_from([0.0, 2.0]),
)
def test_a_key_picture_holds_every_view_that_it_was_ordered_for(
    view: View,
    moves: list[tuple[float, float, float, float]],
    size_px: tuple[int, int],
    quality: float,
    ahead: float,
) -> None:
    seen = [
        View(view.x + x / view.zoom, view.y + y / view.zoom, view.zoom * by, view.degrees + turn, view.mirrored)
        for x, y, by, turn in moves
    ]
    order = covering_order(Shot(ONE, view), seen, size_px, quality, ahead)
    assert serves(order, ONE, [view, *seen], size_px, 0.0)
    width, height = (quality * side + 1 for side in size_px)
    assert order.width * order.height <= MAX_AREA * width * height + (2 * BORDER_PX + 1) * (order.width + order.height)


@pytest.mark.parametrize("size_px", [(640, 360), (3840, 120), (24, 1080)])
def test_a_camera_that_drifts_and_turns_slowly_is_shown_as_finely_as_was_asked(size_px: tuple[int, int]) -> None:
    view, after = View(), View(0.02, -0.01, 1.01, 0.5)
    order = covering_order(Shot(ONE, view), [after], size_px, 0.5, ahead=2.0)
    assert serves(order, ONE, [view, after], size_px, 0.5)


def test_a_picture_of_another_neuron_or_from_too_far_away_does_not_serve() -> None:
    order = covering_order(Shot(ONE, View()), [], (64, 36), 0.5, ahead=0.0)
    assert serves(order, ONE, [View()], (64, 36), 0.5)
    assert not serves(order, walking(1).shot.subject, [View()], (64, 36), 0.5)
    assert not serves(order, ONE, [View(zoom=2.0)], (64, 36), 0.5)
    assert not serves(order, ONE, [View(x=0.2)], (64, 36), 0.5)


@pytest.mark.parametrize(
    "after",
    [View(x=1.0), View(zoom=2.0), View(degrees=30.0), View(mirrored=True)],
    ids=["moves away", "zooms", "turns", "is mirrored"],
)
def test_a_camera_that_leaves_within_a_frame_has_been_cut(after: View) -> None:
    assert is_cut(standing().shot, standing(after).shot)


def test_a_moving_camera_and_a_walk_are_no_cuts() -> None:
    assert not is_cut(walking(10).shot, walking(20, View(0.05, 0.0, 1.05, 359.0)).shot)
    assert is_cut(walking(10).shot, walking(600).shot)
