"""The timing of an output: when its pictures appeared, relative to their due time and to the first output's."""

from __future__ import annotations

from installation.outputs.duration_histogram import DurationHistogram
from installation.outputs.sink import OutputStatistics


class OutputTiming:
    """Counts the pictures of one output."""

    def __init__(self) -> None:
        self.shown = 0
        self.dropped = 0
        self._late: int | None = None
        self._skew, self._present = DurationHistogram(), DurationHistogram()

    def shown_at(self, moment: float, first: float, due_at: float | None, frame_seconds: float) -> None:
        """Note that a picture appeared at `moment`, and the first output's of the same frame at `first`; in steady
        seconds."""
        self.shown += 1
        self._skew.add(1000 * (moment - first))
        if due_at is not None:
            self._present.add(1000 * (moment - due_at))
            self._late = (self._late or 0) + (moment - due_at > frame_seconds)

    def statistics(self, refresh: float | None, connected: bool | None = None) -> OutputStatistics:
        """The output's statistics; `refresh` is the rate in Hz of its present display, or None."""
        return OutputStatistics(
            self.shown,
            refresh,
            skew_ms=self._skew.last_ms,
            skew_p99_ms=self._skew.p99_ms,
            skew_worst_ms=self._skew.worst_ms,
            present_p99_ms=self._present.p99_ms,
            present_worst_ms=self._present.worst_ms,
            late=self._late,
            dropped=self.dropped,
            connected=connected,
        )
