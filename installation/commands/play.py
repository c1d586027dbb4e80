"""The command `installation play`."""

from __future__ import annotations

import time
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from installation import FIRST_LIGHT
from installation.commands.options import (
    FpsOption,
    LookPasscodeOption,
    MachineOption,
    PasscodeOption,
    ReadTokenOption,
    RigOption,
    RunPasscodeOption,
    ScoreArgument,
    SizeOption,
    finite,
    lesser_passcodes,
    parse_size,
)

_started_at = time.monotonic()
"""The moment when this process had loaded Python, some hundredths of a second after its start."""

_takes_over = False


def play(
    score: ScoreArgument = FIRST_LIGHT,
    *,
    rig: RigOption = None,
    headless: Annotated[bool, typer.Option("--headless", help="Play without windows.")] = False,
    wide: Annotated[bool, typer.Option("--wide", help="Show all outputs in one wide window.")] = False,
    full_screen: Annotated[
        bool, typer.Option("--full-screen", help="Show each output full screen on its own monitor.")
    ] = False,
    size: SizeOption = None,
    fps: FpsOption = None,
    start: Annotated[
        str | None, typer.Option(metavar="TIME", help="Start at this time, such as 90s, 1:30 or 45f.")
    ] = None,
    cue: Annotated[str | None, typer.Option(metavar="ID", help="Start with this cue.")] = None,
    for_: Annotated[
        float | None,
        typer.Option("--for", metavar="SECONDS", min=0, callback=finite, help="Stop after this many seconds."),
    ] = None,
    osc: Annotated[
        int | None, typer.Option(metavar="PORT", min=0, max=65535, help="Receive OSC on this port (UDP and TCP).")
    ] = None,
    oscquery: Annotated[
        int | None, typer.Option(metavar="PORT", min=0, max=65535, help="Serve OSCQuery on this port.")
    ] = None,
    console: Annotated[
        int | None, typer.Option(metavar="PORT", min=0, max=65535, help="Serve the console page on this port.")
    ] = None,
    host: Annotated[
        str, typer.Option(help="Listen on this address. Without it, only programs on this machine can connect.")
    ] = "localhost",
    allow: Annotated[list[str] | None, typer.Option(help="Let this address or network control the show.")] = None,
    passcode: PasscodeOption = None,
    run_passcode: RunPasscodeOption = None,
    look_passcode: LookPasscodeOption = None,
    read_token: ReadTokenOption = None,
    certificate: Annotated[
        Path | None, typer.Option(metavar="FILE.pem", help="Serve page and API over TLS with this certificate.")
    ] = None,
    certificate_key: Annotated[
        Path | None, typer.Option(metavar="FILE.pem", help="The certificate's key, if it is in another file.")
    ] = None,
    known_as: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A further name by which browsers reach this machine.")
    ] = None,
    feedback: Annotated[
        list[str] | None, typer.Option(metavar="HOST:PORT", help="Send the state of the show to this console.")
    ] = None,
    desk: Annotated[Path | None, typer.Option(metavar="DESK.yaml", help="The desk file; see docs/desk.md.")] = None,
    journal: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Record every message in this file before it takes effect.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue where the journal says the show would be now.")
    ] = False,
    machine: MachineOption = None,
    decoder: Annotated[
        str | None, typer.Option(metavar="NAME", help="Use this decoder. Without it, the player uses the fastest one.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="Write a report of the run to this file.")
    ] = None,
    logs: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also write rotating log files to this folder.")
    ] = None,
    stream: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OUTPUT=ADDRESS", help="Also send this output to an address, such as left=srt://10.0.0.20:9000."
        ),
    ] = None,
    record: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Film the show while it plays, into a new folder in this one.")
    ] = None,
    reload: Annotated[
        bool, typer.Option("--reload/--no-reload", help="Apply a saved score, atlas or rig while the show plays.")
    ] = True,
    blind: Annotated[
        bool, typer.Option("--blind", help="Hold back saved edits until you apply them; see docs/desk.md.")
    ] = False,
) -> None:
    """Play a score in windows, or headless where there is no display. Press Escape or Ctrl-C to end it."""
    from installation.desk.desk import DeskOptions
    from installation.desk.network.certificate import Certificate
    from installation.editions.edition import ShowFiles
    from installation.house.logs import log_to
    from installation.player.live import Live
    from installation.player.options import EngineOptions, LiveOptions
    from installation.rig.streams import streams_from_options

    options = LiveOptions(
        EngineOptions(
            DeskOptions(
                osc,
                host,
                tuple(allow or ()),
                passcode,
                tuple(feedback or ()),
                desk,
                oscquery,
                read_token,
                tuple(known_as or ()),
                lesser_passcodes(run_passcode, look_passcode),
                Certificate(certificate, certificate_key) if certificate else None,
            ),
            journal,
            resume,
            console,
            reload=reload,
            machine=machine,
            blind=blind,
            streams=streams_from_options(stream or ()),
            record=record,
            hurried=_takes_over,
        ),
        headless=headless,
        wide=wide,
        full_screen=full_screen,
        start=start,
        cue=cue,
        seconds=for_,
        decoder=decoder,
        report=report,
    )
    show_files = ShowFiles(score, rig, fps=fps, size=parse_size(size), machine=machine)
    with (
        log_to(logs, "player", patient=resume) if logs else nullcontext(),
        Live(show_files, options, seconds_since_command) as live,
    ):
        live.run()


def take_over() -> None:
    """Play in place of a player that has just ended. This process was started earlier, so the command begins now."""
    global _started_at, _takes_over
    _started_at, _takes_over = time.monotonic(), True


def seconds_since_command() -> float:
    """The seconds since the command."""
    return time.monotonic() - _started_at
