"""The commands for rehearsals. Each imports its modules when it runs."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from installation.commands.options import DayOption, PasscodeOption, SettingOption, finite
from installation.errors import ScoreError

if TYPE_CHECKING:
    from installation.rehearsal.findings import Preflight

ScoreArgument = Annotated[Path, typer.Argument(metavar="SCORE", help="The score, a YAML file.")]
RigOption = Annotated[
    Path | None,
    typer.Option(metavar="RIG", help="The venue's rig, a YAML file. It says where the outputs are mounted."),
]


def rehearse(
    score: ScoreArgument,
    *,
    rig: RigOption = None,
    console: Annotated[
        int | None,
        typer.Option(
            metavar="PORT",
            min=-1,
            max=65535,
            show_default="8080 or a free one",
            help="Serve the console page on this port; -1 serves none.",
        ),
    ] = None,
    osc: Annotated[
        int | None, typer.Option(metavar="PORT", min=0, max=65535, help="Receive OSC on this port (UDP and TCP).")
    ] = None,
    host: Annotated[
        str, typer.Option(help="Listen on this address. Without it, only programs on this machine can connect.")
    ] = "localhost",
    passcode: PasscodeOption = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the layer, the channel and the tree behind each picture.")
    ] = False,
    for_: Annotated[
        float | None,
        typer.Option("--for", metavar="SECONDS", min=0, callback=finite, help="Stop after this many seconds."),
    ] = None,
) -> None:
    """Rehearse a score in one window: move through time, see every edit as you save it. Press ? for the keys."""
    from installation.desk.desk import DeskOptions
    from installation.editions.edition import ShowFiles
    from installation.player.options import EngineOptions
    from installation.rehearsal.rehearse import CONSOLE_PORT, Rehearsal, RehearsalOptions

    begun = time.monotonic()
    port = CONSOLE_PORT if console is None else console if console >= 0 else None
    desk = DeskOptions(osc, host, passcode=passcode)
    engine = EngineOptions(desk, console_port=port, any_console_port=console is None)
    options = RehearsalOptions(engine, seconds=for_, explains=explain)
    with Rehearsal(ShowFiles(score, rig), options, lambda: time.monotonic() - begun) as rehearsal:
        rehearsal.run()


def strip(
    score: ScoreArgument,
    out: Annotated[Path, typer.Option(metavar="FILE.png", help="File to write.")] = Path("strip.png"),
    *,
    every: Annotated[str, typer.Option(metavar="TIME", help="Time between two rows.")] = "10s",
    height: Annotated[int, typer.Option(metavar="PX", min=16, max=1080, help="Height of each picture.")] = 108,
    set_: SettingOption = None,
    day: DayOption = None,
) -> None:
    """Draw one sheet that shows all outputs at regular times of the score, with every cue and transition."""
    from installation.editions.production import Production
    from installation.rehearsal.strip import write_strip

    typer.echo(write_strip(Production.open(score, settings=set_ or (), day=day), out, every, height))


def preflight(
    score: ScoreArgument,
    *,
    rig: Annotated[
        Path | None,
        typer.Option(metavar="RIG", help="The venue's rig. With it, `preflight` checks what each monitor shows."),
    ] = None,
    every: Annotated[str, typer.Option(metavar="TIME", help="Check one frame in this time.")] = "1s",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    page: Annotated[Path | None, typer.Option(metavar="FILE.html", help="Also write a page with pictures.")] = None,
    set_: SettingOption = None,
    day: DayOption = None,
) -> None:
    """Check the whole show: black, flashes, burn-in, missing neurons, cost. Exits with 2 if something must change."""
    from installation.files import write_atomically
    from installation.rehearsal.findings import unplayable
    from installation.rehearsal.preflight_page import as_html
    from installation.rehearsal.preflight_report import as_json, as_text

    if page is not None and page.suffix.lower() not in (".html", ".htm"):
        raise ScoreError(f"--page: a page is an HTML file; {page} ends in {page.suffix or 'nothing'}")
    try:
        found = _looked_through(score, rig, every, set_ or [], day)
    except ScoreError as error:
        if not (error.mistakes and (json or page)):
            raise
        found = unplayable(score.stem, error.mistakes)
    if page is not None:
        write_atomically(page, as_html(found).encode())
    typer.echo(as_json(found) if json else as_text(found), nl=not json)
    if not found.passed:
        raise typer.Exit(ScoreError.exit_code)


def _looked_through(score: Path, rig: Path | None, every: str, settings: list[str], day: str | None) -> Preflight:
    """Run the preflight checks on a score. Raises ScoreError with all mistakes if it cannot be played."""
    from installation.editions.production import Production
    from installation.outputs.headless import Headless
    from installation.picture.decoding.choosing.choice import choose
    from installation.rehearsal.connected_rig import connected_rig_of
    from installation.rehearsal.preflight import preflight as look

    production = Production.open(score, settings=settings, day=day)
    step = production.frame_number(every, "--every")
    if step < 1:
        raise ScoreError(f"--every: {every} is less than one frame; use at least 1f")
    wall = connected_rig_of(rig, production.score) if rig is not None else None

    def tell(word: str) -> None:
        typer.echo(f"{word} …", err=True)

    with closing(choose(production.interpolator, time.monotonic, open_gl=Headless).decoder) as decoder:
        return look(production, step / float(production.score.fps), tell, wall=wall, decoder=decoder)
