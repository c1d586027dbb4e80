"""A descent falls at one speed towards one point, and comes round without a seam."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from installation.show.descent import DescentRoute, focus_of
from installation.show.frame import Descent, View, World
from installation.show.score import Descend, DescentStop, Keyframe, Track

STOPS = (DescentStop("a", (0.3, 0.2, 0.1)), DescentStop("b", (-0.4, 0.1, 0.2)))


def test_it_begins_at_the_first_world_and_zooms_by_the_same_factor_every_second() -> None:
    route = DescentRoute(Descend(STOPS, 10.0))
    assert route.at(3.0) == Descent((World("a", 0.3, 0.2, 0.1), World("b", -0.4, 0.1, 0.2)), endless=True)
    zooms = [route.through(View(), seconds).zoom for seconds in (0.0, 2.5, 5.0, 7.5)]
    assert zooms[0] == 1.0
    steps = [after / before for before, after in pairwise(zooms)]
    assert steps == pytest.approx([50**0.25] * 3)


def test_the_point_that_all_worlds_lie_in_stays_in_the_middle() -> None:
    route = DescentRoute(Descend(STOPS, 10.0))
    places = {(route.through(View(), seconds).x, route.through(View(), seconds).y) for seconds in (0.0, 3.0, 9.9)}
    ((x, y),) = places
    once_round = 0.3 + 0.1 * (-0.4 + 0.2 * x), 0.2 + 0.1 * (0.1 + 0.2 * y)
    assert (x, y) == pytest.approx(once_round)


def test_it_comes_round_where_it_began() -> None:
    route = DescentRoute(Descend(STOPS, 10.0))
    assert route.through(View(), 10.0) == route.through(View(), 0.0)
    almost = route.through(View(), 10.0 - 1e-9)
    assert almost.zoom == pytest.approx(1 / (0.1 * 0.2))


def test_down_and_up_again_ends_in_the_last_world() -> None:
    route = DescentRoute(Descend((*STOPS, DescentStop("c")), 10.0, "ping-pong"))
    assert route.at(0.0).endless is False
    assert route.through(View(), 10.0).zoom == pytest.approx(50)
    assert route.through(View(), 12.5) == route.through(View(), 7.5)
    x, y = focus_of(route.at(0.0).worlds, endless=False)
    assert (x, y) == pytest.approx((0.3 - 0.04, 0.2 + 0.01))


def test_the_takes_own_camera_looks_around_in_what_falls() -> None:
    route = DescentRoute(Descend(STOPS, 10.0))
    own, plain = route.through(View(0.5, -0.5, 2.0, 30.0), 5.0), route.through(View(), 5.0)
    assert own.zoom == pytest.approx(2 * plain.zoom)
    assert own.degrees == 30.0
    assert math.hypot(own.x - plain.x, own.y - plain.y) == pytest.approx(math.hypot(0.5, 0.5) / plain.zoom)


def test_a_position_moves_it_instead_of_time() -> None:
    half = Track((Keyframe(0.0, 0.5),))
    route = DescentRoute(Descend(STOPS, 1.0, position=half))
    assert route.through(View(), 0.0) == route.through(View(), 77.0)
    assert route.through(View(), 0.0).zoom == pytest.approx(50**0.5)
