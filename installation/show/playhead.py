"""The playhead maps machine frames to show frames, through pauses, jumps and rates."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

ShowFrame = int | Fraction
"""Exact: an integer at rate one, a fraction at other rates. Integers are several times as fast."""


def exact(number: ShowFrame) -> ShowFrame:
    return number.numerator if number.denominator == 1 else number


@dataclass(frozen=True, slots=True)
class Playhead:
    """The line from machine frames to show frames: `position` at `frame`, then `rate` per frame unless paused."""

    frame: int = 0
    position: ShowFrame = 0
    rate: ShowFrame = 1
    paused: bool = False

    def at(self, frame_number: int) -> ShowFrame:
        """The show frame."""
        if self.paused:
            return self.position
        return exact(self.position + self.rate * (frame_number - self.frame))

    def rebased(self, frame_number: int, rate: ShowFrame | None = None, paused: bool | None = None) -> Playhead:
        """A playhead with the same position at `frame_number`, and from there with this rate and pause."""
        return Playhead(
            frame_number,
            self.at(frame_number),
            self.rate if rate is None else rate,
            self.paused if paused is None else paused,
        )


AT_THE_START = Playhead()
