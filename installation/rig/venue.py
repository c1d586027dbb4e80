"""The rig file of a venue: everything about the building, checked before the show starts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from installation.errors import Mistake, RigError
from installation.language.containers import Record, RecordOf, key, read_or_refuse
from installation.language.document import root_of
from installation.language.reading import NeuronLookup, Reading, nearest
from installation.language.scalars import FormatVersion
from installation.rig.display_spec import DISPLAYS, DisplaySpec, display
from installation.rig.displays import Display
from installation.rig.head import Head
from installation.rig.hours import Hours
from installation.rig.hours_spec import HOURS, HoursSpec, hours
from installation.rig.machines import Fleet
from installation.rig.machines_spec import FLEET, MACHINES, FleetSpec, MachineSpec, fleet
from installation.rig.rig_spec import HEADS, HeadSpec, heads
from installation.rig.sound import MACHINES_OWN, SoundRouting
from installation.rig.sound_spec import SOUND, SoundRoutingSpec, routing
from installation.rig.streams import STREAMS, Stream, StreamSpec, streams
from installation.show.score import Score


@dataclass(frozen=True, slots=True)
class Venue:
    """The content of a rig. Without hours the house is always open; without heads, outputs use monitors left to right.

    With a `fleet`, several machines show the heads. `files` are the further files that the rig uses. `warnings` are
    allowed, but look unintended. `digest` is the SHA-256 of the rig file.
    """

    heads: tuple[Head, ...] = ()
    hours: Hours | None = None
    displays: tuple[tuple[str, Display], ...] = ()
    files: tuple[Path, ...] = ()
    fleet: Fleet | None = None
    sound: SoundRouting = MACHINES_OWN
    streams: tuple[Stream, ...] = ()
    warnings: tuple[Mistake, ...] = ()
    digest: str = ""

    def seen_from(self, machine: str) -> Venue:
        """The venue for one machine: with its own heads, the heads of the machine that it stands by for, and the
        streams that it sends."""
        known = self.fleet.machine(machine) if self.fleet else None
        if self.fleet is None or known is None:
            names = ", ".join(one.name for one in self.fleet.machines) if self.fleet else ""
            told = f"it has {names}" if names else "it names no machines"
            raise RigError(f"--machine: the rig has no machine {machine!r}; {told}")
        shown = {known.name, known.standby_for}
        return replace(
            self,
            heads=tuple(head for head in self.heads if head.machine in shown),
            streams=tuple(stream for stream in self.streams if stream.machine == known.name),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class VenueSpec(Record):
    """A rig: the machines, monitors and displays of a venue."""

    version: int = key(FormatVersion(1), "The version of this language; a player refuses a file of a newer version.", 1)
    heads: dict[str, HeadSpec | None] | None = key(
        HEADS, "Outputs by name, each with the monitor that shows it.", None, default="monitors from left to right"
    )
    hours: HoursSpec | None = key(HOURS, "When the house is open.", None, default="always")
    displays: dict[str, DisplaySpec | None] | None = key(
        DISPLAYS, "Displays that are switched off while the house is closed.", None, default="none"
    )
    machines: dict[str, MachineSpec | None] | None = key(
        MACHINES, "The computers that play one show together, by name.", None, default="one, without a name"
    )
    sound: SoundRoutingSpec | None = key(
        SOUND, "Where the sound of the show goes.", None, default="the machine's own device"
    )
    streams: dict[str, StreamSpec | None] | None = key(
        STREAMS, "Outputs that the player also sends elsewhere, by name.", None, default="none"
    )
    fleet: FleetSpec | None = key(FLEET, "How the machines play together.", None, default="as below")


VENUE = RecordOf(VenueSpec, "a rig")


def read_venue(file: Path, score: Score | None = None) -> Venue:
    """Read a rig; with `score`, also check its outputs and cues. Raises RigError, which lists every mistake."""
    reading = Reading(file, no_atlas, Path())
    root, _ = root_of(reading)
    spec = read_or_refuse(VENUE, root, reading) if root else None
    venue = venue_of(spec, reading) if spec else Venue()
    if spec and score:
        check_score_against(score, spec, reading)
    if reading.mistakes:
        raise RigError("\n".join(map(str, reading.mistakes)), reading.mistakes)
    return replace(venue, warnings=reading.warnings, digest=_digest(file))


def _digest(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:  # somebody has just saved it; the player reads it again
        return ""


def venue_of(spec: VenueSpec, reading: Reading) -> Venue:
    """The checked venue; reports mistakes to `reading`."""
    displays = ((name, display(one, reading)) for name, one in (spec.displays or {}).items() if one)
    own_heads, machines = heads(spec.heads or {}, reading), spec.machines or {}
    for head in own_heads:
        _check_machine(head.machine, (spec.heads or {})[head.output], spec, reading)
    for one in (spec.streams or {}).values():
        if one is not None:
            _check_machine(one.machine, one, spec, reading)
    return Venue(
        own_heads,
        hours(spec.hours, reading) if spec.hours else None,
        tuple((name, one) for name, one in displays if one),
        tuple(reading.included_files),
        fleet(machines, spec.fleet, own_heads, reading) if machines else None,
        routing(spec.sound, reading),
        streams(spec.streams or {}, reading),
    )


def _check_machine(machine: str, words: HeadSpec | StreamSpec | None, spec: VenueSpec, reading: Reading) -> None:
    """Report a head or stream that names an unknown machine, or none although the rig has several."""
    machines = list(spec.machines or {})
    if words is None or machine in machines or not (machine or machines):
        return
    if machine:
        told = f"no machine is called {machine!r}{nearest(machine, machines)}"
        reading.refuse(words.node.at("machine"), f"{told}; `machines` names them")
    else:
        which = "shows" if isinstance(words, HeadSpec) else "sends"
        reading.refuse(words.node, f"say which machine {which} it: `machine: {machines[0]}`")


def check_score_against(score: Score, spec: VenueSpec, reading: Reading) -> None:
    """Report outputs and cues that the rig names and the score lacks, and outputs that the rig omits."""
    outputs, cues = [output.name for output in score.outputs], [cue.id for cue in score.cues]
    _check_heads_against(outputs, spec, reading)
    for stream in (spec.streams or {}).values():
        if stream and stream.output and stream.output not in outputs:
            told = f"the score has no output {stream.output!r}{nearest(stream.output, outputs)}"
            reading.refuse(stream.node.at("output"), f"{told}; it has {', '.join(outputs)}")
    if spec.hours:
        for cue_key in ("warm_up_cue", "open_cue", "goodnight_cue", "closed_cue"):
            cue = getattr(spec.hours, cue_key)
            if cue is not None and cue not in cues:
                reading.refuse(spec.hours.node.at(cue_key), f"the score has no cue {cue!r}{nearest(cue, cues)}")
        _warn_of_a_night_by_day(score, spec.hours, reading)


def _check_heads_against(outputs: Sequence[str], spec: VenueSpec, reading: Reading) -> None:
    shown = {head.shows or output for output, head in (spec.heads or {}).items() if head}
    for output, head in (spec.heads or {}).items():
        if head and (head.shows or output) not in outputs:
            node = head.node.at("shows") if head.shows else head.node
            reading.refuse(node, f"the score has no output {head.shows or output!r}; it has {', '.join(outputs)}")
        elif head and head.shows not in ("", output) and output in outputs:
            told = f"it shows {head.shows!r}, but {output!r} is an output, too"
            reading.refuse(head.node.at("shows"), f"{told}; call the head otherwise")
    for output in outputs:
        if spec.heads and output not in shown:
            reading.warn(spec.node.at("heads"), f"{output} is seen nowhere: it has no head")


def _warn_of_a_night_by_day(score: Score, hours: HoursSpec, reading: Reading) -> None:
    closed = next((cue for cue in score.cues if cue.id == hours.closed_cue), None)
    if closed is not None and not closed.on_call and len(score.cues) > 1:
        told = f"cue {closed.id} is in the running order, so the show runs into it by day; give it `on_call: true`"
        reading.warn(hours.node.at("closed_cue"), told)


def no_atlas(_folder: Path) -> NeuronLookup:
    """Open the atlas for a file that has none."""
    raise AssertionError("a rig names no neurons")
