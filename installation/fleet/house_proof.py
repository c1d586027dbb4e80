"""Proves that all machines show the due frame: reads the sync codes on their outputs from screenshots.

Each machine takes a screenshot of its own desktop, and reports the visible frames and the frame that its clock makes
due. As all clocks agree, machines that show the due frame show the same frame.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

SCREENSHOT = "screenshot"
"""The question to a machine's player."""

MAX_APART_FRAMES = 1.0


@dataclass(frozen=True, slots=True)
class HouseScreenshot:
    """A machine's own screenshot: the frame number on each output, and the due frame with its elapsed fraction; or the
    reason why there is no screenshot."""

    frames: tuple[int, ...] = ()
    due: float = 0.0
    outputs: int = 0
    reason: str = ""

    def as_bytes(self) -> bytes:
        said = {"frames": self.frames, "due": self.due, "outputs": self.outputs, "reason": self.reason}
        return json.dumps(said).encode()

    @classmethod
    def read(cls, data: bytes) -> HouseScreenshot:
        """Read a screenshot's report; raises ValueError if it is not one."""
        try:
            said = json.loads(data)
            shot = cls(tuple(map(int, said["frames"])), float(said["due"]), int(said["outputs"]), str(said["reason"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"this is no screenshot: {error}") from None
        if not math.isfinite(shot.due):
            raise ValueError("this is no screenshot: nothing is due")
        return shot

    @property
    def is_read(self) -> bool:
        """Whether every output's code could be read."""
        return not self.reason and len(self.frames) >= self.outputs > 0


@dataclass(frozen=True, slots=True)
class MachineProof:
    """The result of one machine's screenshots: their number, the number in which all codes were read, and the least,
    median and largest distance of the frames from the due ones."""

    shots: int
    read: int
    off_frames: tuple[float, float, float] | None
    reason: str = ""

    @classmethod
    def of(cls, shots: Sequence[HouseScreenshot]) -> MachineProof:
        off = sorted(frame - shot.due for shot in shots for frame in shot.frames)
        reason = next((shot.reason for shot in shots if shot.reason), "")
        figures = (off[0], median(off), off[-1]) if off else None
        return cls(len(shots), sum(shot.is_read for shot in shots), figures, reason)


def apart_frames(proofs: Mapping[str, MachineProof]) -> float | None:
    """The largest difference between machines in frames; None if fewer than two could be read."""
    medians = [proof.off_frames[1] for proof in proofs.values() if proof.off_frames is not None]
    return max(medians) - min(medians) if len(medians) > 1 else None


def is_proven(proofs: Mapping[str, MachineProof]) -> bool:
    """Whether every machine's codes were read in most screenshots, and no two machines are a frame apart."""
    apart = apart_frames(proofs)
    return apart is not None and apart < MAX_APART_FRAMES and all(2 * one.read > one.shots for one in proofs.values())


def asked_for(ask: Callable[[], bytes | None], times: int) -> list[HouseScreenshot]:
    """Up to `times` screenshots of one machine; `ask` sends the question. Stops at the first failure."""
    shots: list[HouseScreenshot] = []
    for _ in range(times):
        answer = ask()
        if answer is None:
            return [*shots, HouseScreenshot(reason="no answer; start its player first")]
        shots.append(HouseScreenshot.read(answer))
        if shots[-1].reason:
            break
    return shots
