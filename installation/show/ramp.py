"""Ramps: values that travel, in closed form, so that any frame can be asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ramp:
    """A value that travels from `start_value` to `target` in `frames`; then it stays, or holds and goes home.

    `hold_frames` None stays at the target; otherwise the value returns to `home` over `release_frames`.
    """

    start_frame: int
    start_value: float
    target: float
    frames: int = 0
    home: float = 1.0
    hold_frames: int | None = None
    release_frames: int = 0

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

    def toward(self, target: float, frame_number: int, frames: int) -> Ramp:
        """The ramp that sets out from here at `frame_number`."""
        return Ramp(frame_number, self.at(frame_number), target, frames, self.home)


def resting(home: float) -> Ramp:
    """A value that nobody has touched."""
    return Ramp(0, home, home, home=home)


FULL_LIGHT = resting(1.0)
