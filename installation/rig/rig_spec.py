"""The `heads` of a rig as a venue writes them: the monitor of each output, and its place on the wall."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from installation.errors import RigError
from installation.language import limits
from installation.language.containers import ByNodeType, ListOf, NamedMapping, Record, RecordOf, key
from installation.language.nodes import Node, NodeError, SequenceNode
from installation.language.quantities import Dimensions
from installation.language.reading import Reading
from installation.language.scalars import Boolean, FloatRange, IntRange, Name, OneOf, Schema, String, number, scalar
from installation.rig.head import WHOLE_PICTURE, Head, MonitorSelector, Mounting, PicturePart, Rotation, SoftEdge
from installation.rig.lut import Lut, read_cube
from installation.rig.mask import Mask, PictureMask, Polygon, read_picture
from installation.rig.monitors import Area
from installation.rig.warp import (
    WHOLE_MONITOR,
    Corners,
    Interpolation,
    Mesh,
    Point,
    corners_problem,
    find_fold,
    straight,
)

DESKTOP_PX = (-65_536, 65_536)
"""The range of a monitor's position: X has 16-bit coordinates."""

CORNER = (-1.0, 2.0)
"""A corner may lie outside the monitor, at most by the monitor's size: farther out, hardly anything is visible."""

EDGE = (0.0, 0.5)
"""An edge is at most half of a picture: two edges then fill it."""

GAMMA = (1.0, 4.0)
"""From linear light valves to the steepest tubes."""

BLACK_LIFT = (0.0, 0.2)
"""A projector's black is a hundredth of its white or less; a fifth of full signal is far above any overlap's."""

CURVE = (0.2, 5.0)

MIN_PART = 0.01
"""The least share of an output's width or height that a head may show: 164 of 16,384 pixels."""

MESH = (2, 33)
"""Points along a side: in a finer mesh nobody finds the wrong point; calibration programs write 33."""

POLYGON = (3, 256)
"""Corners of a mask: paint rounder masks as a picture."""

MASKS = 16
"""Masks on one monitor: paint more as one picture."""

FEATHER = (0.0, 1.0)

METRES = (-1000.0, 1000.0)
WIDTH_METRES = (0.01, 1000.0)
"""From a phone to a facade."""

DEGREES = (-360.0, 360.0)

LATENCY_MS = (0.0, 500.0)
"""A display's delay: no chain of scalers and converters takes half a second."""


@dataclass(frozen=True)
class QuarterTurn:
    """0, 90, 180 or 270 degrees."""

    words: str = "`0`, `90`, `180` or `270`"

    def read(self, node: Node, _reading: Reading) -> Rotation:
        degrees = number(scalar(node, "0, 90, 180 or 270 degrees"), "0, 90, 180 or 270 degrees")
        for turn in (0, 90, 180, 270):
            if degrees == turn:
                return turn
        raise NodeError(node, f"{degrees:g}: rotation is 0, 90, 180 or 270 degrees; use corners for the rest")

    def schema(self) -> Schema:
        return {"enum": [0, 90, 180, 270]}


MIN_REACHED = 0.5
"""The least share of a colour table that signals must reach: a table below it was made for other signals."""


@dataclass(frozen=True)
class CubeFile:
    """A colour table in a file, relative to the rig's folder."""

    words: str = "`.cube` file"

    def read(self, node: Node, reading: Reading) -> Lut:
        try:
            lut = read_cube(reading.beside(scalar(node, "the name of a .cube file").text))
        except RigError as error:
            raise NodeError(node, str(error)) from None
        if lut.reached < MIN_REACHED:
            reading.warn(
                node,
                f"signals are 0 to 1, so they reach only {lut.reached:.1%} of this table, for {lut.low[0]:g} to "
                f"{lut.high[0]:g}; export it for 0 to 1",
            )
        return lut

    def schema(self) -> Schema:
        return {"type": "string"}


@dataclass(frozen=True)
class MaskFile:
    """A grey picture in a file, relative to the rig's folder."""

    words: str = "PNG file"

    def read(self, node: Node, reading: Reading) -> PictureMask:
        try:
            name = scalar(node, "the name of a PNG file").text
            return replace(read_picture(reading.beside(name)), file=name)
        except RigError as error:
            raise NodeError(node, str(error)) from None

    def schema(self) -> Schema:
        return {"type": "string"}


@dataclass(frozen=True)
class SameForAll:
    """One number for red, green and blue alike."""

    figure: FloatRange

    @property
    def words(self) -> str:
        return self.figure.words

    def read(self, node: Node, reading: Reading) -> tuple[float, ...]:
        return (self.figure.read(node, reading),) * 3

    def schema(self) -> Schema:
        return self.figure.schema()


@dataclass(frozen=True, kw_only=True, eq=False)
class MonitorSpec(Record):
    """Identifies a monitor, by one or more of these. `installation rig detect` writes them for you."""

    connector: str = key(String(), "Where its cable is plugged in, such as HDMI-1.", "", default="not said")
    name: str = key(String(), "What the display calls itself.", "", default="not said")
    serial: str = key(
        String(), "Its serial number: then it is found wherever it is plugged in.", "", default="not said"
    )
    position: tuple[int, ...] = key(
        ListOf(IntRange(*DESKTOP_PX), "numbers", 2, 2),
        "Its place on the desktop; only where nothing else is known.",
        (),
        default="not said",
    )
    synonyms: ClassVar[dict[str, str]] = {"port": "connector", "output": "connector", "model": "name"}


@dataclass(frozen=True, kw_only=True, eq=False)
class SoftEdgeSpec(Record):
    """The width of the soft edge on each side, as a fraction of the picture."""

    left: float = key(FloatRange(*EDGE), "On the left.", 0.0)
    top: float = key(FloatRange(*EDGE), "At the top.", 0.0)
    right: float = key(FloatRange(*EDGE), "On the right.", 0.0)
    bottom: float = key(FloatRange(*EDGE), "At the bottom.", 0.0)
    gamma: float = key(FloatRange(*GAMMA), "The projectors' gamma, so that the overlap is as bright as the rest.", 2.2)


POINT = ListOf(FloatRange(*CORNER), "numbers", 2, 2)


@dataclass(frozen=True, kw_only=True, eq=False)
class MeshSpec(Record):
    """A grid of points over the picture, each where it was moved to; first the mesh bends it, then the corners."""

    points: tuple[tuple[tuple[float, ...], ...], ...] = key(
        ListOf(ListOf(POINT, "points", *MESH), "rows of points", *MESH),
        "Rows from the top, points from the left, each `[x, y]` in fractions of the picture.",
        (),
        required=True,
    )
    interpolation: Interpolation = key(
        OneOf(Interpolation, "interpolation"), "How the picture bends between points.", "smooth"
    )
    synonyms: ClassVar[dict[str, str]] = {"rows": "points", "grid": "points", "type": "interpolation"}


@dataclass(frozen=True)
class StraightMesh:
    """A mesh whose points are all in place, such as 5x3."""

    words: str = "columns x rows, such as `5x3`"

    def read(self, node: Node, reading: Reading) -> Mesh:
        columns, rows = Dimensions("columns and rows", "5x3", *MESH).read(node, reading)
        return straight(columns, rows)

    def schema(self) -> Schema:
        return Dimensions("columns and rows", "5x3", *MESH).schema()


@dataclass(frozen=True, kw_only=True, eq=False)
class MaskSpec(Record):
    """The area that stays dark: inside a polygon, outside it, or wherever a picture is black."""

    hide: tuple[tuple[float, ...], ...] = key(
        ListOf(POINT, "points", *POLYGON), "A polygon that is dark, in fractions of the monitor.", (), default=""
    )
    keep: tuple[tuple[float, ...], ...] = key(
        ListOf(POINT, "points", *POLYGON), "A polygon; all around it is dark.", (), default=""
    )
    picture: PictureMask | None = key(
        MaskFile(), "A picture over the whole monitor: light falls where it is white.", None
    )
    feather: float = key(
        FloatRange(*FEATHER), "How wide the polygon's outline goes from light to dark, in heights of the monitor.", 0.0
    )
    synonyms: ClassVar[dict[str, str]] = {"file": "picture", "image": "picture", "show": "keep", "polygon": "hide"}


@dataclass(frozen=True, kw_only=True, eq=False)
class MountingSpec(Record):
    """The position of the picture in the room, in metres from a point of your choice. Rehearsals show it there."""

    x: float = key(FloatRange(*METRES), "Its top left corner, to the right.", 0.0, required=True)
    y: float = key(FloatRange(*METRES), "Its top left corner, down.", 0.0)
    width: float = key(FloatRange(*WIDTH_METRES), "How wide it is.", 1.0, required=True)
    degrees: float = key(FloatRange(*DEGREES), "How far it is turned about its middle, clockwise.", 0.0)
    synonyms: ClassVar[dict[str, str]] = {"left": "x", "top": "y", "angle": "degrees", "rotation": "degrees"}


@dataclass(frozen=True, kw_only=True, eq=False)
class HeadSpec(Record):
    """An output of the score on a monitor."""

    machine: str = key(
        Name("the name of a machine"), "Which of the `machines` shows it.", "", default="the only machine"
    )
    monitor: MonitorSpec | None = key(RecordOf(MonitorSpec, "a monitor"), "Which monitor.", None, required=True)
    shows: str = key(
        Name("the name of an output"),
        "Which output it shows, if several heads show one: then each has a name of its own.",
        "",
        default="that of its name",
    )
    part: tuple[float, ...] = key(
        ListOf(FloatRange(*limits.SHARE), "numbers", 4, 4),
        "The part of the output's picture that it shows: left, top, width, height, in fractions.",
        WHOLE_PICTURE,
        default="all of it",
    )
    area: tuple[int, ...] = key(
        ListOf(IntRange(0, limits.SIDE_PX[1]), "numbers", 4, 4),
        "Which pixels of the monitor it has, if several outputs share one: left, top, width, height.",
        (),
        default="all of them",
    )
    rotation: Rotation = key(
        QuarterTurn(),
        "How far the picture is turned, clockwise, for a monitor that is mounted turned.",
        0,
        default="`0`",
    )
    mirrored: bool = key(
        Boolean(),
        "Whether left and right change places, before it is turned: for a projector behind the screen.",
        False,
    )
    size: tuple[int, int] | None = key(
        Dimensions("pixels", "1920x1080", *limits.SIDE_PX),
        "The picture's own size, as you see it.",
        None,
        default="the monitor's",
    )
    corners: tuple[tuple[float, ...], ...] = key(
        ListOf(POINT, "corners", 4, 4),
        "Where the picture's corners lie, in fractions of the monitor: top left, top right, bottom right, bottom left.",
        WHOLE_MONITOR,
        default="the monitor's",
    )
    mesh: Mesh | MeshSpec | None = key(
        ByNodeType("a mesh, or its size such as 5x3", StraightMesh(), mapping=RecordOf(MeshSpec, "a mesh")),
        "Bends the picture between its corners.",
        None,
        default="none",
    )
    soft_edge: SoftEdgeSpec | None = key(
        RecordOf(SoftEdgeSpec, "a soft edge"), "For pictures that overlap.", None, default="none"
    )
    black_lift: float = key(
        FloatRange(*BLACK_LIFT), "Raises black outside the soft edges, as a share of full signal.", 0.0
    )
    white: tuple[float, ...] = key(
        ListOf(FloatRange(*limits.SHARE), "numbers", 3, 3),
        "Red, green and blue of white, in light.",
        (1.0, 1.0, 1.0),
        default="`[1, 1, 1]`",
    )
    curve: tuple[float, ...] = key(
        ByNodeType(
            "a number, or three for red, green and blue",
            SameForAll(FloatRange(*CURVE)),
            ListOf(FloatRange(*CURVE), "numbers", 3, 3),
        ),
        "An exponent on the signal, for all or for red, green and blue: above 1 darkens the midtones.",
        (1.0, 1.0, 1.0),
        default="`1`",
    )
    lut: Lut | None = key(CubeFile(), "A colour table for the signal, after white and curve.", None, default="none")
    masks: tuple[MaskSpec, ...] = key(
        ListOf(RecordOf(MaskSpec, "a mask"), "masks", 1, MASKS), "What stays dark.", (), default="none"
    )
    latency_ms: float = key(
        FloatRange(*LATENCY_MS), "How much later than the other displays this one shows what it is given.", 0.0
    )
    mounted: MountingSpec | None = key(
        RecordOf(MountingSpec, "a place in the room"),
        "Where the picture is mounted in the room, for rehearsals elsewhere.",
        None,
        default="in a row",
    )
    synonyms: ClassVar[dict[str, str]] = {
        "display": "monitor",
        "pixels": "area",
        "region": "area",
        "rotate": "rotation",
        "mirror": "mirrored",
        "flip": "mirrored",
        "rear": "mirrored",
        "warp": "mesh",
        "gamma": "curve",
        "curves": "curve",
        "cube": "lut",
        "mask": "masks",
        "latency": "latency_ms",
        "delay": "latency_ms",
    }
    former_words: ClassVar[dict[str, str]] = {"hangs": "mounted"}


HEADS = NamedMapping(
    Name("the name of an output"), RecordOf(HeadSpec, "a head"), "heads", limits.OUTPUTS, lambda _found, _reading: None
)


def heads(words: dict[str, HeadSpec | None], reading: Reading) -> tuple[Head, ...]:
    """The checked heads; reports monitors that two heads claim and corners that cannot hold a picture."""
    found: list[Head] = []
    taken: dict[tuple[str, str, object], list[tuple[str, Area | None]]] = {}
    for output, one in words.items():
        if one is None or one.monitor is None:
            continue
        if "white" in one.node and one.white == (0.0, 0.0, 0.0):
            reading.warn(one.node.at("white"), f"{output} stays dark: its white is black")
        binding = _binding(one.monitor, reading)
        area = _area(one, reading)
        for what in ((one.machine, *claim) for claim in _claims(binding)):
            for other, others in taken.setdefault(what, []):
                if area is None or others is None:
                    told = f"{what[1]} {what[2]} is {other}'s already"
                    reading.refuse(one.monitor.node, f"{told}; a monitor shows one output, or several in areas of it")
                elif area.overlaps(others):
                    reading.refuse(one.node.at("area"), f"this lies over {other}'s, which is {list(others)}")
            taken[what].append((output, area))
        part = _part(one, reading)
        found.append(replace(_head(output, binding, one, reading), area=area, shows=one.shows, part=part))
    mounted = [head.output for head in found if head.mounted]
    for head in found:
        if mounted and not head.mounted and (one := words[head.output]):
            reading.refuse(
                one.node, f"say where it is mounted, as {mounted[0]!r} does: set it for all heads, or for none"
            )
    return tuple(found)


def _binding(words: MonitorSpec, reading: Reading) -> MonitorSelector:
    position = (words.position[0], words.position[1]) if words.position and len(words.position) == 2 else None
    if not (words.connector or words.name or words.serial or position):
        reading.refuse(words.node, "say which monitor: its connector, name, serial or position")
    return MonitorSelector(words.connector, words.name, words.serial, position)


def _area(words: HeadSpec, reading: Reading) -> Area | None:
    if len(words.area) != 4:
        return None
    area = Area(*words.area)
    if not (area.width and area.height):
        reading.refuse(words.node.at("area"), f"{area.width}x{area.height} pixels: width and height are 1 or more")
        return None
    return area


def _part(words: HeadSpec, reading: Reading) -> PicturePart:
    if len(words.part) != 4:
        return WHOLE_PICTURE
    part = PicturePart(*words.part)
    beyond = max(part.left + part.width, part.top + part.height) > 1 + 1e-6
    if beyond or min(part.width, part.height) < MIN_PART:
        told = (
            f"{list(words.part)}: left and width, top and height, stay within 0..1 together, with {MIN_PART:g} or more"
        )
        reading.refuse(words.node.at("part"), told)
        return WHOLE_PICTURE
    return part


def _claims(binding: MonitorSelector) -> list[tuple[str, object]]:
    """The monitor's properties that no other head may claim."""
    if binding.serial:
        return [("serial", " on ".join(filter(None, (binding.serial, binding.connector))))]
    if binding.connector:
        return [("connector", binding.connector)]
    return [("name", binding.name)] if binding.name else [("position", binding.position)]


def _head(output: str, binding: MonitorSelector, words: HeadSpec, reading: Reading) -> Head:
    edges, mounted = words.soft_edge, words.mounted
    corners = _corners(words, reading)
    return Head(
        output,
        binding,
        words.rotation,
        words.size,
        corners,
        _mesh(words, corners, reading),
        SoftEdge(edges.left, edges.top, edges.right, edges.bottom, edges.gamma) if edges else SoftEdge(),
        words.black_lift,
        _three(words.white),
        _three(words.curve),
        words.lut,
        tuple(mask for one in words.masks if (mask := _mask(one, reading))),
        words.latency_ms,
        Mounting(mounted.x, mounted.y, mounted.width, mounted.degrees) if mounted else None,
        words.machine,
        words.mirrored,
    )


def _corners(words: HeadSpec, reading: Reading) -> Corners:
    corners = _points(words.corners)
    if len(corners) != 4:  # already reported
        return WHOLE_MONITOR
    four = (corners[0], corners[1], corners[2], corners[3])
    if why := corners_problem(four):
        reading.refuse(words.node.at("corners"), why)
        return WHOLE_MONITOR
    return four


def _mesh(words: HeadSpec, corners: Corners, reading: Reading) -> Mesh | None:
    if not isinstance(words.mesh, MeshSpec):
        return words.mesh
    rows = tuple(_points(row) for row in words.mesh.points)
    counts = [len(row) for row in rows]
    node = words.mesh.node.at("points")
    nodes = node.items if isinstance(node, SequenceNode) else []
    if not rows or len(nodes) != len(rows) or min(counts) < 2:  # already reported
        return None
    for row, count in enumerate(counts):
        if count != counts[0]:
            reading.refuse(nodes[row], f"{count} points in row {row + 1}, but {counts[0]} in the first")
            return None
    mesh = Mesh(rows, words.mesh.interpolation)
    if place := find_fold(corners, mesh):
        row, column = place
        point = rows[row][column]
        told = f"the mesh folds over itself near row {row + 1}, column {column + 1}, which is at"
        reading.refuse(nodes[row], f"{told} [{point.x:g}, {point.y:g}]; move that point back between its neighbours")
    return mesh


def _mask(words: MaskSpec, reading: Reading) -> Mask | None:
    said = [word for word in ("hide", "keep", "picture") if word in words.node]
    if len(said) != 1:
        reading.refuse(words.node, f"a mask has one of hide, keep and picture; here is {' and '.join(said) or 'none'}")
        return None
    if said == ["picture"]:
        if "feather" in words.node:
            reading.refuse(words.node.at("feather"), "a picture already contains its feather; delete the key")
        return words.picture
    points = _points(words.hide or words.keep)
    return Polygon(points, bool(words.hide), words.feather) if len(points) > 2 else None


def _points(pairs: tuple[tuple[float, ...], ...]) -> tuple[Point, ...]:
    return tuple(Point(*pair) for pair in pairs if len(pair) == 2)


def _three(numbers: tuple[float, ...]) -> tuple[float, float, float]:
    """Three numbers, even if one was wrong and has already been reported."""
    red, green, blue = numbers if len(numbers) == 3 else (1.0, 1.0, 1.0)
    return red, green, blue
