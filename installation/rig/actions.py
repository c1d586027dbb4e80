"""The action behind every address of a rig, and the rig's state for the person who adjusts it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from installation.desk.rig_gateway import ROOT, RigControl
from installation.errors import RefusedError
from installation.rig.controls import (
    HEAD_CONTROLS,
    MESH_ABOUT,
    MESH_SIZE,
    NUDGE,
    HeadControl,
    Numbers,
    Size,
    rounded,
)
from installation.rig.head import Head
from installation.rig.pattern_drawings import Pattern, PatternCard
from installation.rig.warp import straight

NONE = "none"
"""The picture, in place of a pattern."""

Change = Callable[[Head], Head]
Adjust = Callable[[str, str, Change], None]
"""Applies a change to a head: address, output, change."""


class Action(NamedTuple):
    """The action of an address, and the arguments that it takes."""

    about: str
    do: Callable[[Numbers], None]
    ranges: tuple[tuple[float, float], ...] = ()
    unit: str = ""
    value: Numbers | None = None

    def control(self, address: str) -> RigControl:
        """The action's description for the desk."""
        return RigControl(address, self.about, self.ranges, self.unit, self.value)


def head_actions(head: Head, size: Size, adjust: Adjust) -> dict[str, Action]:
    """All adjustments of a head whose output has `size` pixels, by address."""
    found = {}
    for control in HEAD_CONTROLS:
        for key in control.keys(head):
            word = control.address.replace("{key}", key)
            address, nudge = f"{ROOT}/{head.output}/{word}", f"{ROOT}/{head.output}/nudge/{word}"
            found[address] = _set(address, head, control, key, adjust)
            found[nudge] = _nudge(nudge, head, control, key, size, adjust)
    found[f"{ROOT}/{head.output}/mesh/size"] = _mesh_size(f"{ROOT}/{head.output}/mesh/size", head, adjust)
    return found


def _set(address: str, head: Head, control: HeadControl, key: str, adjust: Adjust) -> Action:
    def do(numbers: Numbers) -> None:
        adjust(address, head.output, lambda one: control.change(one, key, rounded(numbers)))

    return Action(control.about, do, control.ranges, control.unit, control.read(head, key))


def _nudge(address: str, head: Head, control: HeadControl, key: str, size: Size, adjust: Adjust) -> Action:
    def moved(one: Head, steps: Numbers) -> Head:
        by = control.step(key, size)
        now = control.read(one, key)
        goal = rounded(tuple(value + count * step for value, count, step in zip(now, steps, by, strict=True)))
        for value, (low, high) in zip(goal, control.ranges, strict=True):
            if not low <= value <= high:
                raise RefusedError(f"{address}: {value:g} would be out of range; allowed is {low:g} to {high:g}")
        return control.change(one, key, goal)

    def do(steps: Numbers) -> None:
        adjust(address, head.output, lambda one: moved(one, steps))

    about = f"Moves it by this many {control.step_words}. {control.about}"
    return Action(about, do, (NUDGE,) * len(control.ranges))


def _mesh_size(address: str, head: Head, adjust: Adjust) -> Action:
    def do(numbers: Numbers) -> None:
        columns, rows = map(round, numbers)
        adjust(address, head.output, lambda one: _with_mesh(one, columns, rows))

    now = (float(head.mesh.columns), float(head.mesh.rows)) if head.mesh else (0.0, 0.0)
    return Action(MESH_ABOUT, do, MESH_SIZE, "", now)


def _with_mesh(head: Head, columns: int, rows: int) -> Head:
    if columns == rows == 0:
        return replace(head, mesh=None)
    if min(columns, rows) < 2:
        raise RefusedError(f"{columns} columns and {rows} rows: a mesh has at least 2 of each; 0 and 0 removes it")
    return replace(head, mesh=head.mesh.resampled(columns, rows) if head.mesh else straight(columns, rows))


def page_state_of(output: str, head: Head | None, size: Size, pattern: str) -> dict[str, Any]:
    """One output as the page shows it, as JSON values."""
    values: dict[str, Numbers] = {}
    mesh: Size | None = None
    if head is not None:
        mesh = (head.mesh.columns, head.mesh.rows) if head.mesh else None
        for control in HEAD_CONTROLS:
            values |= {control.address.replace("{key}", key): control.read(head, key) for key in control.keys(head)}
    return {
        "name": output,
        "pattern": pattern,
        "width": size[0],
        "height": size[1],
        "mesh": mesh,
        "values": values,
    }


def pattern_card_of(pattern: Pattern, output: str, number: int, size: Size, head: Head | None) -> PatternCard:
    """The content of an output's test pattern, and nothing else, so that other changes do not redraw it."""
    sheet = PatternCard(pattern, output, number, size)
    if head is None:
        return sheet
    said = head.monitor
    monitor = ", ".join(filter(None, (said.connector, said.name))) or said.serial
    mesh = (head.mesh.columns, head.mesh.rows) if head.mesh and pattern == "grid" else None
    sheet = replace(sheet, monitor=monitor, mesh=mesh)
    return replace(sheet, soft_edge=head.soft_edge) if pattern == "edges" else sheet
