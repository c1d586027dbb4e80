"""When frames are due: the only way for the time of day into the show.

The show epoch is wall-clock time, so that several machines agree on it: frame n is due at epoch + n / fps. Within one
run time advances by the steady clock, which nobody sets back.
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
"""Waking up this early and waiting in small steps is nearer to the boundary than one long sleep."""


@dataclass(frozen=True, slots=True)
class Tick:
    """The frame to make now, to be seen when it is due. `due` and `now` are seconds since the show epoch; `skipped`
    frames were to be made before it, too."""

    frame_number: int
    due: float
    now: float
    skipped: int = 0

    @property
    def late_seconds(self) -> float:
        return max(self.now - self.due, 0.0)


class Clock(Protocol):
    """Says which frame is next, and waits for it: both now and waiting are the clock's."""

    fps: Fraction

    def tick(self) -> Tick:
        """Waits until the next frame is to be made and returns it; frames that are over already are skipped, never
        made up."""
        ...


class MonotonicClock:
    """Frames in real time. The first tick is the frame that is to be made at the moment, or frame 0 before the epoch.

    `epoch` is in seconds since 1970; None starts the show so that frame 0 is made now. `steady_epoch` is the same
    moment by `now`. A frame is made `lead_seconds` before it is due.

    `now` and `wait` are seconds of a clock that never steps back, and sleeping for seconds by it.
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
        """The frame that is to be seen now, with the part of it that is over."""
        return self._seconds() * float(self.fps)

    def _seconds(self) -> float:
        return self._now() - self.steady_epoch

    def _wait_until(self, seconds: float) -> None:
        while (left := seconds - self._seconds()) > 0:
            self._wait(left - MARGIN_SECONDS if left > 2 * MARGIN_SECONDS else left)


MAX_SLEW = 2e-3
"""Seconds a second: a fifteenth of a frame at 30 a second, which nobody sees."""

MAX_FOLLOWED_SECONDS = 0.05
"""A system clock that is further off has stepped: it is not followed before a person has looked."""

SMOOTHING_SECONDS = 2.0


class HouseClock(MonotonicClock):
    """Frames at the moments that several machines agree on, whose system clocks are disciplined to one time.

    The steady clock paces the frames. The difference to the system's clock is smoothed and slewed away, at most by
    `MAX_SLEW`; `error_seconds` is what is left of it. A step of the system's clock is not followed: `stepped_seconds`
    is how far off it says it is then, and 0 while it is followed. `wall_offset_seconds` is what this machine's system
    clock lacks to the other machines'.
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
        """The others have played for longer: their frames are this machine's from the next one on."""
        self.epoch, self.wall_offset_seconds = epoch, wall_offset_seconds
        self.steady_epoch = self._now() - (self._house() - epoch)
        self.error_seconds, self._latest = 0.0, None

    def tick(self) -> Tick:
        self._slew()
        return super().tick()

    def _house(self) -> float:
        """The house's time in seconds since 1970, as this machine's system clock has it."""
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
    """Tells one start of the machine, and of its steady clock, from all others; empty where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


class FixedClock:
    """Every frame once, from `first` on, as fast as the caller asks: for exports, stills and tests."""

    def __init__(self, fps: Fraction, first: int = 0) -> None:
        self.fps = fps
        self._next = first

    def tick(self) -> Tick:
        frame_number, self._next = self._next, self._next + 1
        due = float(frame_number / self.fps)
        return Tick(frame_number, due, due)


class TestClock:
    """A clock that a test sets: the time is what `jump` makes it, and waiting takes none."""

    __test__ = False

    def __init__(self, fps: Fraction) -> None:
        self.fps = fps
        self.seconds = 0.0
        self._steady = MonotonicClock(fps, 0.0, wall=lambda: 0.0, now=lambda: self.seconds, wait=self.jump)

    def jump(self, seconds: float) -> None:
        """Lets time pass, as a slow frame or a suspended machine does."""
        self.seconds += seconds

    def tick(self) -> Tick:
        return self._steady.tick()
