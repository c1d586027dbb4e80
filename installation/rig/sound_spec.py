"""The `sound` of a rig, as a venue writes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from installation.language.containers import ListOf, NamedMapping, Record, RecordOf, key
from installation.language.reading import Reading
from installation.language.scalars import IntRange, Name, String
from installation.rig.sound import MACHINES_OWN, SoundRouting

MAX_CHANNELS = 64
MAX_BUSES = 32


@dataclass(frozen=True, kw_only=True, eq=False)
class SoundRoutingSpec(Record):
    """The sound device, and the channels of it on which each bus of the score plays."""

    device: str = key(String(), "The device, by its name or a part of it.", "", default="the machine's own")
    buses: dict[str, tuple[int, ...] | None] | None = key(
        NamedMapping(
            Name("the name of a bus"),
            ListOf(IntRange(1, MAX_CHANNELS), "channels", 1, MAX_CHANNELS),
            "buses",
            MAX_BUSES,
            lambda _found, _reading: None,
        ),
        "Channels, counted from 1, by the name of a bus: left and right alternate over them.",
        None,
        default="all on 1 and 2",
    )
    synonyms: ClassVar[dict[str, str]] = {"card": "device", "interface": "device", "channels": "buses"}


SOUND = RecordOf(SoundRoutingSpec, "sound")


def routing(spec: SoundRoutingSpec | None, reading: Reading) -> SoundRouting:
    """The checked routing; reports a channel that a bus names twice."""
    if spec is None:
        return MACHINES_OWN
    buses = {name: channels for name, channels in (spec.buses or {}).items() if channels}
    for name, channels in buses.items():
        if len(set(channels)) < len(channels):
            reading.refuse(spec.node.at("buses"), f"bus {name!r} has a channel twice; name each channel once")
    return SoundRouting(spec.device, buses)
