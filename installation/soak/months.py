"""Plays a show's months in minutes: the real clock code, desk, journal, opening hours and timeline on simulated clocks.

Most of the time passes in long strides. Around every critical moment each frame is played: midnights, changes of the
opening state, summer time, leap days, the ends of 32-bit counters, clock steps. Each lap of the score must equal its
second lap, value for value.
"""

from __future__ import annotations

import random
from calendar import isleap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

from installation.desk.desk import Desk, DeskOptions
from installation.desk.journal.journal import Journal, read_journal
from installation.desk.journal.journal_lines import ClockAnchor, JournalHeader
from installation.house.hours_scheduler import CLOSING_FADE_SECONDS, HoursScheduler
from installation.rig.hours import Hours, Opening, opening_state_at
from installation.show.clock import MonotonicClock
from installation.show.compiled_score import compiled
from installation.show.control import Message, initial_control
from installation.show.evaluate import evaluate
from installation.show.frame import Frame
from installation.show.playing.performance import Performance
from installation.show.score import Score
from installation.soak.checks import Check
from installation.soak.operator import Operator
from installation.soak.simulated_clocks import SimulatedClocks

STRIDE_SECONDS = 997.0
"""A prime number of seconds, so that strides do not always hit the same frame of a looping score."""

CLOSE_SECONDS = 1.5
"""How long every frame is played before and after a moment."""

OVERFLOW_SECONDS = (2**24 / 1000, 2**31 / 1000, 2**32 / 1000)
"""The times at which milliseconds overflow single precision (4.7 hours), int32 (24.8 days) and uint32 (49.7 days)."""

STEPS_SECONDS = (1.0, -1.0, 180.0, -240.0)
"""Leap seconds both ways, and a time server that was unreachable for long."""

EVERY_DAY = Hours("Europe/Berlin", ((Opening(600, 1080),),) * 5 + ((Opening(660, 1500),),) * 2, (), 900.0, 300.0)
"""The hours if a rig has none: 10:00 to 18:00, at weekends 11:00 to 01:00."""

BOOT = "of the trial"


@dataclass(frozen=True, slots=True)
class Moment:
    """An event at a time of the monotonic clock; `step_seconds` is the step of the wall clock then."""

    at_seconds: float
    what: str
    step_seconds: float = 0.0


class SimulatedMonths:
    """Plays a score for `days` from `begin_at` (Unix seconds) on; `run` returns the verdict.

    The score plays in a loop. If cues wait for a GO, or hours start them, there are no laps to compare.
    """

    def __init__(
        self,
        score: Score,
        folder: Path,
        begin_at: float,
        days: float,
        hours: Hours = EVERY_DAY,
        *,
        seed: int = 0,
    ) -> None:
        self._score, self._hours = replace(score, loop=True), hours
        self._journal_file = folder / "journal.jsonl"
        self._clocks = SimulatedClocks(begin_at, random.Random(seed).uniform(0, 86_400))
        self._begun, self._seconds = self._clocks.steady(), days * 86_400
        self._rng = random.Random(seed)
        self._clock = MonotonicClock(
            self._score.fps, None, self._clocks.wall, self._clocks.steady, self._clocks.advance
        )
        self._performance = Performance(self._score, [output.name for output in self._score.outputs])
        self._untouched = initial_control(self._score)
        self._frames = self._compared = 0
        self._failures: dict[str, str] = {}
        self._sent: list[Message] = []

    def run(self) -> list[Check]:
        """Play all days and return the checks."""
        anchor = ClockAnchor(self._clock.epoch, self._clock.steady_epoch, BOOT)
        with (
            Journal(self._journal_file, JournalHeader.of(self._score, anchor)) as journal,
            Desk(self._score, DeskOptions(osc_port=0), journal, self._clocks.steady, self._clocks.wall) as desk,
        ):
            assert desk.osc is not None
            with Operator(self._score, desk.osc.port, self._rng) as operator:
                scheduler = HoursScheduler(self._hours, lambda message: self._hear(desk, message))
                first, last = self._begun + CLOSE_SECONDS, self._begun + self._seconds
                moments = sorted(
                    (moment for moment in self._moments() if first < moment.at_seconds < last),
                    key=lambda moment: moment.at_seconds,
                )
                for moment in moments:
                    self._stride_to(moment.at_seconds - CLOSE_SECONDS, desk, scheduler)
                    self._look_closely(moment, desk, scheduler, operator)
            failures = desk.statistics().failures
        return self._verdict(len(moments), failures)

    def _hear(self, desk: Desk, message: Message) -> None:
        self._sent.append(message)
        desk.put(message)

    def _moments(self) -> Iterator[Moment]:
        """All critical moments, in any order; the latest is the end."""
        wall, end = self._clocks.wall() - self._begun, self._begun + self._seconds
        yield Moment(end - 2 * CLOSE_SECONDS, "the end")
        for at in OVERFLOW_SECONDS:
            yield Moment(self._begun + at, f"{at / 86_400:.1f} days of milliseconds since the show began")
            yield Moment(at, f"{at / 86_400:.1f} days of milliseconds since the machine was started")
        yield Moment(self._begun + float(2**24 / self._score.fps), "frame numbers beyond single precision")
        zone = ZoneInfo(self._hours.zone)
        day = datetime.fromtimestamp(wall + self._begun, zone).replace(hour=0, minute=0, second=0, microsecond=0)
        while (at := day.timestamp() - wall) < end:
            yield Moment(at, f"midnight before {day:%Y-%m-%d}")
            if day.utcoffset() != (day + timedelta(days=1)).utcoffset():
                yield from (Moment(at + hour * 3600.0, f"the clocks change on {day:%Y-%m-%d}") for hour in (1, 2, 3))
            if day.day % 7 == 0:
                step = STEPS_SECONDS[day.day // 7 % len(STEPS_SECONDS)]
                yield Moment(at + 43_200.0, f"the clock is set by {step:+g} s", step)
            day = (day + timedelta(days=1)).replace(tzinfo=zone)
        until = wall + self._begun
        while (change := opening_state_at(self._hours, until).until) is not None and change - wall < end:
            yield Moment(change - wall, f"the door at {datetime.fromtimestamp(change, UTC):%m-%d %H:%M} UTC")
            until = change

    def _stride_to(self, steady_seconds: float, desk: Desk, scheduler: HoursScheduler) -> None:
        while self._clocks.steady() + STRIDE_SECONDS < steady_seconds:
            self._clocks.advance(STRIDE_SECONDS)
            # A message of the scheduler takes effect in the next frame, and is fully visible after its fade.
            self._step(desk, scheduler)
            self._step(desk, scheduler)
            self._clocks.advance(CLOSING_FADE_SECONDS + 1.0)
            self._check_light(self._step(desk, scheduler))
        self._clocks.advance(max(steady_seconds - self._clocks.steady(), 0.0))

    def _look_closely(self, moment: Moment, desk: Desk, scheduler: HoursScheduler, operator: Operator) -> None:
        before = self._step(desk, scheduler)
        self._clocks.set(moment.step_seconds)
        operator.move("/master")
        last = before.number
        for _ in range(int(2 * CLOSE_SECONDS * self._score.fps)):
            frame = self._step(desk, scheduler)
            if frame.number != last + 1:
                self._failures.setdefault("frames follow each other", f"{moment.what}: {last} -> {frame.number}")
            last = frame.number
        state = opening_state_at(self._hours, self._clocks.wall()).state
        if scheduler.tick(self._clocks.wall()).state != state:
            self._failures.setdefault("the door is right a second later", f"{moment.what}: not {state}")

    def _step(self, desk: Desk, scheduler: HoursScheduler) -> Frame:
        """Do the player's work for one frame."""
        tick = self._clock.tick()
        due = (Fraction(self._clocks.steady()) - Fraction(self._clock.steady_epoch)) * self._score.fps
        if not -0.001 <= due - tick.frame_number < 1.001:
            self._failures.setdefault("frame numbers are exact", f"{tick.frame_number}, due {float(due)}")
        self._performance.follow(desk.drain(tick.frame_number, self._performance.control), tick.frame_number)
        scheduler.tick(self._clocks.wall())
        frame = self._performance.frame_at(tick.frame_number)
        desk.tell(tick.frame_number, self._performance.control)
        self._frames += 1
        self._compare(frame)
        return frame

    def _compare(self, frame: Frame) -> None:
        """Compare a frame with the second lap: in the first lap, the first cue comes in over nothing."""
        compiled_score = compiled(self._score)
        timeline = compiled_score.timeline
        length = timeline.length
        if compiled_score.open_course or any(timeline.stays) or self._performance.control.starts:
            return
        if frame.number < length:
            return
        number = frame.number % length + length
        same = evaluate(self._score, number, self._untouched)
        self._compared += 1
        if [one.cues for one in frame.outputs] != [one.cues for one in same.outputs]:
            self._failures.setdefault("every lap is like the second", f"frame {frame.number} is not like {number}")

    def _check_light(self, frame: Frame) -> None:
        dark = all(one.level == 0.0 for one in frame.outputs)
        closed = opening_state_at(self._hours, self._clocks.wall()).state == "closed"
        if dark != (closed and "closed" not in dict(self._hours.cues)):
            at = datetime.fromtimestamp(self._clocks.wall(), ZoneInfo(self._hours.zone))
            self._failures.setdefault("dark when closed, light when open", f"{'dark' if dark else 'light'} at {at}")

    def _resumed(self) -> str | None:
        """The difference between a player that starts now and the one that has played all the time; None if none."""
        recording = read_journal(self._journal_file)
        epoch = recording.epoch_now(self._clocks.wall(), self._clocks.steady(), BOOT)
        clock = MonotonicClock(self._score.fps, epoch, self._clocks.wall, self._clocks.steady, self._clocks.advance)
        ours, its = self._clock.tick().frame_number, clock.tick().frame_number
        if abs(its - ours) > 1:
            return f"frame {its}, not {ours}"
        if recording.control(self._score) != self._performance.control:
            return "another control state"
        return None

    def _verdict(self, moments: int, failures: Mapping[str, int]) -> list[Check]:
        days = f"{self._seconds / 86_400:g} days, {self._frames:,} frames, {moments} moments"
        checks: Sequence[tuple[str, str]] = (
            ("frame numbers are exact", days),
            ("frames follow each other", "around every moment"),
            ("every lap is like the second", f"{self._compared:,} frames equal to the last bit"),
            ("the door is right a second later", f"{len(self._sent)} messages of the house"),
            ("dark when closed, light when open", "at every stride"),
        )
        lines = [Check(what, what not in self._failures, self._failures.get(what, figure)) for what, figure in checks]
        if not self._compared:
            lines[2] = Check(lines[2].what, None, "there are no laps: cues wait for a GO, or hours start them")
        resumed = self._resumed()
        lines.append(Check("a restart at the end is right", resumed is None, resumed or "frame and control state"))
        lines.append(Check("nothing failed inside the desk", not failures, str(failures or "no failure"), "none"))
        return lines


def spring_and_autumn(year: int) -> tuple[float, float]:
    """Two beginnings (Unix seconds): days before the leap day and the spring change, and days before the autumn one."""
    return datetime(year, 2, 20, 9, tzinfo=UTC).timestamp(), datetime(year, 9, 20, 9, tzinfo=UTC).timestamp()


def next_leap_year(year: int) -> int:
    """The next leap year; `year` itself if it is one."""
    return next(one for one in range(year, year + 9) if isleap(one))
