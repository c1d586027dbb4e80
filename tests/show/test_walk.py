"""Walks travel through latents at their own time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.show.frame import LatentPoint
from installation.show.morph import mixed
from installation.show.score import Ease, Leg, Repeat, Walk
from installation.show.walk import WalkRoute
from tests.show.scores import mixture, neuron, walking

ABC = walking("a", "b", "c", seconds=10.0)


def test_a_walk_goes_from_neuron_to_neuron() -> None:
    route = WalkRoute(ABC)
    assert route.at(0.0) == neuron("a")
    assert route.at(2.5) == mixture(a=0.75, b=0.25)
    assert route.at(10.0) == neuron("b")
    assert route.at(15.0) == mixture(b=0.5, c=0.5)
    assert route.at(20.0) == neuron("c")


def test_neurons_are_named_in_the_order_of_their_addresses() -> None:
    assert WalkRoute(walking("z", "a")).at(2.5) == mixture(a=0.25, z=0.75)


def test_a_walk_of_one_neuron_stays() -> None:
    assert WalkRoute(Walk((Leg("a", "a", 0.0, 5.0),), 5.0)).at(3.0) == neuron("a")
    assert WalkRoute(Walk((Leg("a", "a", 0.0, 0.0),), 0.0)).at(3.0) == neuron("a")


@pytest.mark.parametrize(
    ("repeat", "seconds", "expected"),
    [
        ("once", 25.0, neuron("c")),
        ("loop", 22.5, mixture(a=0.75, b=0.25)),
        ("loop", 20.0, neuron("a")),
        ("ping-pong", 20.0, neuron("c")),
        ("ping-pong", 37.5, mixture(a=0.75, b=0.25)),
        ("ping-pong", 42.5, mixture(a=0.75, b=0.25)),
    ],
)
def test_a_walk_ends_starts_anew_or_turns_back(repeat: Repeat, seconds: float, expected: LatentPoint) -> None:
    assert WalkRoute(replace(ABC, repeat=repeat)).at(seconds) == expected


@pytest.mark.parametrize(
    ("ease", "share"), [("linear", 0.25), ("in", 0.0625), ("out", 0.4375), ("smooth", 0.15625), ("hold", 0.0)]
)
def test_an_ease_shapes_the_whole_walk(ease: Ease, share: float) -> None:
    point = WalkRoute(replace(walking("a", "b"), ease=ease)).at(2.5)
    assert dict(point.shares).get("b", 0.0) == pytest.approx(share)


def test_a_pace_table_gives_the_share_at_equal_steps_of_seen_distance() -> None:
    leg = Leg("a", "b", 0.0, 10.0, pace=(0.0, 0.5, 0.9, 1.0))
    route = WalkRoute(Walk((leg,), 10.0))
    assert dict(route.at(10 / 3).shares)["b"] == pytest.approx(0.5)
    assert dict(route.at(5.0).shares)["b"] == pytest.approx(0.7)
    assert route.at(10.0) == neuron("b")


def test_between_two_legs_a_walk_rests_on_the_neuron_where_it_arrived() -> None:
    resting = Walk((Leg("a", "b", 0.0, 4.0), Leg("b", "c", 6.0, 10.0)), 10.0)
    assert WalkRoute(resting).at(5.0) == neuron("b")


@given(
    st.floats(0.0, 1e7),
    st.sampled_from(("once", "loop", "ping-pong")),
    st.sampled_from(("linear", "in", "out", "smooth", "hold")),
)
@settings(max_examples=200, deadline=None)
def test_shares_are_positive_sorted_and_sum_to_one(seconds: float, repeat: Repeat, ease: Ease) -> None:
    shares = WalkRoute(replace(walking("c", "a", "b", "d", seconds=3.7), repeat=repeat, ease=ease)).at(seconds).shares
    assert list(shares) == sorted(shares)
    assert all(share > 0.0 for _, share in shares)
    assert sum(share for _, share in shares) == pytest.approx(1.0)


@given(st.floats(0.0, 60.0), st.sampled_from(("once", "ping-pong")))
@settings(max_examples=100, deadline=None)
def test_a_walk_never_jumps(seconds: float, repeat: Repeat) -> None:
    route = WalkRoute(replace(walking("a", "b", "c", "d", seconds=5.0), repeat=repeat, ease="smooth"))
    before, after = (dict(route.at(at).shares) for at in (seconds, seconds + 1e-4))
    assert all(before.get(name, 0.0) == pytest.approx(after.get(name, 0.0), abs=1e-3) for name in "abcd")


def test_a_neuron_on_a_loop_comes_round_every_cycle() -> None:
    breathing = WalkRoute(Walk((Leg("a", "a", 0.0, 5.0),), 5.0, cycle=8.0))
    assert breathing.at(0.0) == neuron("a")
    assert breathing.at(2.0) == LatentPoint((("a", 1.0),), 0.25)
    assert breathing.at(26.0) == breathing.at(2.0)
    assert WalkRoute(replace(ABC, cycle=10.0)).at(2.5) == replace(mixture(a=0.75, b=0.25), phase=0.25)


def test_a_morph_between_two_moments_of_a_loop_takes_the_nearer_way_round() -> None:
    early, late = LatentPoint((("a", 1.0),), 0.1), LatentPoint((("b", 1.0),), 0.9)
    assert mixed(early, late, 0.5).phase == pytest.approx(0.0, abs=1e-9)
    assert mixed(early, late, 0.75).phase == pytest.approx(0.95)
