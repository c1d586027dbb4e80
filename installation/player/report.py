"""Figures of a performance that the page, the metrics and `--report` share."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

from installation.files import write_atomically
from installation.outputs.sink import OutputStatistics
from installation.picture.supply.supply import SupplyStatistics
from installation.player.stage_times import StageTimes
from installation.show.clock import Tick

QUALITY_FRAMES = 30
"""Quality is noted once every this many frames, and only if it has changed."""

MAX_QUALITY_CHANGES = 2000
"""A report holds only the latest changes of quality: a machine at its limit has hundreds an hour, for months."""


@dataclass(frozen=True, slots=True)
class FrameCounts:
    """Frames `due` since the first one: some were `shown`, others `skipped` because the frame before took too long.

    A frame is `late` if another frame fell due before it was done: the player skips that one and does not catch up.
    """

    due: int = 0
    shown: int = 0
    skipped: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class QualityChange:
    """Quality from this frame on: each output's decoded width as a share of native; frames from picture to picture."""

    frame_number: int
    outputs: Mapping[str, float]
    key_step_frames: int


class Report:
    """Counts frames while they are played, and times their stages.

    `first_frame_seconds` runs from the command to the first frame shown.
    """

    def __init__(
        self, supply: Callable[[], SupplyStatistics], since_command: Callable[[], float], fps: Fraction
    ) -> None:
        self.stages = StageTimes(fps)
        self._supply = supply
        self._since_command = since_command
        self.frames = FrameCounts()
        self.first_frame_seconds: float | None = None
        self.quality: deque[QualityChange] = deque(maxlen=MAX_QUALITY_CHANGES)

    def count(self, tick: Tick) -> None:
        """Note a presented frame."""
        self.stages.count(tick)
        frames = self.frames
        self.frames = FrameCounts(
            due=frames.due + tick.skipped + 1,
            shown=frames.shown + 1,
            skipped=frames.skipped + tick.skipped,
            late=frames.late + (tick.skipped > 0),
        )
        if self.first_frame_seconds is None:
            self.first_frame_seconds = self._since_command()
        if frames.shown % QUALITY_FRAMES == 0:
            self._note_quality(tick.frame_number)

    def _note_quality(self, frame_number: int) -> None:
        now = self._supply()
        outputs = {name: round(share, 3) for name, share in now.quality.items()}
        last = self.quality[-1] if self.quality else None
        if last is None or (last.outputs, last.key_step_frames) != (outputs, now.key_step_frames):
            self.quality.append(QualityChange(frame_number, outputs, now.key_step_frames))

    def as_json(
        self,
        outputs: Mapping[str, OutputStatistics],
        messages: Mapping[str, object],
        warnings: tuple[str, ...],
        failures: Mapping[str, int],
    ) -> dict[str, object]:
        """The content of `--report`."""
        supply = self._supply()
        return {
            "frames": asdict(self.frames),
            "first_frame_seconds": self.first_frame_seconds,
            "stages": {stage: asdict(statistics) for stage, statistics in self.stages.statistics().items()},
            "skips": [asdict(skip) for skip in tuple(self.stages.skips.latest)],
            "decoder": supply.decoder,
            "decoder_reason": supply.decoder_reason,
            "pictures": {name: getattr(supply, name) for name in ("decoded", "reused", "late", "failed")},
            "quality": [asdict(change) for change in self.quality],
            "outputs": {name: asdict(statistics) for name, statistics in outputs.items()},
            "messages": dict(messages),
            "warnings": list(warnings),
            "failures": dict(failures),
        }


def write_report(path: Path, content: Mapping[str, object]) -> None:
    """Write a report as JSON; raises DeviceError if that fails."""
    write_atomically(path, (json.dumps(content, indent=1) + "\n").encode())
