"""What lies where in the rehearsal window."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.outputs.windows.placement import WindowPlacement
from installation.picture.rectangle import Rectangle
from installation.rehearsal.layout import TOP_PX, window_layout_of
from installation.rig.head import Mounting

WINDOW_PX = (1440, 720)
OUTPUTS = {"left": (1920, 1080), "right": (1080, 1920)}
HANGINGS = st.builds(
    Mounting, st.floats(-20, 20), st.floats(-20, 20), st.floats(0.5, 10), st.sampled_from([0, 15, 90, 180, -45])
)


def test_outputs_that_hang_nowhere_stand_in_a_row_and_are_equally_high() -> None:
    left, right = (placement.place for placement in window_layout_of(WINDOW_PX, OUTPUTS).outputs.values())
    assert left.height == right.height
    assert left.right < right.left
    assert left.width / left.height == pytest.approx(16 / 9, rel=0.01)


@settings(max_examples=60, deadline=None)
@given(HANGINGS, HANGINGS)
def test_the_whole_room_is_seen_at_one_scale(left: Mounting, right: Mounting) -> None:
    layout = window_layout_of(WINDOW_PX, OUTPUTS, {"left": left, "right": right})
    places = layout.outputs
    if min(min(size) for size in layout.sizes.values()) <= 16:  # so far apart that they are kept visible
        return
    assert places["left"].place.width / places["right"].place.width == pytest.approx(left.width / right.width, rel=0.1)
    for placement in places.values():
        seen = placement.upright
        assert seen.left >= 0
        assert seen.right <= WINDOW_PX[0]
        assert seen.top >= TOP_PX - 2
        assert seen.bottom <= layout.timeline.top + 2


def test_an_output_that_hangs_beside_another_is_seen_beside_it() -> None:
    mountings = {"left": Mounting(2.0, 0.0, 2.0), "right": Mounting(0.0, 1.0, 0.5)}
    outputs = window_layout_of(WINDOW_PX, OUTPUTS, mountings).outputs
    assert outputs["right"].place.right < outputs["left"].place.left
    assert outputs["right"].place.top > outputs["left"].place.top


def test_an_output_alone_stands_upright() -> None:
    mountings = {"left": Mounting(0.0, 0.0, 2.0, 90.0), "right": Mounting(3.0, 0.0, 2.0)}
    layout = window_layout_of(WINDOW_PX, OUTPUTS, mountings, solo="left")
    assert [(output, placement.degrees) for output, placement in layout.outputs.items()] == [("left", 0.0)]


def test_a_click_meets_the_turned_picture_and_not_the_rectangle_around_it() -> None:
    turned = WindowPlacement(Rectangle(100, 100, 300, 140), 90.0)
    assert turned.upright == Rectangle(180, 20, 220, 220)
    assert turned.holds(200.0, 30.0)
    assert not turned.holds(110.0, 120.0)
    for x, y in WindowPlacement(Rectangle(0, 0, 100, 50), 30.0).outline(1.0):
        assert WindowPlacement(Rectangle(0, 0, 100, 50), 30.0).holds(x, y)
