"""Why frames were skipped: kept for the report, and logged so that somebody can read it the morning after."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

log = logging.getLogger(__name__)

MAX_SKIPS = 500
"""A report holds only the latest skips."""

SECONDS_PER_LINE = 60.0
"""A machine at its limit skips a frame every second, for months: it gets one line a minute."""


@dataclass(frozen=True, slots=True)
class SkippedFrames:
    """`skipped` frames are missing before `frame_number`, because `stage` took too long in the frame before them.

    `time` is the time of day, UTC; `usual_ms` is the stage's median until then.
    """

    time: str
    frame_number: int
    skipped: int
    stage: str
    took_ms: float
    usual_ms: float

    def __str__(self) -> str:
        frames = "1 frame was" if self.skipped == 1 else f"{self.skipped} frames were"
        took = f"'{self.stage}' took {self.took_ms:.1f} ms, usually {self.usual_ms:.1f} ms"
        return f"{frames} skipped before frame {self.frame_number}: {took}"


class SkipLog:
    """Keeps the latest skips, counts skipped frames by stage in `counts`, and logs at most one line a minute.

    `now` is a steady clock, `wall` the time of day, both in seconds.
    """

    def __init__(self, now: Callable[[], float], wall: Callable[[], float]) -> None:
        self.counts: Counter[str] = Counter()
        self.latest: deque[SkippedFrames] = deque(maxlen=MAX_SKIPS)
        self._now, self._wall = now, wall
        self._untold: Counter[str] = Counter()
        self._worst: SkippedFrames | None = None
        self._next_line_at = float("-inf")

    def add(self, frame_number: int, skipped: int, stage: str, took_ms: float, usual_ms: float) -> None:
        """Note skipped frames."""
        moment = datetime.fromtimestamp(self._wall(), UTC).isoformat(timespec="milliseconds")
        skip = SkippedFrames(moment, frame_number, skipped, stage, round(took_ms, 3), round(usual_ms, 3))
        self.latest.append(skip)
        self.counts[stage] += skipped
        self._untold[stage] += skipped
        if self._worst is None or skip.took_ms > self._worst.took_ms:
            self._worst = skip

    def tell(self) -> None:
        """Log the skips that are not logged yet, if the last line is a minute old. Call it at every frame."""
        if self._worst is not None and self._now() >= self._next_line_at:
            self.flush()

    def flush(self) -> None:
        """Log the remaining skips at once, because the show ends."""
        worst, total = self._worst, self._untold.total()
        if worst is None:
            return
        stages = ", ".join(f"{stage} {count}" for stage, count in self._untold.most_common())
        log.info("%s", worst if total == worst.skipped else f"{total} frames were skipped ({stages}); at worst {worst}")
        self._untold, self._worst = Counter(), None
        self._next_line_at = self._now() + SECONDS_PER_LINE
