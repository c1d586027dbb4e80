"""Simulated clocks of a machine: a trial lets months pass as fast as required, and sets the wall clock."""

from __future__ import annotations

import math


class SimulatedClocks:
    """Monotonic seconds since the machine's start, and wall time in Unix seconds; only `advance` and `set` change them.

    Exact to the nearest float: at 60 days the monotonic clock still resolves nanoseconds.
    """

    def __init__(self, wall_seconds: float, steady_seconds: float = 0.0) -> None:
        self._steady = steady_seconds
        self._ahead = wall_seconds - steady_seconds

    def steady(self) -> float:
        return self._steady

    def wall(self) -> float:
        return self._ahead + self._steady

    def advance(self, seconds: float) -> None:
        """Let time pass: at least one float step, even for the shortest wait."""
        self._steady = max(self._steady + seconds, math.nextafter(self._steady, math.inf))

    def set(self, step_seconds: float) -> None:
        """Step the wall clock, as for a leap second, by a time server after a long silence, or by hand."""
        self._ahead += step_seconds
