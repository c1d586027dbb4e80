"""A show's months in seconds, and that what goes wrong in them is seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from installation.house.hours_scheduler import HoursScheduler
from installation.show.clock import MonotonicClock
from installation.show.score import Cue, Score, Transition
from installation.soak.checks import Check
from installation.soak.months import SimulatedMonths, next_leap_year, spring_and_autumn
from installation.soak.simulated_clocks import SimulatedClocks
from tests.show.scores import LEFT, layer, score, showing, walking

BEFORE_SPRING = datetime(2028, 2, 25, 9, tzinfo=UTC).timestamp()


def two_walks() -> Score:
    """Two cues at three frames a second, which follow each other for ever."""
    cues = tuple(
        Cue(name, name, 40.0, (layer(showing(walking("a", "b", "a"))),), Transition("dissolve", 5.0))
        for name in ("one", "two")
    )
    return replace(score(*cues), fps=Fraction(3), outputs=(LEFT,))


def verdict(tmp_path: Path, days: float = 3.0, begin_at: float = BEFORE_SPRING) -> dict[str, Check]:
    return {line.what: line for line in SimulatedMonths(two_walks(), tmp_path, begin_at, days).run()}


def test_fifty_one_days_run_clean(tmp_path: Path) -> None:
    """Through a leap day and summer time, past 24.8 and 49.7 days, with the clock set now and then."""
    found = verdict(tmp_path, 51.0)
    assert [line for line in found.values() if not line.passed] == []


def test_a_score_that_waits_for_a_go_has_no_laps_to_compare(tmp_path: Path) -> None:
    show = two_walks()
    waiting = replace(show, cues=(show.cues[0], replace(show.cues[1], end="hold")))
    found = {line.what: line.passed for line in SimulatedMonths(waiting, tmp_path, BEFORE_SPRING, 2.0).run()}
    assert found.pop("every lap is like the second") is None
    assert set(found.values()) == {True}


def test_a_clock_in_single_precision_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = MonotonicClock._seconds
    monkeypatch.setattr(MonotonicClock, "_seconds", lambda clock: float(np.float32(exact(clock) * 1000)) / 1000)
    monkeypatch.setattr(
        SimulatedClocks, "advance", lambda world, seconds: setattr(world, "_steady", world._steady + seconds + 1e-3)
    )
    assert not verdict(tmp_path, 3.0)["frame numbers are exact"].passed


def test_a_scheduler_that_sleeps_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HoursScheduler, "tick", lambda scheduler, _: scheduler.opening)
    found = verdict(tmp_path)
    assert not found["the door is right a second later"].passed
    assert not found["dark when closed, light when open"].passed


def test_a_restart_by_the_wall_clock_alone_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("installation.soak.months.BOOT", "")
    assert not verdict(tmp_path, 6.0)["a restart at the end is right"].passed


def test_both_changes_of_the_clock_lie_within_two_months() -> None:
    spring, autumn = spring_and_autumn(next_leap_year(2026))
    assert spring < datetime(2028, 2, 29, tzinfo=UTC).timestamp() < spring + 60 * 86_400
    assert autumn < datetime(2028, 10, 29, tzinfo=UTC).timestamp() < autumn + 60 * 86_400


def test_time_always_passes() -> None:
    world = SimulatedClocks(1.8e9, 5_184_000.0)
    world.advance(1e-12)
    assert world.steady() > 5_184_000.0
