"""How long each stage of a frame takes, and which stage took too long when frames were skipped."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType
from typing import Literal, get_args

from installation.outputs.duration_histogram import DurationHistogram
from installation.player.skipped_frames import SkipLog
from installation.show.clock import Tick

Stage = Literal["tick", "drain", "evaluate", "supply", "mix", "present", "tell", "between"]
"""The stages of `Player.step` in their order, and the work `between` two of its frames: editions that take over, the
cue on standby, the heartbeat. `tick` waits until a frame should be made; windows wait in `present` until it is due."""

STAGES: tuple[Stage, ...] = get_args(Stage)


@dataclass(frozen=True, slots=True)
class StageStatistics:
    """One stage's times in milliseconds, None before its first frame, and how many frames it caused to be skipped."""

    p50_ms: float | None
    p99_ms: float | None
    worst_ms: float | None
    skipped: int


class StageTimes:
    """Times the stages of every frame: `with timed("mix"): ...` between two calls of `begin_frame`.

    `now` is a steady clock in seconds, `wall` the time of day in seconds since 1970. The timing costs 10 to 20
    microseconds a frame.
    """

    def __init__(
        self, fps: Fraction, now: Callable[[], float] = time.perf_counter, wall: Callable[[], float] = time.time
    ) -> None:
        self.skips = SkipLog(now, wall)
        self._frame_ms = float(1000 / fps)
        self._now = now
        self._watches = {stage: _StopWatch(self, stage, now) for stage in STAGES}
        self._ended_at: float | None = None
        self._took: dict[Stage, float] = {}
        self._took_before: dict[Stage, float] = {}

    def begin_frame(self) -> None:
        """Begin a frame: the time since the last stage ended counts as `between`."""
        if self._ended_at is not None:
            self._add("between", self._ended_at, self._now())
        self._took_before, self._took = self._took, {}

    def timed(self, stage: Stage) -> _StopWatch:
        """A context manager that times a block, also a block that raises."""
        return self._watches[stage]

    def count(self, tick: Tick) -> None:
        """If frames were skipped before this one, note the stage that exceeded its usual time the most.

        The usual time is the stage's median. If the medians sum to more than a frame, they are scaled down to sum to
        one frame: otherwise no stage would exceed its usual time on a machine that is always too slow.
        """
        if tick.skipped and self._took_before:
            usual = {stage: watch.spread.p50_ms or 0.0 for stage, watch in self._watches.items()}
            share = min(1.0, self._frame_ms / max(sum(usual.values()), self._frame_ms))
            took = self._took_before
            stage = max(took, key=lambda one: took[one] - usual[one] * share)
            self.skips.add(tick.frame_number, tick.skipped, stage, took[stage], usual[stage])
        self.skips.tell()

    def statistics(self) -> dict[str, StageStatistics]:
        """The statistics of every stage, by its name."""
        spreads = {stage: watch.spread for stage, watch in self._watches.items()}
        return {
            stage: StageStatistics(
                one.p50_ms,
                one.p99_ms,
                None if one.worst_ms is None else round(one.worst_ms, 3),
                self.skips.counts.get(stage, 0),
            )
            for stage, one in spreads.items()
        }

    def _add(self, stage: Stage, begun: float, ended: float) -> None:
        milliseconds = self._took[stage] = 1000.0 * (ended - begun)
        self._watches[stage].spread.add(milliseconds)
        self._ended_at = ended


class _StopWatch:
    """Times one stage again and again."""

    __slots__ = ("_begun", "_now", "_owner", "_stage", "spread")

    def __init__(self, owner: StageTimes, stage: Stage, now: Callable[[], float]) -> None:
        self.spread = DurationHistogram()
        self._owner, self._stage, self._now = owner, stage, now
        self._begun = 0.0

    def __enter__(self) -> None:
        self._begun = self._now()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._owner._add(self._stage, self._begun, self._now())
