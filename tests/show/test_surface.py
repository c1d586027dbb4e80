"""A body turns by keyed angles, and its turning is not a cut."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from installation.show.expressions import NO_PARAMETERS
from installation.show.frame import LatentPoint, OnBody, View
from installation.show.montage import placements_of
from installation.show.score import Keyframe, Layer, Leg, Output, Surface, Take, Track, ViewKeyframe, Walk
from installation.show.subjects import change_between

WALK = Walk((Leg("a", "a", 0.0, 10.0),), 10.0)
TURNING = Surface("sphere", yaw=Track((Keyframe(0.0, 0.0), Keyframe(10.0, 360.0))))


def on_body(seconds: float) -> OnBody:
    take = Take(WALK, (ViewKeyframe(0.0, zoom=2.0),), TURNING)
    ((_, placement),) = placements_of(Layer("one", (take,), ("a",)), {"a": Output("a", 160, 90)}, Fraction(30))
    shot = placement.playback.at(seconds, NO_PARAMETERS)
    assert shot.view == View(), "the take's camera is in the picture that is worn"
    assert isinstance(shot.subject, OnBody)
    return shot.subject


def test_a_body_is_turned_by_keys_while_it_wears_the_walk() -> None:
    assert on_body(2.5) == OnBody(LatentPoint((("a", 1.0),)), View(zoom=2.0), "sphere", 90.0, 0.0, 0.0, 0.8, 0.8)
    assert on_body(5.0).yaw == 180.0


def test_turning_is_no_cut_and_another_body_is() -> None:
    assert change_between(on_body(1.0), on_body(1.0 + 1 / 30)) == pytest.approx(1.2 / 180)
    assert change_between(on_body(9.99), replace(on_body(9.99), yaw=0.36)) < 0.01, "once round is where it began"
    assert change_between(on_body(1.0), replace(on_body(1.0), body="torus")) == 1.0
