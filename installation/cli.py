"""The commands. Each imports what it needs when it runs, so that `check` and `--help` answer at once."""

from __future__ import annotations

import logging
import re
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from installation import FIRST_LIGHT, PASSCODE
from installation.errors import InstallationError, Mistake, ScoreError
from installation.house.commands import app as house
from installation.house.commands import doctor
from installation.house.commands import rig as rig_commands
from installation.rehearsal import commands as rehearsal
from installation.soak.commands import soak
from installation.studio.commands import app as atlas

app = typer.Typer(
    help="The Neural Image: neurons of image recognition networks, drawn live on several screens after a score.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_begun = time.monotonic()
"""When this process had loaded Python; what came before takes some hundredths of a second."""

ScoreArgument = Annotated[Path, typer.Argument(metavar="SCORE", help="The score, a YAML file.", show_default=False)]
SizeOption = Annotated[str | None, typer.Option("--size", metavar="WxH", help="Size of every output in pixels.")]
FpsOption = Annotated[str | None, typer.Option(metavar="N", help="Frames per second in place of the score's.")]
RigOption = Annotated[Path | None, typer.Option(metavar="RIG", help="The venue's rig, a YAML file; see docs/house.md.")]
OutputOption = Annotated[str | None, typer.Option("--output", metavar="NAME", help="Only this output.")]


@app.command()
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
    from installation.editing.edition import Sources
    from installation.engine import EngineOptions
    from installation.house.logs import log_to
    from installation.live import Live, LiveOptions

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


@app.command()
def export(
    score: ScoreArgument,
    out: Annotated[Path, typer.Option(metavar="FILE.mp4|FILE.mov|DIR", help="A film, or a folder of PNG pictures.")],
    *,
    output: OutputOption = None,
    from_: Annotated[str, typer.Option("--from", metavar="TIME", help="Where the film begins.")] = "0",
    to: Annotated[str | None, typer.Option(metavar="TIME", help="Where it ends; else the end of the score.")] = None,
    fps: FpsOption = None,
    size: SizeOption = None,
    journal: Annotated[Path | None, typer.Option(metavar="FILE", help="Film the evening that this tells of.")] = None,
) -> None:
    """Film a score, frame for frame: one film per output."""
    from installation.offline import export_film
    from installation.production import Production

    production = Production.open(score, fps=fps, size=parse_size(size), output=output)
    for path in export_film(production, out, from_, to, journal):
        typer.echo(path)


@app.command()
def still(
    score: ScoreArgument,
    at: Annotated[str, typer.Option(metavar="TIME", help="The moment to show.")],
    out: Annotated[Path, typer.Option(metavar="FILE.png")],
    *,
    output: OutputOption = None,
    size: SizeOption = None,
) -> None:
    """Write one frame as PNG: the same pixels as the exported frame at that time."""
    from installation.offline import write_still
    from installation.production import Production

    for path in write_still(Production.open(score, size=parse_size(size), output=output), out, at):
        typer.echo(path)


@app.command()
def check(
    scores: Annotated[list[Path] | None, typer.Argument(metavar="SCORE...", help="The scores, YAML files.")] = None,
    *,
    rig: RigOption = None,
) -> None:
    """Check scores, and a rig for them: 0 without mistakes, else every mistake at once and 2."""
    from installation.house.venue import read_venue
    from installation.score import reader

    mistakes: list[Mistake] = []
    for score in scores or [FIRST_LIGHT]:
        report = reader.check(score)
        for warning in report.warnings:
            typer.echo(f"warning: {warning}", err=True)
        mistakes += report.mistakes
        if report.mistakes:
            continue
        typer.echo(f"{score}: no mistakes")
        if rig is not None:
            for warning in read_venue(rig, report.score).warnings:
                typer.echo(f"warning: {warning}", err=True)
            typer.echo(f"{rig}: no mistakes")
    if mistakes:
        raise ScoreError("\n".join(map(str, mistakes)), tuple(mistakes))


@app.command()
def bench(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for scripts and as a baseline.")] = False,
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="Show an earlier answer beside it.")
    ] = None,
    thorough: Annotated[bool, typer.Option("--thorough", help="Also torch.compile, and frames up to 6 x 4K.")] = False,
    profile: Annotated[bool, typer.Option("--profile", help="Only: which copies pictures make to the screen.")] = False,
) -> None:
    """Measure what this machine can hold: decoding, mixing, evaluating, each figure beside its limit."""
    import json

    from installation import bench as benchmark

    try:
        before = None if baseline is None else json.loads(baseline.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ScoreError(f"--baseline: {baseline}: {error}; save one with: installation bench --json") from None
    if profile:
        typer.echo(json.dumps(benchmark.measure_copies(), indent=1))
        return
    figures = benchmark.measure(thorough=thorough)
    if as_json:
        typer.echo(benchmark.as_json(figures))
    else:
        benchmark.as_tables(figures, before)


def begin_now() -> None:
    """Count from now on: the process was started ahead of its command."""
    global _begun
    _begun = time.monotonic()


def seconds_since_command() -> float:
    """How long ago the command was given."""
    return time.monotonic() - _begun


def parse_size(text: str | None) -> tuple[int, int] | None:
    """`640x360` as (640, 360). Raises ScoreError."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    size = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(16 <= side <= 16384 for side in size):
        raise ScoreError(f"--size: {text!r} is not a size; it is WIDTHxHEIGHT, each from 16 to 16384, such as 640x360")
    return size


app.command()(rehearsal.rehearse)
app.command()(rehearsal.strip)
app.command()(rehearsal.preflight)
app.add_typer(atlas, name="atlas")
app.command()(doctor)
app.add_typer(house, name="house")
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(soak)
app.add_typer(rig_commands, name="rig")


def main() -> None:
    """The `installation` command: exit 2 for the author's mistakes, 1 for the world's, each with one clear message."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        app()
    except InstallationError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)  # What a shell expects of a command that Ctrl-C ended before it was done.
