"""The command `installation play`."""

from __future__ import annotations

import time
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from installation import FIRST_LIGHT, PASSCODE
from installation.commands.options import FpsOption, RigOption, ScoreArgument, SizeOption, parse_size

_begun = time.monotonic()
"""When this process had loaded Python; what came before takes some hundredths of a second."""


def play(
    score: ScoreArgument = FIRST_LIGHT,
    *,
    rig: RigOption = None,
    headless: Annotated[bool, typer.Option("--headless", help="Play without windows.")] = False,
    wide: Annotated[bool, typer.Option("--wide", help="One wide window over all outputs.")] = False,
    full_screen: Annotated[bool, typer.Option("--full-screen", help="Each window on a monitor of its own.")] = False,
    size: SizeOption = None,
    fps: FpsOption = None,
    start: Annotated[str | None, typer.Option(metavar="TIME", help="Begin here: 90s, 1:30 or 45f.")] = None,
    cue: Annotated[str | None, typer.Option(metavar="ID", help="Begin with this cue.")] = None,
    for_: Annotated[float | None, typer.Option("--for", metavar="SECONDS", min=0, help="Stop after so long.")] = None,
    osc: Annotated[int | None, typer.Option(metavar="PORT", min=0, max=65535, help="Listen to OSC here.")] = None,
    oscquery: Annotated[int | None, typer.Option(metavar="PORT", min=0, max=65535, help="Serve OSCQuery here.")] = None,
    console: Annotated[
        int | None, typer.Option(metavar="PORT", min=0, max=65535, help="Open the console page.")
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on; else only this machine is heard.")] = "127.0.0.1",
    allow: Annotated[list[str] | None, typer.Option(help="An address or network that may control the show.")] = None,
    passcode: Annotated[
        str | None, typer.Option(envvar=PASSCODE, help="What consoles have to say first.", show_default=False)
    ] = None,
    feedback: Annotated[
        list[str] | None, typer.Option(metavar="HOST:PORT", help="A console that is told about the show.")
    ] = None,
    desk: Annotated[Path | None, typer.Option(metavar="DESK.yaml", help="The desk's map; see docs/desk.md.")] = None,
    journal: Annotated[Path | None, typer.Option(metavar="FILE", help="Write every message before it acts.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where the journal says the show is now.")] = False,
    decoder: Annotated[str | None, typer.Option(metavar="NAME", help="Use this decoder; else the quickest.")] = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE.json", help="Write what happened.")] = None,
    logs: Annotated[Path | None, typer.Option(metavar="DIR", help="Log here as well, in files that rotate.")] = None,
    reload: Annotated[
        bool, typer.Option("--reload/--no-reload", help="Whether saving score, atlas or rig takes effect at once.")
    ] = True,
) -> None:
    """Play a score: in windows, or without a display headless. Escape or Ctrl-C ends it."""
    from installation.desk.desk import DeskOptions
    from installation.editions.edition import Sources
    from installation.house.logs import log_to
    from installation.player.engine import EngineOptions
    from installation.player.live import Live, LiveOptions

    options = LiveOptions(
        EngineOptions(
            DeskOptions(osc, host, tuple(allow or ()), passcode, tuple(feedback or ()), desk, oscquery),
            journal,
            resume,
            console,
            reload=reload,
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
    sources = Sources(score, rig, fps=fps, size=parse_size(size))
    with (
        log_to(logs, "player", patient=resume) if logs else nullcontext(),
        Live(sources, options, seconds_since_command) as live,
    ):
        live.run()


def begin_now() -> None:
    """Count from now on: the process was started ahead of its command."""
    global _begun
    _begun = time.monotonic()


def seconds_since_command() -> float:
    """How long ago the command was given."""
    return time.monotonic() - _begun
