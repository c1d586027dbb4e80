"""Heads: assign outputs to monitors, and lay their pictures onto the wall. Independent of the score's content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from installation.language.limits import SIDE_PX
from installation.rig.lut import Lut
from installation.rig.mask import Mask
from installation.rig.monitors import Area, Monitor, printable
from installation.rig.warp import WHOLE_MONITOR, Corners, Mesh, Turn

Rotation = Literal[0, 90, 180, 270]


class PicturePart(NamedTuple):
    """A part of an output's picture: left and top edge, width and height, in fractions of the picture."""

    left: float = 0.0
    top: float = 0.0
    width: float = 1.0
    height: float = 1.0


WHOLE_PICTURE = PicturePart()


@dataclass(frozen=True, slots=True)
class MonitorSelector:
    """Selects a monitor by every field that is set; empty and None mean not set.

    A serial number matches at any connector; the position counts only if nothing else is set.
    """

    connector: str = ""
    name: str = ""
    serial: str = ""
    position: tuple[int, int] | None = None

    def __str__(self) -> str:
        said = {"connector": self.connector, "name": self.name, "serial": self.serial, "position": self.position}
        return ", ".join(f"{word} {value}" for word, value in said.items() if value)

    def means(self, monitor: Monitor) -> bool:
        """Whether `monitor` matches all fields that are set."""
        said = [(self.name, printable(monitor.identity.name)), (self.serial, printable(monitor.identity.serial))]
        if not self.serial:
            said.append((self.connector, monitor.connector))
        said = [(word, truth) for word, truth in said if word]
        if said:
            return all(word == truth for word, truth in said)
        return self.position == (monitor.x, monitor.y)


@dataclass(frozen=True, slots=True)
class SoftEdge:
    """The width over which each side fades into the neighbour's picture, in fractions of the picture's width or height.

    Two pictures with equally wide edges add up to even light if the projectors have this `gamma`.
    """

    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    gamma: float = 2.2


@dataclass(frozen=True, slots=True)
class Mounting:
    """A picture's place in the room, in metres: its top left corner, right and down from any origin, and its width.

    `degrees` turns the picture clockwise about its centre.
    """

    x: float
    y: float
    width: float
    degrees: float = 0.0


@dataclass(frozen=True, slots=True)
class Head:
    """One output, or a `part` of one, on one monitor.

    `output` is also the head's name; if several heads show one output, each has its own name and `shows` the output.
    All values describe the picture as seen on the wall. The player first mirrors it left to right if `mirrored`, for a
    projector behind the screen. Then it turns it clockwise by `rotation` degrees, for a monitor that hangs on its side
    or upside down.

    `size_px` is the picture's size before the turn; None takes the monitor's. `white` scales red, green and blue in
    linear light; `curve` has an exponent for each encoded channel; the `lut` comes last. `black_lift`, a share of full
    signal, raises the black outside soft edges to the sum of two projectors' blacks. `latency_ms` is the display's
    delay compared with others. `mounted` serves rehearsals elsewhere. `machine` shows the head if the rig has several.
    `area` is the head's part of a shared monitor, in pixels.
    """

    output: str
    monitor: MonitorSelector
    rotation: Rotation = 0
    size_px: tuple[int, int] | None = None
    corners: Corners = WHOLE_MONITOR
    mesh: Mesh | None = None
    soft_edge: SoftEdge = SoftEdge()
    black_lift: float = 0.0
    white: tuple[float, float, float] = (1.0, 1.0, 1.0)
    curve: tuple[float, float, float] = (1.0, 1.0, 1.0)
    lut: Lut | None = None
    masks: tuple[Mask, ...] = ()
    latency_ms: float = 0.0
    mounted: Mounting | None = None
    machine: str = ""
    mirrored: bool = False
    area: Area | None = None
    shows: str = ""
    part: PicturePart = WHOLE_PICTURE

    @property
    def source(self) -> str:
        """The score's output that the head shows: the one with its own name, unless it `shows` another."""
        return self.shows or self.output

    @property
    def is_plain(self) -> bool:
        """Whether the picture lies on the monitor unchanged."""
        return replace(self, size_px=None, latency_ms=0.0, mounted=None, machine="", area=None) == Head(
            self.output, self.monitor
        )

    @property
    def turn(self) -> Turn:
        """Mirroring and rotation of the picture on the monitor's own pixels."""
        return Turn(self.rotation // 90, self.mirrored)

    @property
    def is_warped(self) -> bool:
        """Whether corners or a mesh warp the picture."""
        return self.corners != WHOLE_MONITOR or self.mesh is not None

    def size_on(self, monitor: Monitor) -> tuple[int, int]:
        """The picture's size in pixels on `monitor`."""
        return self.size_px or self.native_size_on(monitor)

    def source_size_on(self, monitor: Monitor) -> tuple[int, int]:
        """The size in pixels that the whole output needs for this part to have its own size."""
        width, height = self.size_on(monitor)
        return min(round(width / self.part.width), SIDE_PX[1]), min(round(height / self.part.height), SIDE_PX[1])

    def part_size(self, source_px: tuple[int, int]) -> tuple[int, int]:
        """The size in pixels of the head's picture if the whole output has `source_px`."""
        return max(1, round(source_px[0] * self.part.width)), max(1, round(source_px[1] * self.part.height))

    def native_size_on(self, monitor: Monitor) -> tuple[int, int]:
        """The size in pixels of a picture on `monitor` if `size_px` is None."""
        size = monitor.width, monitor.height
        return size if self.rotation in (0, 180) else size[::-1]


def match_monitors(heads: Iterable[Head], monitors: Iterable[Monitor]) -> dict[str, Monitor]:
    """The monitor of each output, if exactly one matches: a dark output is better than a wrong screen.

    Heads with more fields set choose first; a head that matches several of the remaining monitors gets none. If several
    displays or heads have the same serial number, as whole batches do, the connector decides. Heads with areas share a
    monitor if their areas lie on it and do not overlap; each head then gets its own part of the monitor.
    """
    heads = list(heads)
    sharing = Counter(head.monitor.serial for head in heads if head.area is None)
    taken: dict[Monitor, list[Area | None]] = {monitor: [] for monitor in monitors}
    found: dict[str, Monitor] = {}
    for head in sorted(heads, key=_match_priority):
        free = [monitor for monitor, areas in taken.items() if _has_room(monitor, areas, head.area)]
        meant = [monitor for monitor in free if head.monitor.means(monitor)]
        said = head.monitor
        if said.serial and said.connector and (len(meant) > 1 or sharing[said.serial] > 1):
            meant = [monitor for monitor in meant if monitor.connector == said.connector]
        if len(meant) == 1:
            found[head.output] = meant[0] if head.area is None else meant[0].cut(head.area)
            taken[meant[0]].append(head.area)
    return found


def _has_room(monitor: Monitor, areas: Iterable[Area | None], wanted: Area | None) -> bool:
    """Whether a monitor, already used by heads with these areas, has room for one more."""
    if wanted is None:
        return not list(areas)
    return monitor.holds(wanted) and not any(one is None or one.overlaps(wanted) for one in areas)


def sizes_on(
    heads: Iterable[Head], monitors: Iterable[Monitor], sizes: Mapping[str, tuple[int, int]]
) -> dict[str, tuple[int, int]]:
    """The size in pixels of every output that the rig shows: its monitor's own pixels if the monitor is connected now.

    `sizes` are the score's sizes. Outputs without a head are left out, since nobody would see them. If several heads
    show parts of one output, the finest part decides.
    """
    shown = [head for head in heads if head.source in sizes]
    found = match_monitors(shown, monitors)
    wanted: dict[str, list[tuple[int, int]]] = {}
    for head in shown:
        if head.output in found:
            wanted.setdefault(head.source, []).append(head.source_size_on(found[head.output]))
        elif head.size_px and not head.shows:
            wanted.setdefault(head.source, []).append(head.size_px)
        else:
            wanted.setdefault(head.source, [])
    return {
        output: (max(width for width, _ in several), max(height for _, height in several)) if several else sizes[output]
        for output, several in wanted.items()
    }


def _match_priority(head: Head) -> tuple[int, str]:
    binding = head.monitor
    words = (
        binding.serial and binding.connector,
        binding.serial,
        binding.connector and binding.name,
        binding.connector,
        binding.name,
    )
    return next((place for place, word in enumerate(words) if word), len(words)), head.output
