"""The `heads` of a rig as a venue writes them: which output is seen on which monitor, and how it lies on the wall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from installation.outputs.rig import WHOLE, Binding, Corner, Corners, Head, Rotation, SoftEdge, impossible
from installation.score import limits
from installation.score.kinds import Figure, Name, Schema, Text, Whole, number, scalar
from installation.score.nodes import Node, NodeError
from installation.score.reading import Reading
from installation.score.shapes import ListOf, NamedBy, Record, RecordOf, key
from installation.score.words import Pair

DESKTOP_PX = (-65_536, 65_536)
"""Where a monitor may stand: X's coordinates are 16 bit."""

CORNER = (-1.0, 2.0)
"""A corner may lie outside the monitor, at most by the monitor's own size: beyond, hardly anything is seen."""

EDGE = (0.0, 0.5)
"""An edge is at most half of a picture: two of them fill it."""

GAMMA = (1.0, 4.0)
"""From linear light valves to the steepest tubes."""

BLACK_LIFT = (0.0, 0.2)
"""A projector's black is a hundredth of its white or less; a fifth of full signal is far above any overlap's."""

CURVE = (0.2, 5.0)


@dataclass(frozen=True)
class QuarterTurn:
    """0, 90, 180 or 270 degrees."""

    words: str = "`0`, `90`, `180` or `270`"

    def read(self, node: Node, _reading: Reading) -> Rotation:
        degrees = number(scalar(node, "0, 90, 180 or 270 degrees"), "0, 90, 180 or 270 degrees")
        for turn in (0, 90, 180, 270):
            if degrees == turn:
                return turn
        raise NodeError(node, f"{degrees:g}: a picture is turned by 0, 90, 180 or 270 degrees; corners do the rest")

    def schema(self) -> Schema:
        return {"enum": [0, 90, 180, 270]}


@dataclass(frozen=True, kw_only=True, eq=False)
class MonitorWords(Record):
    """Which monitor is meant, by one or more of these; `installation rig detect` writes them."""

    connector: str = key(Text(), "Where its cable is plugged in, such as HDMI-1.", "", default="")
    name: str = key(Text(), "What the display calls itself.", "", default="")
    serial: str = key(Text(), "Its serial number: then it is found wherever it is plugged in.", "", default="")
    position: tuple[int, ...] = key(
        ListOf(Whole(*DESKTOP_PX), "numbers", 2, 2), "Its place on the desktop; only where nothing else is known.", ()
    )
    synonyms: ClassVar[dict[str, str]] = {"port": "connector", "output": "connector", "model": "name"}


@dataclass(frozen=True, kw_only=True, eq=False)
class SoftEdgeWords(Record):
    """How wide each side fades into the neighbour's picture, in fractions of the picture."""

    left: float = key(Figure(*EDGE), "On the left.", 0.0)
    top: float = key(Figure(*EDGE), "At the top.", 0.0)
    right: float = key(Figure(*EDGE), "On the right.", 0.0)
    bottom: float = key(Figure(*EDGE), "At the bottom.", 0.0)
    gamma: float = key(Figure(*GAMMA), "The projectors' own, so that the overlap is as bright as the rest.", 2.2)


@dataclass(frozen=True, kw_only=True, eq=False)
class HeadWords(Record):
    """One output on one monitor."""

    monitor: MonitorWords | None = key(RecordOf(MonitorWords, "a monitor"), "Which monitor.", None, required=True)
    rotation: Rotation = key(QuarterTurn(), "How far the picture is turned, clockwise.", 0, default="`0`")
    size: tuple[int, int] | None = key(
        Pair("pixels", "1920x1080", *limits.SIDE_PX),
        "The picture's own size before it is turned.",
        None,
        default="the monitor's",
    )
    corners: tuple[tuple[float, ...], ...] = key(
        ListOf(ListOf(Figure(*CORNER), "numbers", 2, 2), "corners", 4, 4),
        "Where the picture's corners lie, in fractions of the monitor: top left, top right, bottom right, bottom left.",
        WHOLE,
        default="the monitor's",
    )
    soft_edge: SoftEdgeWords | None = key(
        RecordOf(SoftEdgeWords, "a soft edge"), "For pictures that overlap.", None, default="none"
    )
    black_lift: float = key(Figure(*BLACK_LIFT), "Raises black outside the soft edges, as a share of full signal.", 0.0)
    white: tuple[float, ...] = key(
        ListOf(Figure(*limits.SHARE), "numbers", 3, 3),
        "Red, green and blue of white, in light.",
        (1.0, 1.0, 1.0),
        default="`[1, 1, 1]`",
    )
    curve: float = key(Figure(*CURVE), "An exponent over the signal: above 1 darkens the middle.", 1.0)
    synonyms: ClassVar[dict[str, str]] = {
        "display": "monitor",
        "rotate": "rotation",
        "warp": "corners",
        "gamma": "curve",
    }


HEADS = NamedBy(
    Name("the name of an output"), RecordOf(HeadWords, "a head"), "heads", limits.OUTPUTS, lambda _found, _reading: None
)


def heads(words: dict[str, HeadWords | None], reading: Reading) -> tuple[Head, ...]:
    """The checked heads; tells monitors that are meant twice and corners that nothing can lie between."""
    found: list[Head] = []
    taken: dict[tuple[str, object], str] = {}
    for output, one in words.items():
        if one is None or one.monitor is None:
            continue
        binding = _binding(one.monitor, reading)
        for what in _claims(binding):
            if what in taken:
                reading.refuse(
                    one.monitor.node, f"{what[0]} {what[1]} is {taken[what]}'s already; a monitor shows one output"
                )
            taken.setdefault(what, output)
        corners = _corners(one, reading)
        edges = one.soft_edge
        found.append(
            Head(
                output,
                binding,
                one.rotation,
                one.size,
                corners,
                SoftEdge(edges.left, edges.top, edges.right, edges.bottom, edges.gamma) if edges else SoftEdge(),
                one.black_lift,
                (one.white[0], one.white[1], one.white[2]),
                one.curve,
            )
        )
    return tuple(found)


def _binding(words: MonitorWords, reading: Reading) -> Binding:
    position = (words.position[0], words.position[1]) if words.position else None
    if not (words.connector or words.name or words.serial or position):
        reading.refuse(words.node, "say which monitor: its connector, name, serial or position")
    return Binding(words.connector, words.name, words.serial, position)


def _claims(binding: Binding) -> list[tuple[str, object]]:
    """What no other head may claim as well."""
    if binding.serial:
        return [("serial", binding.serial)]
    if binding.connector:
        return [("connector", binding.connector)]
    return [("name", binding.name)] if binding.name else [("position", binding.position)]


def _corners(words: HeadWords, reading: Reading) -> Corners:
    corners = tuple(Corner(*pair) for pair in words.corners if len(pair) == 2)
    if len(corners) != 4:  # what is wrong with them is told already
        return WHOLE
    four = (corners[0], corners[1], corners[2], corners[3])
    if why := impossible(four):
        reading.refuse(words.node.at("corners"), why)
    return four
