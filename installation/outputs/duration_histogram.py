"""The durations of a whole show, in a few figures and little memory."""

from __future__ import annotations

import math

FINEST_MS = 0.001
GROWTH = 1.02
"""The ratio of each bucket's end to the one before: a figure is at most 2 % above the true duration."""

BUCKETS = 932
"""The last bucket begins at 100 seconds; longer durations count as this in all figures but the worst."""

_LOG_GROWTH = math.log(GROWTH)


class DurationHistogram:
    """Counts durations in buckets of growing width; every figure is None before the first duration."""

    def __init__(self) -> None:
        self.last_ms: float | None = None
        self.worst_ms: float | None = None
        self._counts = [0] * BUCKETS
        self._total = 0

    def add(self, milliseconds: float) -> None:
        """Add a duration; a negative one counts as zero."""
        self.last_ms = max(milliseconds, 0.0)
        self.worst_ms = max(self.last_ms, self.worst_ms or 0.0)
        bucket = math.ceil(math.log(milliseconds / FINEST_MS) / _LOG_GROWTH) if milliseconds > FINEST_MS else 0
        self._counts[min(bucket, BUCKETS - 1)] += 1
        self._total += 1

    @property
    def p50_ms(self) -> float | None:
        """The median."""
        return self._at_most_ms(50)

    @property
    def p99_ms(self) -> float | None:
        """The 99th percentile."""
        return self._at_most_ms(99)

    def _at_most_ms(self, percent: int) -> float | None:
        so_far = 0
        for bucket, count in enumerate(self._counts):
            so_far += count
            if 100 * so_far >= percent * self._total > 0:
                return round(min(FINEST_MS * GROWTH**bucket, self.worst_ms or 0.0), 3)
        return None
