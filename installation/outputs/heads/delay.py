"""The delay that synchronises displays of different latency: faster displays get their pictures later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from fractions import Fraction

import moderngl

from installation.owner import Owner
from installation.picture.mixing.canvas import Canvas
from installation.rig.head import Head


def delays(heads: Iterable[Head], fps: Fraction) -> dict[str, int]:
    """How many frames each output waits for the slowest display; outputs without a wait are left out."""
    latencies = {head.output: head.latency_ms for head in heads}
    slowest = max(latencies.values(), default=0.0)
    frames = {output: round((slowest - latency) * float(fps) / 1000) for output, latency in latencies.items()}
    return {output: count for output, count in frames.items() if count}


class Delay(Owner):
    """Owns the latest pictures of the delayed outputs, in the mixer's context."""

    def __init__(self, context: moderngl.Context, frames: Mapping[str, int] | None = None) -> None:
        self._context = context
        self._frames: dict[str, int] = dict(frames or {})
        self._kept: dict[str, list[Canvas]] = {}
        self._cleanup = ExitStack()
        self._number = 0

    def set(self, frames: Mapping[str, int]) -> None:
        """From now on delay every named output by this many frames; if a delay changes, all begin with black."""
        if frames != self._frames:
            self.close()
            self._frames = dict(frames)

    def delayed(self, canvases: Mapping[str, Canvas]) -> Mapping[str, Canvas]:
        """The pictures to show now, given the newest `canvases`; black until a picture is old enough."""
        if not self._frames:
            return canvases
        self._number += 1
        return {
            output: self._exchange(canvas, output) if output in self._frames else canvas
            for output, canvas in canvases.items()
        }

    def _exchange(self, canvas: Canvas, output: str) -> Canvas:
        """Replace the picture shown last by an output's newest; return the oldest, which is due."""
        count = self._frames[output] + 1
        if output not in self._kept or self._kept[output][0].size_px != canvas.size_px:
            self._kept[output] = [
                self._cleanup.enter_context(Canvas(self._context, canvas.size_px)) for _ in range(count)
            ]
            for kept in self._kept[output]:
                kept.framebuffer.clear(alpha=1.0)
        ring = self._kept[output]
        ring[self._number % count].copy(canvas)
        return ring[(self._number + 1) % count]

    def close(self) -> None:
        self._kept.clear()
        self._cleanup.close()
        self._cleanup = ExitStack()
