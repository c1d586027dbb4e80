"""The rig: which output is seen on which monitor, and how its picture is laid onto the wall. Knows no art."""

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
    """A part of an output's picture, in fractions of it: its left and upper side, width and height."""

    left: float = 0.0
    top: float = 0.0
    width: float = 1.0
    height: float = 1.0


WHOLE_PICTURE = PicturePart()


@dataclass(frozen=True, slots=True)
class MonitorSelector:
    """Which monitor is meant, by all that is said of it; what is empty or None is not said.

    A display with that serial number is meant wherever it is plugged in; a position only where nothing else is said.
    """

    connector: str = ""
    name: str = ""
    serial: str = ""
    position: tuple[int, int] | None = None

    def __str__(self) -> str:
        said = {"connector": self.connector, "name": self.name, "serial": self.serial, "position": self.position}
        return ", ".join(f"{word} {value}" for word, value in said.items() if value)

    def means(self, monitor: Monitor) -> bool:
        """Whether all that is said is true of `monitor`."""
        said = [(self.name, printable(monitor.identity.name)), (self.serial, printable(monitor.identity.serial))]
        if not self.serial:
            said.append((self.connector, monitor.connector))
        said = [(word, truth) for word, truth in said if word]
        if said:
            return all(word == truth for word, truth in said)
        return self.position == (monitor.x, monitor.y)


@dataclass(frozen=True, slots=True)
class SoftEdge:
    """How wide each side fades into the neighbour's picture, in fractions of the picture's width or height.

    Two pictures that overlap by equal widths add up to even light where projectors answer with `gamma`.
    """

    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    gamma: float = 2.2


@dataclass(frozen=True, slots=True)
class Mounting:
    """Where a picture is mounted in the room, in metres: its top left corner, right and down of any point, its width.

    `degrees` turns it clockwise about its middle.
    """

    x: float
    y: float
    width: float
    degrees: float = 0.0


@dataclass(frozen=True, slots=True)
class Head:
    """One output, or a `part` of one, on one monitor.

    `output` names the head, too; several heads that show one output have names of their own and say what each `shows`.
    All that is said of its picture counts as it is seen on the wall; `rotation`, in degrees clockwise, is how far it
    must be turned for that on a monitor that hangs on its side or upside down, and `mirrored` turns left and right
    about before that, for a projector behind the screen.

    `size_px` is the picture's own size before it is turned; None takes the monitor's. `white` scales red, green and
    blue in linear light; `curve` has an exponent for each over the encoded values; then comes the `lut`. `black_lift`,
    a share of full signal, raises the black outside soft edges to where two projectors' blacks add up. `latency_ms` is
    how much later than other displays this one shows what it is given; `mounted` is for rehearsals elsewhere.
    `machine` is the one that shows it, where there are several; `area` the pixels of the monitor that it has, where it
    shares that with others.
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
        """The output of the score whose picture it shows: that of its own name, unless it `shows` another."""
        return self.shows or self.output

    @property
    def is_plain(self) -> bool:
        """Whether the picture lies on the monitor as it is."""
        return replace(self, size_px=None, latency_ms=0.0, mounted=None, machine="", area=None) == Head(
            self.output, self.monitor
        )

    @property
    def turn(self) -> Turn:
        """How the picture lies on the monitor's own pixels."""
        return Turn(self.rotation // 90, self.mirrored)

    @property
    def is_warped(self) -> bool:
        """Whether corners or a mesh lay the picture elsewhere than on the monitor's own pixels."""
        return self.corners != WHOLE_MONITOR or self.mesh is not None

    def size_on(self, monitor: Monitor) -> tuple[int, int]:
        """The picture's size in pixels on `monitor`."""
        return self.size_px or self.native_size_on(monitor)

    def source_size_on(self, monitor: Monitor) -> tuple[int, int]:
        """The size in pixels that the whole output must have, so that this part of it has its own."""
        width, height = self.size_on(monitor)
        return min(round(width / self.part.width), SIDE_PX[1]), min(round(height / self.part.height), SIDE_PX[1])

    def part_size(self, source_px: tuple[int, int]) -> tuple[int, int]:
        """The size in pixels of its picture, where the whole output has `source_px`."""
        return max(1, round(source_px[0] * self.part.width)), max(1, round(source_px[1] * self.part.height))

    def native_size_on(self, monitor: Monitor) -> tuple[int, int]:
        """The size in pixels that a picture has on `monitor` where none is said."""
        size = monitor.width, monitor.height
        return size if self.rotation in (0, 180) else size[::-1]


def match_monitors(heads: Iterable[Head], monitors: Iterable[Monitor]) -> dict[str, Monitor]:
    """The monitor of each output, as far as one is there and plainly meant: rather dark than on a wrong screen.

    Heads that say more choose first; a head that could mean several of the monitors left has none. Where several
    displays or heads say one serial number, as whole batches of displays do, the connector decides. Heads with areas
    share a monitor as long as those lie on it and not on one another; each then has its own part of it.
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
    """Whether a monitor that heads with these areas have already, has room for one more."""
    if wanted is None:
        return not list(areas)
    return monitor.holds(wanted) and not any(one is None or one.overlaps(wanted) for one in areas)


def sizes_on(
    heads: Iterable[Head], monitors: Iterable[Monitor], sizes: Mapping[str, tuple[int, int]]
) -> dict[str, tuple[int, int]]:
    """The size in pixels of every output that the rig shows: its monitor's own pixels, where that is connected now.

    `sizes` are those of the score; outputs without a head are left out, since nobody would see them. One of which
    several heads show parts is as large as the finest of them needs.
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
