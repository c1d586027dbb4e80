"""Clocks say when frames are due. Only they bring the time of day into the show.

The show epoch is wall-clock time, so that several machines agree on it: frame n is due at epoch + n / fps. Within one
run, time advances by the steady clock, which never steps back.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

MARGIN_SECONDS = 0.0005
"""The clock wakes up this early and then waits in small steps, which is more exact than one long sleep."""


@dataclass(frozen=True, slots=True)
class Tick:
    """The frame to make now. `due`, when it should become visible, and `now` are seconds since the show epoch.
    `skipped` frames before it are left out."""

    frame_number: int
    due: float
    now: float
    skipped: int = 0

    @property
    def late_seconds(self) -> float:
        return max(self.now - self.due, 0.0)


class Clock(Protocol):
    """Says which frame is next, and waits for it. The clock has its own time and its own way to wait."""

    fps: Fraction

    def tick(self) -> Tick:
        """Waits until it is time to make the next frame, and returns it. It skips frames whose time is over."""
        ...


class MonotonicClock:
    """Frames in real time. The first tick is the present frame, or frame 0 before the epoch.

    `epoch` is in seconds since 1970; None lets frame 0 be made now. `steady_epoch` is the same moment by `now`. A frame
    is made `lead_seconds` before it is due.

    `now` reads a clock in seconds that never steps back, `wait` sleeps for seconds.
    """

    def __init__(
        self,
        fps: Fraction,
        epoch: float | None = None,
        wall: Callable[[], float] = time.time,
        now: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
        lead_seconds: float = 0.0,
    ) -> None:
        self.fps = fps
        self.epoch = wall() + lead_seconds if epoch is None else epoch
        self._now, self._wait, self._lead_seconds = now, wait, lead_seconds
        self.steady_epoch = now() - (wall() - self.epoch)
        self._latest: int | None = None

    def tick(self) -> Tick:
        on = math.floor((self._seconds() + self._lead_seconds) * self.fps)
        if self._latest is None:
            frame_number, skipped = max(on, 0), 0
        else:
            frame_number = max(on, self._latest + 1)
            skipped = frame_number - self._latest - 1
        due = float(frame_number / self.fps)
        self._wait_until(due - self._lead_seconds)
        self._latest = frame_number
        return Tick(frame_number, due, self._seconds(), skipped)

    def due_now(self) -> float:
        """The frame that is due now, with its finished fraction."""
        return self._seconds() * float(self.fps)

    def _seconds(self) -> float:
        return self._now() - self.steady_epoch

    def _wait_until(self, seconds: float) -> None:
        while (left := seconds - self._seconds()) > 0:
            self._wait(left - MARGIN_SECONDS if left > 2 * MARGIN_SECONDS else left)


MAX_SLEW = 2e-3
"""In seconds per second: 0.06 of a frame a second at 30 frames a second, which nobody sees."""

MAX_FOLLOWED_SECONDS = 0.05
"""A larger difference to the system clock counts as a step, which the show does not follow."""

SMOOTHING_SECONDS = 2.0


class HouseClock(MonotonicClock):
    """Frames at the same moments on several machines, whose system clocks are disciplined to one time.

    The steady clock paces the frames. The difference to the system clock is smoothed and slewed away, at most by
    `MAX_SLEW`; `error_seconds` is the remaining difference. The show does not follow a step of the system clock:
    `stepped_seconds` is then the difference, else 0. `wall_offset_seconds` is added to this machine's system clock to
    get the other machines' time.
    """

    def __init__(
        self,
        fps: Fraction,
        epoch: float,
        wall_offset_seconds: float = 0.0,
        wall: Callable[[], float] = time.time,
        now: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
        lead_seconds: float = 0.0,
    ) -> None:
        self.wall_offset_seconds = wall_offset_seconds
        self._wall = wall
        super().__init__(fps, epoch, self._house, now, wait, lead_seconds)
        self.stepped_seconds = 0.0
        self.error_seconds = 0.0
        self._looked_at = now()

    def follow(self, epoch: float, wall_offset_seconds: float) -> None:
        """Adopt the frames of machines that have played for longer, from the next frame on."""
        self.epoch, self.wall_offset_seconds = epoch, wall_offset_seconds
        self.steady_epoch = self._now() - (self._house() - epoch)
        self.error_seconds, self._latest = 0.0, None

    def tick(self) -> Tick:
        self._slew()
        return super().tick()

    def _house(self) -> float:
        """The house's time in seconds since 1970, by this machine's system clock."""
        return self._wall() + self.wall_offset_seconds

    def _slew(self) -> None:
        now = self._now()
        since, self._looked_at = now - self._looked_at, now
        error = (self._house() - self.epoch) - self._seconds()
        if abs(error) > MAX_FOLLOWED_SECONDS:
            self.stepped_seconds = error
            return
        self.stepped_seconds = 0.0
        self.error_seconds += (error - self.error_seconds) * min(since / SMOOTHING_SECONDS, 1.0)
        most = MAX_SLEW * since
        step = min(max(self.error_seconds, -most), most)
        self.steady_epoch -= step
        self.error_seconds -= step


def this_boot() -> str:
    """An id of this boot of the machine, and so of its steady clock; empty if the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


class FixedClock:
    """Every frame once, from `first` on, at the caller's pace: for exports, stills and tests."""

    def __init__(self, fps: Fraction, first: int = 0) -> None:
        self.fps = fps
        self._next = first

    def tick(self) -> Tick:
        frame_number, self._next = self._next, self._next + 1
        due = float(frame_number / self.fps)
        return Tick(frame_number, due, due)


class TestClock:
    """A clock for tests: `jump` advances the time, and so does waiting, without a delay."""

    __test__ = False

    def __init__(self, fps: Fraction) -> None:
        self.fps = fps
        self.seconds = 0.0
        self._steady = MonotonicClock(fps, 0.0, wall=lambda: 0.0, now=lambda: self.seconds, wait=self.jump)

    def jump(self, seconds: float) -> None:
        """Lets time pass, like a slow frame or a suspended machine."""
        self.seconds += seconds

    def tick(self) -> Tick:
        return self._steady.tick()
