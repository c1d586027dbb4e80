"""A rig on this machine: its visible outputs of a production, and remarks for the technician."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from installation.editions.production import Production
from installation.errors import DeviceError
from installation.outputs.windows.connected import monitors_now
from installation.rig.head import Head, match_monitors
from installation.rig.monitors import Monitor
from installation.rig.venue import read_venue
from installation.show.score import Score

SHAPE_TOLERANCE = 0.01
EDGE_TOLERANCE = 0.1
"""Two soft edges meet if their widths in pixels differ by less than this share."""


@dataclass(frozen=True, slots=True)
class VisibleOutput:
    """A visible output: `size_px` of its picture, and its monitor as text, empty if unknown."""

    output: str
    size_px: tuple[int, int]
    monitor: str = ""

    def __str__(self) -> str:
        size = "{}x{}".format(*self.size_px)
        return f"{self.output}: {size} on {self.monitor}" if self.monitor else f"{self.output}: {size}"


@dataclass(frozen=True, slots=True)
class ConnectedRig:
    """The heads of a rig with the monitors that are connected to this machine now."""

    heads: tuple[Head, ...]
    monitors: tuple[Monitor, ...]

    def seen(self, production: Production) -> tuple[VisibleOutput, ...]:
        """Every output of a production that these heads show."""
        on = self._monitor_of_outputs()
        return tuple(
            VisibleOutput(output, size_px, str(on[output]) if output in on else "")
            for output, size_px in production.sizes.items()
        )

    def remarks(self, written: Mapping[str, tuple[int, int]], seen: Mapping[str, tuple[int, int]]) -> Iterator[Remark]:
        """Remarks for the technician; `written` are the score's sizes, `seen` those on the wall, both in pixels."""
        on = self._monitor_of_outputs()
        for output, size_px in written.items():
            if output not in seen:
                yield Remark("unseen", output, "no head of the rig shows this output, so nobody will see it")
                continue
            if output not in on:
                words = "its monitor is not connected here; checked at {}x{}".format(*seen[output])
                yield Remark("monitor", output, words)
            shape, meant = (width / height for width, height in (seen[output], size_px))
            if abs(shape / meant - 1) > SHAPE_TOLERANCE:
                words = "shown at {}x{} but written for {}x{}: check its edges".format(*seen[output], *size_px)
                yield Remark("shape", output, words)
        yield from self._edges(seen)

    def _monitor_of_outputs(self) -> dict[str, Monitor]:
        """A monitor of each output that has one."""
        found = match_monitors(self.heads, self.monitors)
        return {head.source: found[head.output] for head in reversed(self.heads) if head.output in found}

    def _edges(self, seen: Mapping[str, tuple[int, int]]) -> Iterator[Remark]:
        """Remarks on soft edges between neighbours, in the score's order from left to right."""
        heads = {head.output: head for head in self.heads}
        for left, right in pairwise(heads[output] for output in seen if output in heads):
            fades, meets = (
                width * seen[head.output][0]
                for head, width in ((left, left.soft_edge.right), (right, right.soft_edge.left))
            )
            if fades == meets == 0.0:
                continue
            if abs(fades - meets) > EDGE_TOLERANCE * max(fades, meets):
                words = f"fades out over {fades:.0f} px on its right, {right.output} fades in over {meets:.0f} px"
                yield Remark("soft edge", left.output, f"{words}; the seam will be visible")
            elif left.soft_edge.gamma != right.soft_edge.gamma:
                words = f"gamma {left.soft_edge.gamma:g} on its right, {right.output} has {right.soft_edge.gamma:g}"
                yield Remark("soft edge", left.output, f"{words}; the seam will be visible")


def connected_rig_of(rig: Path, score: Score) -> ConnectedRig:
    """The rig of a file on this machine's monitors, without monitors if it has no display. Raises RigError."""
    heads = read_venue(rig, score).heads
    try:
        return ConnectedRig(heads, monitors_now() if heads else ())
    except DeviceError:  # a preflight also runs on machines without displays
        return ConnectedRig(heads, ())


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark on an output for the whole show."""

    kind: str
    output: str
    sentence: str
