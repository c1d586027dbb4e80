"""Cameras that flow, that takes share, that a hand holds; and cuts by a rhythm."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.show.camera import Camera, Cell, unrest_at, within
from installation.show.expressions import ParameterRef, number
from installation.show.frame import View
from installation.show.montage import beats_at
from installation.show.score import Drift, Layer, Mirror, ViewKeyframe
from tests.show.scores import FPS, LEFT, MIDDLE, RIGHT, THREE, cue, layer, outputs_at, score, showing, view_at

KEYS = (
    ViewKeyframe(0.0, zoom=1.0),
    ViewKeyframe(4.0, 0.5, 0.1, 3.0, 10.0, "flow"),
    ViewKeyframe(6.0, 0.7, -0.1, 4.0, 25.0, "flow"),
    ViewKeyframe(10.0, 0.0, 0.0, 1.0, 0.0, "flow"),
)


def camera(*keys: ViewKeyframe) -> Camera:
    return Camera(keys, (Cell(),) * len(keys))


def speed_at(moving: Camera, seconds: float, after: bool) -> tuple[float, ...]:
    """How the view changes just before or after a time: centre in what is seen, zoom as a logarithm, degrees."""
    step = 1e-5
    one, two = (moving.at(seconds + (step if after else -step) * part, {}) for part in (0.0, 1.0))
    sign = 1.0 if after else -1.0
    across, down = (two.x - one.x) * one.zoom, (two.y - one.y) * one.zoom
    changes = across, down, math.log(two.zoom / one.zoom), two.degrees - one.degrees
    return tuple(sign * change / step for change in changes)


def test_a_camera_that_flows_is_at_its_keys_and_does_not_stop_there() -> None:
    moving = camera(*KEYS)
    for key in KEYS:
        view = moving.at(key.at, {})
        assert (view.x, view.y, view.zoom, view.degrees) == (key.x, key.y, key.zoom, key.degrees)
    for at in (4.0, 6.0):
        assert speed_at(moving, at, after=False) == pytest.approx(speed_at(moving, at, after=True), abs=1e-3)
    assert speed_at(moving, 4.0, after=True)[2] > 0.05


def test_it_starts_softly_and_comes_to_rest() -> None:
    moving = camera(*KEYS)
    assert speed_at(moving, 0.0, after=True) == pytest.approx((0, 0, 0, 0), abs=1e-3)
    assert speed_at(moving, 10.0, after=False) == pytest.approx((0, 0, 0, 0), abs=1e-3)


keyed = st.lists(
    st.tuples(st.floats(0.5, 4), st.floats(-1, 1), st.floats(1, 9), st.floats(-90, 90)), min_size=2, max_size=6
)


@given(keyed)
def test_zoom_and_turn_never_go_beyond_the_keys_on_both_sides(steps: list[tuple[float, float, float, float]]) -> None:
    at, keys = 0.0, []
    for seconds, x, zoom, degrees in steps:
        keys.append(ViewKeyframe(at, x, 0.0, zoom, degrees, "flow"))
        at += seconds
    moving = camera(*keys)
    for before, after in pairwise(keys):
        for share in (0.1, 0.3, 0.5, 0.8):
            view = moving.at(before.at + (after.at - before.at) * share, {})
            low, high = sorted((number(before.zoom, {}), number(after.zoom, {})))
            assert low * (1 - 1e-9) <= view.zoom <= high * (1 + 1e-9)
            least, most = sorted((number(before.degrees, {}), number(after.degrees, {})))
            assert least - 1e-9 <= view.degrees <= most + 1e-9


def test_a_parameter_moves_a_key_through_which_the_camera_flows() -> None:
    moving = camera(KEYS[0], replace(KEYS[1], zoom=ParameterRef("near")), *KEYS[2:])
    assert moving.at(4.0, {"near": 2.0}).zoom == 2.0
    assert moving.at(3.0, {"near": 2.0}) != moving.at(3.0, {"near": 3.0})


def test_takes_move_in_what_their_shared_camera_sees() -> None:
    base = (ViewKeyframe(0.0, zoom=2.0), ViewKeyframe(10.0, zoom=4.0, ease="linear"))
    shared = [replace(showing("a"), base=base), replace(showing("b", ViewKeyframe(0.0, x=0.5, zoom=2.0)), base=base)]
    show = score(cue("a", layer(*shared, outputs=("left", "right"))), outputs=(LEFT, RIGHT))
    assert view_at(show, 0.0) == View(zoom=2.0)
    assert view_at(show, 0.0, output=1) == View(x=0.25, zoom=4.0)
    assert view_at(show, 9.9, output=1).zoom == pytest.approx(2 * view_at(show, 9.9).zoom)


def test_a_view_in_a_turned_view_turns_with_it() -> None:
    seen = within(View(1.0, 0.0, 2.0, 90.0), View(0.5, 0.0, 1.0, 10.0))
    assert seen == pytest.approx(View(1.0, 0.25, 2.0, 100.0))


def test_a_hand_strays_no_further_than_said_and_never_jumps() -> None:
    drift = Drift(0.1, 6.0, 2.0, tuple(number / 9 for number in range(9)))
    way = [unrest_at(drift, frame / 30) for frame in range(3000)]
    assert max(max(abs(one.x), abs(one.y)) for one in way) <= 0.1
    assert max(abs(one.degrees) for one in way) <= 2.0
    assert max(abs(one.x) for one in way) > 0.05
    assert max(abs(after.x - before.x) for before, after in pairwise(way)) < 0.1 / 30 * 4
    show = score(cue("a", layer(replace(showing("a", ViewKeyframe(0.0, zoom=2.0)), drift=drift))))
    assert view_at(show, 3.0) == within(View(zoom=2.0), unrest_at(drift, 3.0))


@given(st.integers(0, 500))
def test_a_beat_falls_on_its_frame(frame: int) -> None:
    assert beats_at((0.4,), frame / float(FPS)) == frame // 4
    bars, left = divmod(frame, 8)
    assert beats_at((0.4, 0.1, 0.3), frame / float(FPS)) == bars * 3 + (left >= 4) + (left >= 5)


def cutting(*names: str, outputs: tuple[str, ...] = ("left",), **changes: Any) -> Layer:
    return replace(layer(*(showing(name) for name in names), outputs=outputs), cuts=(0.4,), **changes)


def seen(show_layer: Layer, seconds: float) -> list[str]:
    show = score(cue("a", show_layer), outputs=(LEFT, MIDDLE, RIGHT))
    shots = [one.cues[0].layers[0].shot.subject for one in outputs_at(show, seconds) if one.cues[0].layers]
    return [shot.shares[0][0] for shot in shots]  # type: ignore[union-attr]  # all are neurons here


def test_cuts_go_from_take_to_take_on_every_place() -> None:
    one = [seen(cutting("a", "b", "c"), beat * 0.4)[0] for beat in range(4)]
    assert one == ["a", "b", "c", "a"]
    assert seen(cutting("a", "b", "c"), 0.3) == ["a"]
    several = cutting(*"abcdef", outputs=THREE)
    assert [seen(several, beat * 0.4) for beat in range(3)] == [list("abc"), list("def"), list("abc")]
    mirrored = cutting("a", "b", outputs=THREE, montage=Mirror())
    assert [seen(mirrored, beat * 0.4) for beat in range(2)] == [["a"] * 3, ["b"] * 3]
