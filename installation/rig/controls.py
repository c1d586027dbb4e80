"""All adjustments of a head while the show runs, in one table for OSC, OSCQuery, page and docs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from installation.errors import RefusedError
from installation.language import limits
from installation.rig.head import Head
from installation.rig.rig_spec import BLACK_LIFT, CORNER, CURVE, EDGE, GAMMA, LATENCY_MS, MESH
from installation.rig.warp import Point, corners_problem, find_fold

DECIMALS = 6
"""The decimals that a rig file holds, so that the saved values equal those shown."""

NUDGE = (-1_000.0, 1_000.0)
"""The steps of one nudge: at most across half a monitor."""

CORNERS = ("top-left", "top-right", "bottom-right", "bottom-left")
SIDES = ("left", "top", "right", "bottom")
CHANNELS = ("red", "green", "blue")

Numbers = tuple[float, ...]
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class HeadControl:
    """One row: `address` follows `/rig/{name}/`; `{key}` in it stands for each of the head's `keys`.

    `read` and `change` take the head and the key. `step` takes the key and the picture's size in pixels, and returns
    the value of one nudge step. The docs write `docs_key` in place of the key.
    """

    address: str
    about: str
    ranges: tuple[tuple[float, float], ...]
    read: Callable[[Head, str], Numbers]
    change: Callable[[Head, str, Numbers], Head]
    step: Callable[[str, Size], Numbers]
    keys: Callable[[Head], tuple[str, ...]] = lambda _: ("",)
    docs_key: str = ""
    unit: str = ""

    @property
    def step_words(self) -> str:
        """The unit of a nudge."""
        if self.step is _pixel or self.docs_key == "{side}":
            return "pixels"
        return f"steps of {self.step('', (1, 1))[0]:g} {self.unit}".rstrip()


def _pixel(_: str, size: Size) -> Numbers:
    return 1 / size[0], 1 / size[1]


def _steps(by: float) -> Callable[[str, Size], Numbers]:
    return lambda _key, _size: (by,)


def _corner(head: Head, key: str, place: Numbers) -> Head:
    top_left, top_right, bottom_right, bottom_left = (
        Point(*place) if name == key else corner for name, corner in zip(CORNERS, head.corners, strict=True)
    )
    return replace(head, corners=(top_left, top_right, bottom_right, bottom_left))


def _mesh_keys(head: Head) -> tuple[str, ...]:
    if head.mesh is None:
        return ()
    return tuple(f"{row + 1}/{column + 1}" for row in range(head.mesh.rows) for column in range(head.mesh.columns))


def _mesh_point(head: Head, key: str) -> Numbers:
    row, column = _row_and_column(head, key)
    assert head.mesh is not None, "a point was found in it"
    return tuple(head.mesh.points[row][column])


def _move_mesh_point(head: Head, key: str, place: Numbers) -> Head:
    row, column = _row_and_column(head, key)
    assert head.mesh is not None, "a point was found in it"
    rows = [list(points) for points in head.mesh.points]
    rows[row][column] = Point(*place)
    return replace(head, mesh=replace(head.mesh, points=tuple(map(tuple, rows))))


def _row_and_column(head: Head, key: str) -> tuple[int, int]:
    """Row and column of a mesh point, from 0; raises RefusedError if the point has just gone with its mesh."""
    row, column = (int(number) - 1 for number in key.split("/"))
    if head.mesh is None or row >= head.mesh.rows or column >= head.mesh.columns:
        raise RefusedError(f"mesh/{key}: the mesh no longer has such a point", "unknown address")
    return row, column


def _with(head: Head, name: str, value: Any) -> Head:
    return replace(head, **{name: value})


def _number(name: str, about: str, range_: tuple[float, float], step: float, unit: str = "") -> HeadControl:
    """A control for one number of a head; attribute and address have the same name."""
    return HeadControl(
        name,
        about,
        (range_,),
        lambda head, _: (getattr(head, name),),
        lambda head, _, number: _with(head, name, number[0]),
        _steps(step),
        unit=unit,
    )


def _colours(name: str, about: str, range_: tuple[float, float], step: float) -> HeadControl:
    """A control for a number that a head has for each colour."""

    def change(head: Head, key: str, numbers: Numbers) -> Head:
        before = zip(CHANNELS, getattr(head, name), strict=True)
        return _with(head, name, tuple(numbers[0] if one == key else number for one, number in before))

    return HeadControl(
        f"{name}/{{key}}",
        about,
        (range_,),
        lambda head, key: (getattr(head, name)[CHANNELS.index(key)],),
        change,
        _steps(step),
        lambda _: CHANNELS,
        "{channel}",
    )


HEAD_CONTROLS: tuple[HeadControl, ...] = (
    HeadControl(
        "corner/{key}",
        "Where this corner of the picture lies, in fractions of the monitor.",
        (CORNER, CORNER),
        lambda head, key: tuple(head.corners[CORNERS.index(key)]),
        _corner,
        _pixel,
        lambda _: CORNERS,
        "{corner}",
    ),
    HeadControl(
        "mesh/{key}",
        "Where this point of the mesh lies, in fractions of the picture; rows from the top and columns from 1.",
        (CORNER, CORNER),
        _mesh_point,
        _move_mesh_point,
        _pixel,
        _mesh_keys,
        "{row}/{column}",
    ),
    HeadControl(
        "soft_edge/{key}",
        "How wide this side fades, in fractions of the picture.",
        (EDGE,),
        lambda head, key: (getattr(head.soft_edge, key),),
        lambda head, key, width: replace(head, soft_edge=replace(head.soft_edge, **{key: width[0]})),
        lambda key, size: (1 / size[SIDES.index(key) % 2],),
        lambda _: SIDES,
        "{side}",
    ),
    HeadControl(
        "gamma",
        "The gamma that the soft edges assume.",
        (GAMMA,),
        lambda head, _: (head.soft_edge.gamma,),
        lambda head, _, gamma: replace(head, soft_edge=replace(head.soft_edge, gamma=gamma[0])),
        _steps(0.01),
    ),
    _number("black_lift", "Raises black outside the soft edges, as a share of full signal.", BLACK_LIFT, 0.001),
    _colours("white", "How much of this colour white has, in light.", limits.SHARE, 0.005),
    _colours("curve", "An exponent on this colour's signal: above 1 darkens the midtones.", CURVE, 0.01),
    _number(
        "latency_ms", "How much later than the other displays this one shows what it is given.", LATENCY_MS, 1.0, "ms"
    ),
)

MESH_SIZE = ((0.0, float(MESH[1])),) * 2

MESH_ABOUT = "Lays a mesh of this many columns and rows, bent as the one before; 0 0 removes it."


def rounded(numbers: Numbers) -> Numbers:
    return tuple(round(number, DECIMALS) for number in numbers)


def require_possible(address: str, head: Head) -> Head:
    """The head itself; raises RefusedError if its corners or mesh cannot hold a picture."""
    if why := corners_problem(head.corners):
        raise RefusedError(f"{address}: {why}")
    if head.mesh and (place := find_fold(head.corners, head.mesh)):
        raise RefusedError(f"{address}: the mesh would fold over itself near row {place[0] + 1}, column {place[1] + 1}")
    return head
