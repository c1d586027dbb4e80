"""Frames come at their time; late ones are skipped and counted, never made up."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.show.clock import MAX_SLEW, Clock, FixedClock, HouseClock, MonotonicClock, TestClock, Tick

FPS = Fraction(10)


def test_frames_come_at_their_time() -> None:
    clock = TestClock(FPS)
    assert [clock.tick() for _ in range(3)] == [Tick(0, 0.0, 0.0), Tick(1, 0.1, 0.1), Tick(2, 0.2, 0.2)]


def test_late_frames_are_skipped_and_counted() -> None:
    clock = TestClock(FPS)
    clock.tick()
    clock.jump(0.56)
    tick = clock.tick()
    assert (tick.frame_number, tick.skipped) == (5, 4)
    assert tick.late_seconds == pytest.approx(0.06)
    assert (clock.tick().frame_number, clock.tick().skipped) == (6, 0)


def test_a_frame_that_took_a_little_too_long_skips_nothing() -> None:
    clock = TestClock(FPS)
    clock.tick()
    clock.jump(0.13)
    tick = clock.tick()
    assert (tick.frame_number, tick.skipped) == (1, 0)
    assert tick.late_seconds == pytest.approx(0.03)


def test_a_fixed_clock_gives_every_frame_once() -> None:
    clock: Clock = FixedClock(FPS, first=7)
    ticks = [clock.tick() for _ in range(3)]
    assert [(tick.frame_number, tick.skipped, tick.late_seconds) for tick in ticks] == [(7, 0, 0), (8, 0, 0), (9, 0, 0)]
    assert ticks[0].due == 0.7


def test_a_player_that_joins_a_running_show_begins_at_the_frame_that_is_on() -> None:
    clock = MonotonicClock(FPS, epoch=1000.0, wall=lambda: 1123.45, now=lambda: 77.0, wait=lambda _: None)
    assert clock.tick().frame_number == 1234


def test_before_the_epoch_the_first_frame_is_waited_for() -> None:
    now = [0.0]

    def wait(seconds: float) -> None:
        now[0] += seconds

    clock = MonotonicClock(FPS, epoch=1000.0, wall=lambda: 995.0, now=lambda: now[0], wait=wait)
    assert clock.tick().frame_number == 0
    assert now[0] == pytest.approx(5.0)


def test_the_show_goes_on_evenly_when_somebody_sets_the_wall_clock() -> None:
    walls: Iterator[float] = iter([1000.0, 1000.0])
    now = [0.0]

    def wait(seconds: float) -> None:
        now[0] += seconds

    clock = MonotonicClock(FPS, wall=lambda: next(walls), now=lambda: now[0], wait=wait)
    assert [clock.tick().frame_number for _ in range(20)] == list(range(20))


def test_a_frame_that_takes_its_time_is_begun_before_it_is_due() -> None:
    now = [50.0]

    def wait(seconds: float) -> None:
        now[0] += seconds

    clock = MonotonicClock(Fraction(8), wall=lambda: 1000.0, now=lambda: now[0], wait=wait, lead_seconds=1 / 8)
    assert (clock.epoch, clock.steady_epoch) == (1000.125, 50.125)
    ticks = []
    for number in range(3):
        ticks.append(clock.tick())
        assert now[0] == 50 + number / 8
    now[0] += 3.5 / 8
    ticks.append(clock.tick())
    assert [(tick.frame_number, tick.skipped) for tick in ticks] == [(0, 0), (1, 0), (2, 0), (5, 2)]
    assert [tick.late_seconds for tick in ticks] == [0, 0, 0, 0]


@given(st.lists(st.floats(0.0, 3.0), max_size=40), st.sampled_from((Fraction(30000, 1001), Fraction(60), Fraction(10))))
@settings(max_examples=60, deadline=None)
def test_frames_never_come_early_nor_twice_and_all_are_accounted_for(work: list[float], fps: Fraction) -> None:
    clock = TestClock(fps)
    latest = clock.tick()
    for seconds in work:
        clock.jump(seconds)
        tick = clock.tick()
        assert tick.now >= tick.due
        assert tick.late_seconds < float(1 / fps) + 1e-9
        assert tick.frame_number == latest.frame_number + 1 + tick.skipped
        latest = tick


class TwoClocks:
    """A machine whose system clock runs `ppm` faster than its steady one, and can be set."""

    def __init__(self, ppm: float = 0.0) -> None:
        self.steady, self.rate, self.set_by = 100.0, 1.0 + ppm * 1e-6, 0.0

    def wall(self) -> float:
        return 1000.0 + (self.steady - 100.0) * self.rate + self.set_by

    def wait(self, seconds: float) -> None:
        self.steady += max(seconds, 1e-9)

    def clock(self, **options: float) -> HouseClock:
        return HouseClock(FPS, 1000.0, wall=self.wall, now=lambda: self.steady, wait=self.wait, **options)


@pytest.mark.parametrize("ppm", [70.0, -70.0, 400.0])
def test_a_drifting_machine_stays_with_the_house(ppm: float) -> None:
    machine = TwoClocks(ppm)
    clock = machine.clock()
    ticks = [clock.tick() for _ in range(36_000)]
    assert [tick.frame_number for tick in ticks] == list(range(36_000))
    off = (machine.wall() - 1000.0) - ticks[-1].now
    assert abs(off) < 0.002


def test_a_step_of_the_system_clock_moves_no_frame() -> None:
    machine = TwoClocks()
    clock = machine.clock()
    for _ in range(20):
        clock.tick()
    machine.set_by = 3600.0
    ticks = [clock.tick() for _ in range(20)]
    assert [tick.skipped for tick in ticks] == [0] * 20
    assert clock.stepped_seconds == pytest.approx(3600.0)
    machine.set_by = 0.0
    clock.tick()
    assert clock.stepped_seconds == 0.0


def test_a_small_difference_is_slewed_and_never_jumped() -> None:
    machine = TwoClocks()
    clock = machine.clock()
    before = [clock.tick().now for _ in range(20)]
    machine.set_by = 0.02
    after = [clock.tick().now for _ in range(300)]
    steps = [b - a for a, b in pairwise([*before, *after])]
    assert max(abs(step - 0.1) for step in steps) <= 0.1 * MAX_SLEW * 1.01
    assert (machine.wall() - 1000.0) - after[-1] == pytest.approx(0.0, abs=0.001)


def test_a_machine_with_a_wrong_clock_plays_by_the_others() -> None:
    machine = TwoClocks()
    machine.set_by = 7200.0
    assert machine.clock(wall_offset_seconds=-7200.0).tick().frame_number == 0
