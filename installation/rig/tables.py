"""The rig as tables for docs/rig.md."""

from __future__ import annotations

from installation.desk.rig_gateway import ROOT
from installation.language.containers import records
from installation.language.tables import record_table, table
from installation.rig.actions import NONE
from installation.rig.controls import HEAD_CONTROLS, MESH_ABOUT, MESH_SIZE, HeadControl
from installation.rig.machines_spec import FleetSpec, MachineSpec
from installation.rig.pattern_drawings import PATTERNS
from installation.rig.rig_spec import HeadSpec
from installation.rig.rigging import ABOUT_PATTERN, COMMANDS
from installation.rig.sound_spec import SoundRoutingSpec
from installation.rig.streams import StreamSpec


def tables() -> dict[str, str]:
    """Every table by its name in docs/rig.md."""
    specs = (*records(HeadSpec), *records(SoundRoutingSpec), *records(StreamSpec))
    found = {record.schema_name(): record_table(record) for record in specs}
    patterns = [(f"`{pattern}`", ABOUT_PATTERN[pattern]) for pattern in (NONE, *PATTERNS)]
    return found | {"Patterns": table(("pattern", "what it does"), patterns), "Addresses": _addresses()}


def fleet_tables() -> dict[str, str]:
    """Every table by its name in docs/fleet.md."""
    return {record.schema_name(): record_table(record) for record in (MachineSpec, FleetSpec)}


def _addresses() -> str:
    every = "Shows a pattern on all outputs."
    rows = [(f"`{ROOT}/pattern/{{pattern}}`", "a press", every)]
    rows += [(f"`{ROOT}/{{name}}/pattern/{{pattern}}`", "a press", "Shows a pattern on this output.")]
    rows += [
        (f"`{ROOT}/{{name}}/{one.address.replace('{key}', one.docs_key)}`", _takes(one), one.about)
        for one in HEAD_CONTROLS
    ]
    rows.append((f"`{ROOT}/{{name}}/mesh/size`", _ranges(MESH_SIZE), MESH_ABOUT))
    steps = ", ".join(dict.fromkeys(one.step_words for one in HEAD_CONTROLS))
    nudge = f"Moves any of these, such as `nudge/corner/top-left`, by this many steps: {steps}."
    rows.append((f"`{ROOT}/{{name}}/nudge/...`", "steps", nudge))
    rows += [(f"`{ROOT}/{word}`", "a press", about) for word, about in COMMANDS.items()]
    return table(("address", "takes", "what it does"), rows)


def _takes(control: HeadControl) -> str:
    return f"{_ranges(control.ranges)} {control.unit}".rstrip()


def _ranges(ranges: tuple[tuple[float, float], ...]) -> str:
    words = f"{ranges[0][0]:g} to {ranges[0][1]:g}"
    return f"two numbers, {words}" if len(ranges) == 2 else words
