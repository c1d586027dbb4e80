"""The tree of OSCQuery: every control and reading of a score as a node with its attributes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from installation.desk.addresses import AddressSpace
from installation.desk.rig_gateway import RigControl
from installation.desk.show_values import EVENTS, FEEDBACK_ADDRESSES, FeedbackAddress, ShowValues
from installation.show.controls import ControlDefinition, buses_in

READ, WRITE = 1, 2

WITH_VALUE = frozenset({"set", "rate", "engage", "lock", "audition"})
"""Kinds of controls that have a value to read and listen to; others are write-only."""

TAGS = {"trigger": "I", "query": "I", "level": "f", "number": "f", "switch": "i", "cue": "s"}


@dataclass(slots=True)
class QueryNode:
    """One address; a container has children, any other node a type."""

    ATTRIBUTES: ClassVar[tuple[str, ...]] = (
        "FULL_PATH",
        "CONTENTS",
        "TYPE",
        "ACCESS",
        "VALUE",
        "RANGE",
        "DESCRIPTION",
        "UNIT",
    )

    path: str
    tag: str = ""
    access: int = 0
    about: str = ""
    unit: str = ""
    ranges: list[dict[str, Any]] | None = None
    value: list[Any] | None = None
    children: dict[str, QueryNode] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The number of nodes in this subtree."""
        return 1 + sum(child.size for child in self.children.values())

    def attribute(self, name: str) -> Any:
        """An attribute as a JSON value; None if the node does not have it."""
        match name:
            case "FULL_PATH":
                return self.path
            case "CONTENTS":
                return {name: child.as_json() for name, child in self.children.items()} if self.children else None
            case "TYPE":
                return self.tag or None
            case "ACCESS":
                return self.access
            case "VALUE":
                return self.value
            case "RANGE":
                return self.ranges
            case "DESCRIPTION":
                return self.about or None
        return [self.unit] if self.unit else None

    def as_json(self) -> dict[str, Any]:
        """The subtree as JSON values; a node with both children and a value appears as a container."""
        shown = ("FULL_PATH", "CONTENTS", "ACCESS", "DESCRIPTION") if self.children else self.ATTRIBUTES
        attributes = {name: self.attribute(name) for name in shown}
        if self.children:
            attributes["ACCESS"] = 0
        return {name: value for name, value in attributes.items() if value is not None}


class QueryTree:
    """A tree built once from the address space; `node` fills in the values."""

    def __init__(self, space: AddressSpace, title: str, rig: Iterable[RigControl] = ()) -> None:
        self._root = QueryNode("/", about=title)
        self._controls = dict(space.controls)
        cues = list(dict.fromkeys(control.target for control in space.controls.values() if control.kind == "load"))
        for reading in FEEDBACK_ADDRESSES:
            names = buses_in(self._controls) if "{name}" in reading.address else [""]
            for name in names if reading.address not in EVENTS else ():
                _fill_reading(self._at(reading.address.replace("{name}", name)), reading, cues)
        for control in space.controls.values():
            _fill_control(self._at(control.address), control, cues)
        for one in rig:
            _fill_rig(self._at(one.address), one)

    def changed_from(self, other: QueryTree) -> list[str]:
        """The first-level paths under which another tree differs."""
        both = self._controls.keys() | other._controls.keys()
        changed = (address for address in both if self._controls.get(address) != other._controls.get(address))
        return sorted({"/" + address.split("/")[1] for address in changed})

    def node(self, path: str, values: ShowValues) -> QueryNode | None:
        """The node at a path, with the present values; None if there is none."""
        node: QueryNode | None = self._root
        for part in path.strip("/").split("/") if path != "/" else ():
            node = node.children.get(part) if node else None
        if node is not None:
            _fill_values(node, values)
        return node

    def _at(self, address: str) -> QueryNode:
        node = self._root
        path = ""
        for part in address.strip("/").split("/"):
            path = f"{path}/{part}"
            node = node.children.setdefault(part, QueryNode(path))
        return node


def _fill_reading(node: QueryNode, reading: FeedbackAddress, cues: list[str]) -> None:
    node.tag, node.access, node.about, node.unit = reading.tag, READ, reading.about, reading.unit
    if reading.address in ("/cue", "/standby"):
        node.ranges = [{"VALS": cues}]


def _fill_control(node: QueryNode, control: ControlDefinition, cues: list[str]) -> None:
    node.tag, node.about = TAGS[control.type], control.about
    node.access = READ | WRITE if control.kind in WITH_VALUE else WRITE
    if control.kind == "set":
        node.ranges = [{"MIN": 0.0, "MAX": 1.0}]
        if control.type == "number":
            node.about = f"{control.about.rstrip('.')}; 0 to 1 stands for {control.low:g} to {control.high:g}."
    elif control.type == "cue":
        node.ranges = [{"VALS": ["", *cues]}]
    elif control.type in ("number", "switch"):
        node.ranges, node.unit = [{"MIN": control.low, "MAX": control.high}], control.unit


def _fill_rig(node: QueryNode, control: RigControl) -> None:
    node.tag, node.about, node.unit = "f" * len(control.ranges) or "I", control.about, control.unit
    node.access = WRITE if control.value is None else READ | WRITE
    node.ranges = [{"MIN": low, "MAX": high} for low, high in control.ranges] or None


def _fill_values(node: QueryNode, values: ShowValues) -> None:
    """Fills in values; `/locate`, which has none of its own, shows the position, and a trigger shows an impulse."""
    if node.tag == "I":
        node.value = [None]
    elif node.tag:
        address = "/position" if node.path == "/locate" else node.path
        default = ["" if tag == "s" else 0 for tag in node.tag]
        node.value = list(values.get(address, default))
    for child in node.children.values():
        _fill_values(child, values)
