"""Where the time of a frame goes, and which stage took it where frames were skipped."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from installation.player.player import Player
from installation.player.report import Report
from installation.player.skipped_frames import SkipLog
from installation.player.stage_times import STAGES, StageTimes
from installation.show.clock import TestClock

FPS = Fraction(25)
QUIET = {"drain": 1, "evaluate": 1, "supply": 2, "mix": 10, "present": 4, "tell": 1}
"""Milliseconds; a frame has 40."""


class SlowShow:
    """A player whose stages take as long as they are told to, by a clock of its own; `between` is what comes after."""

    def __init__(self) -> None:
        self.clock = TestClock(FPS)
        self.wanted: Mapping[str, float] = QUIET
        performance = SimpleNamespace(control=None, follow=lambda *_: None, frame_at=self._taking("evaluate"))
        desk = SimpleNamespace(drain=self._taking("drain"), tell=self._taking("tell"))
        supply = SimpleNamespace(sources=self._taking("supply"))
        mixer = SimpleNamespace(sizes={}, mix=self._taking("mix"))
        sink = SimpleNamespace(present=self._taking("present"))
        statistics = SimpleNamespace(quality={}, key_step_frames=1)
        self.report = Report(lambda: statistics, lambda: 0.0, FPS)  # type: ignore[arg-type,return-value]
        self.report.stages = StageTimes(FPS, now=lambda: self.clock.seconds, wall=lambda: 1.8e9 + self.clock.seconds)
        stand_in: Any = Player  # whose parts are no more than what a stage of the loop calls
        self.player: Player = stand_in(performance, self.clock, desk, supply, mixer, [sink], self.report)

    def _taking(self, stage: str) -> Any:
        return lambda *_: self.clock.jump(self.wanted[stage] / 1000)

    def frame(self, **other: float) -> int:
        """One frame, whose stages take as long as usual but for these."""
        self.wanted = QUIET | other
        number = self.player.step()
        self.clock.jump(self.wanted.get("between", 0) / 1000)
        return number


@pytest.fixture
def show() -> SlowShow:
    show = SlowShow()
    for _ in range(100):
        show.frame()
    return show


def test_the_report_says_how_long_every_stage_takes(show: SlowShow) -> None:
    show.frame(mix=30)
    stages = show.report.stages.statistics()
    assert tuple(stages) == STAGES
    for stage, milliseconds in {**QUIET, "tick": 21}.items():
        assert stages[stage].p50_ms == pytest.approx(milliseconds, rel=0.021)
    assert stages["mix"].p99_ms == pytest.approx(10, rel=0.021)
    assert stages["mix"].worst_ms == pytest.approx(30)
    assert not show.report.stages.skips.latest


@pytest.mark.parametrize("stage", [*QUIET, "between"])
def test_a_skipped_frame_is_blamed_on_the_stage_that_took_too_long(show: SlowShow, stage: str) -> None:
    show.frame(**{stage: 75})
    number = show.frame()
    (skip,) = show.report.stages.skips.latest
    assert (skip.frame_number, skip.skipped, skip.stage) == (number, show.report.frames.skipped, stage)
    assert skip.took_ms == pytest.approx(75)
    assert skip.usual_ms == pytest.approx(QUIET.get(stage, 0), rel=0.021, abs=0.002)
    assert show.report.stages.statistics()[stage].skipped == skip.skipped
    assert skip.time.startswith("2027-01-15T08:00:04")


def test_a_machine_that_wakes_the_player_too_late_is_seen_in_the_tick(show: SlowShow) -> None:
    wait = show.clock.tick

    def oversleep() -> Any:
        tick = wait()
        show.clock.jump(0.09)
        return tick

    show.clock.tick = oversleep  # type: ignore[method-assign]
    show.frame()
    show.clock.tick = wait  # type: ignore[method-assign]
    show.frame()
    assert [skip.stage for skip in show.report.stages.skips.latest] == ["tick"]


def test_on_a_machine_that_is_always_too_slow_the_longest_stage_is_blamed_and_not_the_one_that_varies() -> None:
    show = SlowShow()
    for number in range(100):
        show.frame(mix=60, supply=2 + number % 4)
    assert {skip.stage for skip in show.report.stages.skips.latest} == {"mix"}


def test_a_stage_that_fails_is_timed_and_can_be_blamed(show: SlowShow) -> None:
    def fail(*_: object) -> None:
        show.clock.jump(0.09)
        raise ValueError("no such picture")

    mixer = show.player._mixer
    good, mixer.mix = mixer.mix, fail  # type: ignore[method-assign,assignment]
    with pytest.raises(ValueError, match="no such picture"):
        show.frame()
    mixer.mix = good  # type: ignore[method-assign]
    show.frame()
    assert [skip.stage for skip in show.report.stages.skips.latest] == ["mix"]


def test_the_log_has_a_line_for_the_first_skip_and_then_one_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    now = 100.0
    skips = SkipLog(lambda: now, lambda: 1.8e9)
    skips.add(7, 1, "present", 55.0, 4.0)
    skips.tell()
    assert caplog.messages == ["1 frame was skipped before frame 7: 'present' took 55.0 ms, usually 4.0 ms"]
    for number in range(59):
        now += 1.0
        skips.add(30 * number, 2, "mix", 60.0 + number, 10.0)
        skips.add(30 * number + 15, 1, "supply", 50.0, 2.0)
        skips.tell()
    assert len(caplog.messages) == 1
    now += 1.0
    skips.tell()
    (line,) = caplog.messages[1:]
    assert line.startswith("177 frames were skipped (mix 118, supply 59); at worst 2 frames were skipped before frame")
    assert line.endswith("before frame 1740: 'mix' took 118.0 ms, usually 10.0 ms")
    skips.tell()
    skips.flush()
    assert len(caplog.messages) == 2, "what was told is not told again"


def test_the_end_of_a_show_tells_what_the_minute_has_not(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    skips = SkipLog(lambda: 0.0, lambda: 1.8e9)
    for number in (7, 9):
        skips.add(number, 1, "mix", 50.0, 10.0)
        skips.tell()
    skips.flush()
    assert [message.partition(":")[0] for message in caplog.messages] == [
        f"1 frame was skipped before frame {number}" for number in (7, 9)
    ]
