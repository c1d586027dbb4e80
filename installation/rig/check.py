"""Compares a rig with its machine: finds the monitors that the rig names, and those that do not exist."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from installation.errors import Mistake, RigError
from installation.language.containers import read_or_refuse
from installation.language.document import root_of
from installation.language.reading import Reading, nearest
from installation.rig.head import Head, match_monitors
from installation.rig.monitors import Monitor
from installation.rig.rig_spec import HeadSpec
from installation.rig.venue import VENUE, check_score_against, no_atlas, venue_of
from installation.show.score import Score


class RigCheckResult(NamedTuple):
    """The monitor of each output that has one now, and warnings for a person."""

    monitors: dict[str, Monitor]
    warnings: tuple[Mistake, ...]


def check_rig(
    file: Path, monitors: Sequence[Monitor], connectors: Collection[str], score: Score | None = None
) -> RigCheckResult:
    """Read a rig on its machine, which has these connected monitors and these connectors.

    A connector that the machine does not have is a mistake. A monitor that is not connected is only a warning, since a
    projector may be switched off; an unused monitor is a warning, too. Raises RigError, which lists all mistakes, then
    all warnings.
    """
    found, reading = _look(file, monitors, connectors, score)
    if reading.mistakes:
        lines = [*map(str, reading.mistakes), *(f"warning: {warning}" for warning in reading.every_warning)]
        raise RigError("\n".join(lines), reading.mistakes)
    return RigCheckResult(found, reading.warnings)


def rig_mismatches(
    file: Path, monitors: Sequence[Monitor], connectors: Collection[str], score: Score
) -> tuple[tuple[Mistake, ...], tuple[Mistake, ...]]:
    """The mistakes and warnings of `check_rig`, for an unattended show, which plays in spite of them."""
    _, reading = _look(file, monitors, connectors, score)
    return reading.mistakes, reading.every_warning


def _look(
    file: Path, monitors: Sequence[Monitor], connectors: Collection[str], score: Score | None
) -> tuple[dict[str, Monitor], Reading]:
    """The monitor of each output that has one now; mistakes go to the reading."""
    reading = Reading(file, no_atlas, Path())
    root, _ = root_of(reading)
    spec = read_or_refuse(VENUE, root, reading) if root else None
    found: dict[str, Monitor] = {}
    if spec:
        heads = venue_of(spec, reading).heads
        if score:
            check_score_against(score, spec, reading)
        found = match_monitors(heads, monitors)
        for head in heads:
            written = (spec.heads or {})[head.output]
            if written is not None and head.output in found:
                _report_shared_serial(head, written, monitors, reading)
            if written is not None and head.output not in found:
                _report_missing(head, written, monitors, connectors, found, reading)
        if root is not None and heads:
            for monitor in monitors:
                if not any(monitor in (one, one.whole) for one in found.values()):
                    reading.warn(spec.node.at("heads"), f"no output is shown on {monitor}")
    return found, reading


def _report_shared_serial(head: Head, spec: HeadSpec, monitors: Sequence[Monitor], reading: Reading) -> None:
    """Warn about a serial number that several displays report, as whole batches do: the next cable may be wrong."""
    binding = head.monitor
    alike = [monitor.connector for monitor in monitors if binding.means(monitor)]
    if binding.serial and binding.connector and len(alike) > 1:
        reading.warn(
            spec.node.at("monitor"),
            f"the displays on {' and '.join(alike)} all report serial {binding.serial}; the connector decides",
        )


def _report_missing(
    head: Head,
    spec: HeadSpec,
    monitors: Sequence[Monitor],
    connectors: Collection[str],
    found: Mapping[str, Monitor],
    reading: Reading,
) -> None:
    binding = head.monitor
    node = spec.node.at("monitor")
    meant = [monitor.connector for monitor in monitors if binding.means(monitor)]
    if len(meant) > 1:
        reading.refuse(node, f"this matches {' and '.join(meant)}; add more, such as its connector")
        return
    other = next((output for output, monitor in found.items() if binding.means(monitor)), None)
    too_large = next((one for one in monitors if binding.means(one) and head.area and not one.holds(head.area)), None)
    if too_large is not None and head.area:
        told = f"{list(head.area)} reaches beyond {too_large}"
        reading.refuse(spec.node.at("area"), f"{told}; left and width, top and height, stay within its pixels")
        return
    if other is not None:
        reading.refuse(node, f"this means {found[other]}, which is {other}'s already; a monitor shows one output")
        return
    exists = ", ".join(connectors)
    if binding.connector and not binding.serial and connectors and binding.connector not in connectors:
        hint = nearest(binding.connector, connectors)
        reading.refuse(node, f"this machine has no connector {binding.connector!r}; it has {exists}{hint}")
        return
    there = "; ".join(map(str, monitors)) or "none"
    reading.warn(node, f"{head.output} stays dark: its monitor is not connected, or switched off; connected: {there}")


def as_text(checked: RigCheckResult) -> str:
    """For people: one warning on each line, then the monitor of every output."""
    lines = [f"warning: {warning}" for warning in checked.warnings]
    return "\n".join(lines + [f"{output}: {monitor}" for output, monitor in checked.monitors.items()])
