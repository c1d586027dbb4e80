"""The commands `installation fleet ...`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from installation.errors import DeviceError, RigError

if TYPE_CHECKING:
    from installation.fleet.observer import Observer, RoundTrips
    from installation.rig.machines import Fleet, Machine

app = typer.Typer(no_args_is_help=True, help="Set up and check several machines that play one show.")

RigArgument = Annotated[
    Path, typer.Argument(metavar="RIG", help="The rig that names the machines.", show_default=False)
]
OwnMachineOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="The machine that you are at, whose keys to use.", show_default=False)
]

QUESTIONS = 200


@app.command()
def key(
    rig: RigArgument,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write the keys to this folder. Without it, to the folder that the rig names."
        ),
    ] = None,
) -> None:
    """Make the keys of all machines. Copy to each machine its own two files and authority.pem, and nothing else."""
    import datetime

    from installation.fleet.keys import make_keys

    fleet = _fleet(rig)
    folder = out or fleet.keys
    if folder is None:
        raise RigError(f"{rig}: the fleet names no folder for keys; write `fleet: {{keys: keys}}`, or give --out DIR")
    for file in make_keys(fleet.machines, folder, datetime.datetime.now(datetime.UTC)):
        typer.echo(file)


@app.command()
def chrony(
    rig: RigArgument,
    *,
    machine: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only for this machine.", show_default=False)
    ] = None,
) -> None:
    """Print the configuration of chrony, which keeps the machines' clocks together, for each machine."""
    from installation.fleet.chrony import configuration

    fleet = _fleet(rig)
    shown = fleet.machines if machine is None else (_machine(fleet, machine, rig),)
    typer.echo("\n".join(configuration(fleet, one) for one in shown), nl=False)


@app.command()
def status(
    rig: RigArgument,
    *,
    machine: OwnMachineOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the state of every machine. Exits with 1 if one is missing, late, or plays something different."""
    import json

    fleet = _fleet(rig)
    with _observer(fleet, machine, rig) as observer:
        said = observer.statuses()
    lines = {one.name: _described(said.get(one.name)) for one in fleet.machines}
    editions = {json.dumps(one.get("digests"), sort_keys=True) for one in said.values()}
    if as_json:
        typer.echo(json.dumps(said, indent=2))
    else:
        width = max(map(len, lines))
        for name, line in lines.items():
            typer.echo(f"{name:{width}}  {line}")
        if len(editions) > 1:
            typer.echo("the machines do not play the same: copy score, atlas and rig of one to the others")
    raise typer.Exit(0 if len(said) == len(fleet.machines) and len(editions) == 1 else 1)


@app.command()
def drill(
    rig: RigArgument,
    *,
    machine: OwnMachineOption = None,
    times: Annotated[
        int, typer.Option(metavar="N", min=10, max=100_000, help="Ask each machine this many times.")
    ] = QUESTIONS,
) -> None:
    """Measure the network between you and the machines that play, and propose how far ahead to stamp cues."""
    from installation.fleet.observer import proposed_lead_seconds

    fleet = _fleet(rig)
    measured: list[RoundTrips] = []
    with _observer(fleet, machine, rig) as observer:
        observer.statuses()
        for one in fleet.machines:
            trips = observer.round_trips(one.name, times)
            if trips is None:
                typer.echo(f"{one.name}: no answer; start its player first")
                continue
            measured.append(trips)
            there = f"{trips.median_seconds * 1000:.2f} ms there and back, {trips.worst_seconds * 1000:.2f} at worst"
            clock = f"its clock {trips.clock_offset_seconds * 1000:+.2f} ms off this one's"
            typer.echo(f"{one.name}: {there}, {trips.lost} lost; {clock}")
    if measured:
        lead = proposed_lead_seconds(measured)
        typer.echo(f"proposed: `fleet: {{lead: {lead:.2f}s}}`; now {fleet.lead_seconds:.2f} s")
    raise typer.Exit(0 if len(measured) == len(fleet.machines) else 1)


@app.command()
def prove(
    rig: RigArgument,
    *,
    machine: OwnMachineOption = None,
    times: Annotated[int, typer.Option(metavar="N", min=3, max=1000, help="Screenshots of each machine.")] = 20,
) -> None:
    """Prove that all machines show the same frame, while every output of the show has the test pattern `sync`."""
    from functools import partial

    from installation.fleet.house_proof import SCREENSHOT, MachineProof, apart_frames, asked_for, is_proven

    fleet, proofs = _fleet(rig), dict[str, MachineProof]()
    with _observer(fleet, machine, rig) as observer:
        observer.statuses()
        for name in (one.name for one in fleet.machines):
            proof = proofs[name] = MachineProof.of(asked_for(partial(observer.ask, name, SCREENSHOT), times))
            if proof.off_frames is None:
                typer.echo(f"{name}: {proof.reason}")
                continue
            least, middle, most = proof.off_frames
            seen = f"{proof.read} of {proof.shots} screenshots show a code on every output"
            typer.echo(f"{name}: {seen}; {middle:+.2f} frames off what is due, {least:+.2f} to {most:+.2f}")
    apart, proven = apart_frames(proofs), is_proven(proofs)
    how_far = "" if apart is None else f", {apart:.2f} frames apart"
    typer.echo(f"proven: all machines show the same frame{how_far}" if proven else f"NOT proven{how_far}")
    raise typer.Exit(0 if proven else 1)


@app.command("give-back")
def give_back(
    rig: RigArgument,
    standby: Annotated[str, typer.Argument(metavar="STANDBY", help="The machine that stands in for another.")],
    *,
    machine: OwnMachineOption = None,
) -> None:
    """Make a standby machine let go of the heads that it shows, because their own machine plays again."""
    from installation.fleet.ensemble import GIVE_BACK

    fleet = _fleet(rig)
    _machine(fleet, standby, rig)
    with _observer(fleet, machine, rig) as observer:
        observer.statuses()
        answer = observer.ask(standby, GIVE_BACK)
    if answer is None:
        raise DeviceError(f"{standby} does not answer; see: installation fleet status {rig}")
    if answer:
        raise DeviceError(f"{standby} keeps them: {answer.decode(errors='replace')}")
    typer.echo(f"{standby} gives them back")


def _fleet(rig: Path) -> Fleet:
    from installation.rig.venue import read_venue

    fleet = read_venue(rig).fleet
    if fleet is None:
        raise RigError(f"{rig}: the rig names no machines; write `machines:`, see docs/fleet.md")
    return fleet


def _machine(fleet: Fleet, name: str, rig: Path) -> Machine:
    found = fleet.machine(name)
    if found is None:
        names = ", ".join(one.name for one in fleet.machines)
        raise RigError(f"--machine: {rig} has no machine {name!r}; it has {names}")
    return found


def _observer(fleet: Fleet, machine: str | None, rig: Path) -> Observer:
    from installation.fleet.keys import KeyFiles
    from installation.fleet.observer import Observer
    from installation.fleet.zenoh_network import HOUSE

    own = None if machine is None else _machine(fleet, machine, rig)
    keys = None
    if fleet.keys is not None:
        if own is None:
            raise RigError("--machine: name the machine that you are at, so that its keys can be used")
        keys = KeyFiles.of(fleet.keys, own.name)
        keys.check(own)
    return Observer(fleet.machines, keys, HOUSE)


def _described(said: dict[str, object] | None) -> str:
    if said is None:
        return "not there"
    words = [f"frame {said.get('frame')}", f"version {said.get('version')}"]
    clock = said.get("clock_seconds")
    if isinstance(clock, float):
        words.append(f"clock {clock * 1000:+.2f} ms")
    words.append(f"{said.get('late_messages')} late messages, {said.get('late_cues')} of them cues")
    if standing := said.get("stands_in_for"):
        words.append(f"stands in for {standing}")
    return ", ".join(words)
