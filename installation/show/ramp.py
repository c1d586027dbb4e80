"""Ramps: values that travel, in closed form, so that any frame can be evaluated."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

SETTLING = 4.743864518
"""Rate times time when a critically damped follower has done 95 % of a step: the solution of (1 + x) exp(-x) = 0.05."""

REST_LAGS = 4
"""After this many lags a follower counts as at its resting target: it misses it by a ten-millionth of the way."""


class Motion(NamedTuple):
    """A follower's value, and its speed per frame."""

    value: float
    speed: float = 0.0


@dataclass(frozen=True, slots=True)
class Ramp:
    """A value that travels from `start_value` to `target` in `frames`; then it stays, or holds and returns home.

    With `hold_frames` None it stays at the target; otherwise it returns to `home` over `release_frames` after the hold.
    With `lag_frames` a smooth follower lags behind it without overshoot: it has done 95 % of a step after that many
    frames. `motion` is the follower's motion at the start of the ramp.
    """

    start_frame: int
    start_value: float
    target: float
    frames: int = 0
    home: float = 1.0
    hold_frames: int | None = None
    release_frames: int = 0
    lag_frames: float = 0.0
    motion: Motion | None = None

    def at(self, frame_number: int) -> float:
        since = frame_number - self.start_frame
        if since < 0:
            return self.start_value
        if since < self.frames:
            return self.start_value + (self.target - self.start_value) * since / self.frames
        if self.hold_frames is None:
            return self.target
        since -= self.frames + self.hold_frames
        if since <= 0:
            return self.target
        if since < self.release_frames:
            return self.target + (self.home - self.target) * since / self.release_frames
        return self.home

    def followed_at(self, frame_number: int) -> float:
        """The follower's value; without a lag, the ramp's own."""
        if self.lag_frames <= 0.0 or self.motion is None:
            return self.at(frame_number)
        return self._motion_at(frame_number, self.motion).value

    def toward(self, target: float, frame_number: int, frames: int) -> Ramp:
        """The ramp that starts from the present value at `frame_number`."""
        motion = None
        if self.lag_frames > 0.0:
            motion = self._motion_at(frame_number, self.motion or Motion(self.at(frame_number)))
        return Ramp(
            frame_number, self.at(frame_number), target, frames, self.home, lag_frames=self.lag_frames, motion=motion
        )

    def _motion_at(self, frame_number: int, motion: Motion) -> Motion:
        """The follower's motion, computed along the ramp's stretches one after the other."""
        left = frame_number - self.start_frame
        rate = SETTLING / self.lag_frames
        for start, end, frames in self._stretches():
            if left <= 0:
                break
            since = left if frames is None else min(left, frames)
            if start == end and since >= REST_LAGS * self.lag_frames:
                motion = Motion(end)
            else:
                motion = _followed(motion, start, (end - start) / (frames or 1), rate, since)
            left -= since
        return motion

    def _stretches(self) -> Iterator[tuple[float, float, int | None]]:
        """Start value, end value and frames of each stretch; the last stretch has no end (None)."""
        if self.frames:
            yield self.start_value, self.target, self.frames
        if self.hold_frames is not None:
            yield self.target, self.target, self.hold_frames
            if self.release_frames:
                yield self.target, self.home, self.release_frames
            yield self.home, self.home, None
        else:
            yield self.target, self.target, None


def _followed(motion: Motion, start: float, slope: float, rate: float, since: int) -> Motion:
    """The motion of a critically damped follower `since` frames after `motion`; its target is `start` + `slope` t.

    The solution of y'' + 2 rate y' + rate^2 y = rate^2 (start + slope t).
    """
    offset = motion.value - start + 2.0 * slope / rate
    drift = motion.speed - slope + rate * offset
    fading = math.exp(-rate * since)
    left = (offset + drift * since) * fading
    value = start + slope * (since - 2.0 / rate) + left
    return Motion(value, slope + drift * fading - rate * left)


def resting(home: float, lag_frames: float = 0.0) -> Ramp:
    """A value that nobody has touched."""
    return Ramp(0, home, home, home=home, lag_frames=lag_frames)


FULL_LIGHT = resting(1.0)
