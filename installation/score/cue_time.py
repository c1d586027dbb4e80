"""The time in which a cue is visible: converts times in the cue to seconds, and refuses those that nobody sees."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from installation.language.nodes import Node
from installation.language.reading import Reading
from installation.language.times import CueOffset, format_time

TIME_TOLERANCE = 1e-9
"""Seconds: times closer together than this are equal; rounding of shares of a cue is far below a frame."""


@dataclass(frozen=True)
class CueTime:
    """The time in which a cue is visible. `seen` is in seconds, None if unknown; with `stays` it stays until GO."""

    reading: Reading
    seen: float | None
    stays: bool = False
    undated: bool = False

    def at(self, moment: CueOffset | None, node: Node) -> float | None:
        """`moment` in seconds since the cue's start, None if unknown; refuses a moment that is never visible."""
        if moment is None:
            return None
        if self.seen is None:
            if moment.share and self.undated:
                self.reading.refuse(
                    node, "a percentage of a cue without a duration: give the cue one, or write seconds"
                )
            return None if moment.share else moment.amount
        seconds = moment.seconds(self.seen)
        if seconds > self.seen + TIME_TOLERANCE and not self.stays:
            self.reading.refuse(
                node,
                f"{format_time(seconds)} is beyond the {format_time(self.seen)} that the cue is seen: "
                "nobody would see it",
            )
        return seconds

    def rising(self, keys: Sequence[tuple[CueOffset | None, Node]]) -> list[float]:
        """The times of `keys`, in seconds since the cue's start; refuses a time not later than the one before."""
        times: list[float] = []
        last = -math.inf
        for moment, node in keys:
            seconds = self.at(moment, node)
            if seconds is not None:
                if seconds <= last + TIME_TOLERANCE:
                    self.reading.refuse(
                        node,
                        f"{format_time(seconds)} does not come after {format_time(last)}, the key before: "
                        "keys stand in order",
                    )
                last = max(last, seconds)
            times.append(seconds or 0.0)
        return times
