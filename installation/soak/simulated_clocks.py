"""The clocks of a machine, set by a trial: months pass as fast as required, and people set the wall clock."""

from __future__ import annotations

import math


class SimulatedClocks:
    """Steady seconds since the machine was started, and wall time in Unix seconds; both stand until `advance` or `set`.

    Exact to the nearest float: at 60 days the steady clock still tells nanoseconds.
    """

    def __init__(self, wall_seconds: float, steady_seconds: float = 0.0) -> None:
        self._steady = steady_seconds
        self._ahead = wall_seconds - steady_seconds

    def steady(self) -> float:
        return self._steady

    def wall(self) -> float:
        return self._ahead + self._steady

    def advance(self, seconds: float) -> None:
        """Let time pass: something of it always does, however short a wait was."""
        self._steady = max(self._steady + seconds, math.nextafter(self._steady, math.inf))

    def set(self, step_seconds: float) -> None:
        """Set the wall clock by so much: a leap second, a time server after a long silence, a hand."""
        self._ahead += step_seconds
