"""Which output goes to which monitor, and where its corners lie."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.rig.head import Head, MonitorSelector, Mounting, PicturePart, SoftEdge, match_monitors, sizes_on
from installation.rig.mask import Polygon
from installation.rig.monitors import Area, Monitor, MonitorIdentity
from installation.rig.warp import Point

CONNECTORS = ["HDMI-1", "HDMI-2", "DP-1", "DP-2", "DVI-1"]


def monitor(connector: str, name: str = "", serial: str = "", x: int = 0) -> Monitor:
    return Monitor(connector, MonitorIdentity(name, serial), x, 0, 1920, 1080, 60.0)


LEFT = monitor("HDMI-1", "DELL U2720Q", "A1")
RIGHT = monitor("HDMI-2", "DELL U2720Q", "B2", x=1920)
STRANGER = monitor("DP-1", "Foreman's laptop", "", x=3840)


def head(output: str, **binding: object) -> Head:
    return Head(output, MonitorSelector(**binding))  # type: ignore[arg-type]


def test_a_display_with_a_serial_number_is_found_wherever_it_is_plugged_in() -> None:
    swapped = [replace(LEFT, connector="HDMI-2", x=1920), replace(RIGHT, connector="HDMI-1", x=0)]
    heads = [head("left", connector="HDMI-1", serial="A1"), head("right", connector="HDMI-2", serial="B2")]
    assert match_monitors(heads, swapped) == {"left": swapped[0], "right": swapped[1]}


TWINS = [monitor("HDMI-1", "PJ", "16843009"), monitor("HDMI-2", "PJ", "16843009", x=1920)]


def test_where_several_displays_say_one_serial_number_the_connector_decides() -> None:
    left = head("left", connector="HDMI-1", name="PJ", serial="16843009")
    right = head("right", connector="HDMI-2", name="PJ", serial="16843009")
    assert match_monitors([left], TWINS) == {"left": TWINS[0]}
    assert match_monitors([right, left], TWINS) == {"left": TWINS[0], "right": TWINS[1]}
    assert match_monitors([left, right], TWINS[1:]) == {"right": TWINS[1]}, "not on its twin"
    assert match_monitors([left, head("right", connector="HDMI-2", name="PJ")], TWINS) == {
        "left": TWINS[0],
        "right": TWINS[1],
    }
    assert match_monitors([head("left", serial="16843009")], TWINS) == {}, "rather dark than on a wrong screen"


def test_another_display_on_the_same_connector_is_not_taken_for_the_right_one() -> None:
    assert match_monitors([head("left", connector="DP-1", name="DELL U2720Q")], [STRANGER]) == {}


def test_rather_dark_than_on_a_wrong_screen_where_two_displays_could_be_meant() -> None:
    assert match_monitors([head("left", name="DELL U2720Q")], [LEFT, RIGHT]) == {}
    assert match_monitors([head("left", name="DELL U2720Q")], [RIGHT, STRANGER]) == {"left": RIGHT}


def test_a_position_counts_only_where_nothing_else_is_said() -> None:
    assert match_monitors([head("left", position=(1920, 0))], [LEFT, RIGHT]) == {"left": RIGHT}
    assert match_monitors([head("left", connector="HDMI-1", position=(1920, 0))], [LEFT, RIGHT]) == {"left": LEFT}


def test_a_binding_is_said_as_it_is_written() -> None:
    assert str(MonitorSelector("HDMI-1", serial="A1")) == "connector HDMI-1, serial A1"
    assert str(MonitorSelector(position=(1920, 0))) == "position (1920, 0)"


def test_without_monitors_nothing_is_shown_and_nothing_breaks() -> None:
    assert match_monitors([head("left", connector="HDMI-1")], []) == {}


BINDINGS = st.one_of(
    st.builds(MonitorSelector, connector=st.sampled_from(CONNECTORS)),
    st.builds(MonitorSelector, connector=st.sampled_from(CONNECTORS), serial=st.sampled_from("ABC")),
    st.builds(MonitorSelector, name=st.sampled_from(["one", "two"])),
    st.builds(MonitorSelector, position=st.tuples(st.sampled_from([0, 1920]), st.just(0))),
)
HEADS = st.lists(BINDINGS, max_size=6).map(
    lambda bindings: [Head(f"out{number}", binding) for number, binding in enumerate(bindings)]
)
MONITORS = st.lists(
    st.builds(
        monitor,
        st.sampled_from(CONNECTORS),
        st.sampled_from(["", "one", "two"]),
        st.sampled_from(["", "A", "B", "C"]),
        st.sampled_from([0, 1920]),
    ),
    unique_by=lambda one: one.connector,
)


@given(HEADS, MONITORS, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_no_monitor_shows_two_outputs_none_that_is_not_meant_and_the_order_does_not_matter(
    heads: list[Head], monitors: list[Monitor], chance: object
) -> None:
    found = match_monitors(heads, monitors)
    assert len({one.connector for one in found.values()}) == len(found)
    for one in heads:
        assert one.output not in found or one.monitor.means(found[one.output])
    shuffled_heads, shuffled_monitors = list(heads), list(monitors)
    chance.shuffle(shuffled_heads)  # type: ignore[attr-defined]
    chance.shuffle(shuffled_monitors)  # type: ignore[attr-defined]
    assert match_monitors(shuffled_heads, shuffled_monitors) == found


def test_a_display_whose_name_is_another_ones_serial_number_is_not_taken_for_it() -> None:
    twins = MonitorSelector(name="X9", serial="X9")
    assert twins.means(replace(LEFT, identity=MonitorIdentity("X9", "X9")))
    assert not twins.means(replace(LEFT, identity=MonitorIdentity("BARCO", "X9")))
    assert not twins.means(replace(LEFT, identity=MonitorIdentity("X9", "A1")))


@given(st.sets(st.sampled_from(CONNECTORS)), st.sets(st.sampled_from(CONNECTORS)))
@settings(max_examples=50, deadline=None)
def test_pulling_cables_never_moves_the_pictures_that_remain(before: set[str], after: set[str]) -> None:
    heads = [head(connector.lower(), connector=connector) for connector in CONNECTORS]
    for plugged in (before, after):
        found = match_monitors(
            heads, [monitor(connector, x=1920 * place) for place, connector in enumerate(sorted(plugged))]
        )
        assert {output: one.connector for output, one in found.items()} == {one.lower(): one for one in plugged}


def test_the_picture_takes_the_pixels_of_its_monitor_also_when_it_is_turned() -> None:
    upright = head("left", connector="HDMI-1")
    assert upright.size_on(LEFT) == (1920, 1080)
    assert replace(upright, rotation=90).size_on(LEFT) == (1080, 1920)
    assert replace(upright, rotation=90, size_px=(64, 32)).size_on(LEFT) == (64, 32)


def test_outputs_are_decoded_for_their_monitors_and_only_those_that_are_seen() -> None:
    heads = [head("left", connector="HDMI-1"), head("right", connector="DP-9"), head("none", connector="DP-8")]
    score = {"left": (640, 360), "right": (320, 180), "unseen": (640, 360)}
    assert sizes_on(heads, [LEFT, RIGHT], score) == {"left": (1920, 1080), "right": (320, 180)}


@pytest.mark.parametrize(
    "said",
    [
        {"rotation": 180},
        {"corners": (Point(0.1, 0), Point(1, 0), Point(1, 1), Point(0, 1))},
        {"soft_edge": SoftEdge(left=0.1)},
        {"black_lift": 0.1},
        {"white": (1.0, 0.9, 1.0)},
        {"curve": (1.0, 1.1, 1.0)},
        {"masks": (Polygon((Point(0, 0), Point(1, 0), Point(1, 1))),)},
    ],
)
def test_a_head_is_plain_where_nothing_is_to_be_done_to_its_picture(said: dict[str, Any]) -> None:
    plain = Head("left", MonitorSelector(connector="DP-1"), size_px=(640, 360), latency_ms=20)
    plain = replace(plain, mounted=Mounting(0, 0, 1))
    assert plain.is_plain
    assert not replace(plain, **said).is_plain


def test_heads_with_areas_share_a_monitor_and_each_has_its_own_part_of_it() -> None:
    upper, lower = Area(0, 0, 960, 540), Area(0, 540, 960, 540)
    heads = [replace(head(name, connector="HDMI-1"), area=area) for name, area in (("a", upper), ("b", lower))]
    found = match_monitors(heads, [LEFT])
    assert (found["b"].x, found["b"].y, found["b"].width, found["b"].height) == (LEFT.x, LEFT.y + 540, 960, 540)
    assert found["a"].whole == LEFT
    assert sizes_on(heads, [LEFT], {"a": (64, 36), "b": (64, 36)}) == {"a": (960, 540), "b": (960, 540)}


@pytest.mark.parametrize("area", [Area(900, 0, 960, 540), Area(1000, 0, 960, 540), None])
def test_rather_dark_than_over_another_output_or_beyond_the_monitor(area: Area | None) -> None:
    first = replace(head("a", connector="HDMI-1"), area=Area(0, 0, 960, 540))
    assert set(match_monitors([first, replace(head("b", connector="HDMI-1"), area=area)], [LEFT])) == {"a"}


def test_an_output_of_which_several_heads_show_parts_is_as_fine_as_the_finest_needs() -> None:
    left = replace(head("l", connector="HDMI-1"), shows="wall", part=PicturePart(0, 0, 0.6, 1))
    right = replace(head("r", connector="DP-9"), shows="wall", part=PicturePart(0.4, 0, 0.6, 1))
    assert sizes_on([left, right], [LEFT], {"wall": (640, 360)}) == {"wall": (3200, 1080)}
    assert sizes_on([left, right], [], {"wall": (640, 360)}) == {"wall": (640, 360)}
    assert left.part_size((3200, 1080)) == (1920, 1080)
