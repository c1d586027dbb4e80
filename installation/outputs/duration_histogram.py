"""Durations of a whole show in a few figures and little memory."""

from __future__ import annotations

STEP_MS = 0.1
MAX_MS = 1000.0
"""What takes longer counts as this for all figures but the worst."""


class DurationHistogram:
    """Counts durations in tenths of a millisecond; every figure is None before the first."""

    def __init__(self) -> None:
        self.last_ms: float | None = None
        self.worst_ms: float | None = None
        self._counts = [0] * (round(MAX_MS / STEP_MS) + 1)
        self._total = 0

    def add(self, milliseconds: float) -> None:
        """Take in a duration; less than nothing counts as nothing."""
        self.last_ms = max(milliseconds, 0.0)
        self.worst_ms = max(self.last_ms, self.worst_ms or 0.0)
        self._counts[round(min(self.last_ms, MAX_MS) / STEP_MS)] += 1
        self._total += 1

    @property
    def p99_ms(self) -> float | None:
        """What 99 of 100 do not exceed, to a tenth of a millisecond."""
        so_far = 0
        for step, count in enumerate(self._counts):
            so_far += count
            if 100 * so_far >= 99 * self._total > 0:
                return round(step * STEP_MS, 1)
        return None
