"""The `machines` and the `fleet` of a rig, as a venue writes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from installation.language.containers import NamedMapping, Record, RecordOf, key
from installation.language.nodes import Node
from installation.language.quantities import Duration
from installation.language.reading import Reading, nearest
from installation.language.scalars import IntRange, Name, OneOf, Schema, scalar
from installation.rig.display_spec import HostScalar
from installation.rig.head import Head
from installation.rig.machines import DEFAULT_LEAD_SECONDS, DEFAULT_PORT, Fleet, GivesBack, Machine

MAX_MACHINES = 64


@dataclass(frozen=True, kw_only=True, eq=False)
class MachineSpec(Record):
    """A computer that takes part in the show."""

    address: str | None = key(
        HostScalar(), "The address on which it listens for the other machines.", None, required=True
    )
    port: int = key(IntRange(1, 65535), "The port on which it listens.", DEFAULT_PORT)
    standby_for: str = key(
        Name("the name of a machine"),
        "A machine whose heads it shows while that machine is missing.",
        "",
        default="none",
    )
    gives_back: GivesBack = key(
        OneOf(GivesBack, "when it gives back"),
        "When it lets go of them once that machine plays again: after three seconds, or on command.",
        "by itself",
    )
    synonyms: ClassVar[dict[str, str]] = {"host": "address", "ip": "address", "interface": "address"}


MACHINES = NamedMapping(
    Name("the name of a machine"),
    RecordOf(MachineSpec, "a machine"),
    "machines",
    MAX_MACHINES,
    lambda _found, _reading: None,
)


@dataclass(frozen=True)
class KeyFolder:
    """A folder of certificates, relative to the rig's folder. It need not exist yet."""

    words: str = "folder"

    def read(self, node: Node, reading: Reading) -> Path:
        return reading.file.parent / scalar(node, "the name of a folder").text

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True, kw_only=True, eq=False)
class FleetSpec(Record):
    """How several machines play one show together."""

    lead: float = key(
        Duration(),
        "How far ahead a cue is stamped, so that it begins at one frame on all machines.",
        DEFAULT_LEAD_SECONDS,
        default="`0.3s`",
    )
    keys: Path | None = key(
        KeyFolder(), "The folder of the machines' certificates; see `installation fleet key`.", None, default="none"
    )


FLEET = RecordOf(FleetSpec, "a fleet")


def fleet(
    machines: dict[str, MachineSpec | None], words: FleetSpec | None, heads: tuple[Head, ...], reading: Reading
) -> Fleet | None:
    """The checked fleet, None without machines; reports machines that are unreachable or show nothing."""
    found = tuple(
        Machine(name, one.address, one.port, one.standby_for, one.gives_back)
        for name, one in machines.items()
        if one and one.address
    )
    nodes = {name: one.node for name, one in machines.items() if one}
    names = [one.name for one in found]
    endpoints: dict[str, str] = {}
    shown = {head.machine for head in heads}
    for machine in found:
        node = nodes[machine.name]
        if (other := endpoints.setdefault(machine.endpoint, machine.name)) != machine.name:
            reading.refuse(
                node, f"{machine.endpoint} is {other}'s already; give each machine an address or port of its own"
            )
        if machine.standby_for and (machine.standby_for not in names or machine.standby_for == machine.name):
            told = f"no other machine is called {machine.standby_for!r}{nearest(machine.standby_for, names)}"
            reading.refuse(node.at("standby_for"), told)
        if machine.name not in shown and not machine.standby_for:
            reading.warn(node, f"{machine.name} shows nothing: no head names it, and it is standby for no machine")
    lead, keys = (words.lead, words.keys) if words else (DEFAULT_LEAD_SECONDS, None)
    if keys is None and not all(machine.is_on_loopback for machine in found):
        way_out = "write `fleet: {keys: FOLDER}`, and make them with `installation fleet key RIG`"
        reading.refuse(
            next(iter(nodes.values())), f"machines that reach each other over a network need keys: {way_out}"
        )
    return Fleet(found, lead, keys) if found else None
