"""The commands `installation export` and `installation still`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from installation.commands.options import (
    DayOption,
    FpsOption,
    OutputOption,
    ScoreArgument,
    SettingOption,
    SizeOption,
    parse_size,
)
from installation.language.limits import STILL_SIDE_PX


def export(
    score: ScoreArgument,
    out: Annotated[
        Path, typer.Option(metavar="FILE.mp4|FILE.mov|DIR", help="Write a film, or a folder of PNG pictures.")
    ],
    *,
    output: OutputOption = None,
    from_: Annotated[str, typer.Option("--from", metavar="TIME", help="Begin the film at this time.")] = "0",
    to: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="End the film at this time. Without it, the film ends with the score."),
    ] = None,
    fps: FpsOption = None,
    size: SizeOption = None,
    journal: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Film the show as this journal recorded it.")
    ] = None,
    set_: SettingOption = None,
    day: DayOption = None,
) -> None:
    """Film a score, frame for frame: one film per output."""
    from installation.editions.production import Production
    from installation.player.offline import export_film

    production = Production.open(score, fps=fps, size=parse_size(size), output=output, settings=set_ or (), day=day)
    for path in export_film(production, out, from_, to, journal):
        typer.echo(path)


def still(
    score: ScoreArgument,
    at: Annotated[str, typer.Option(metavar="TIME", help="Take the frame at this time.")],
    out: Annotated[Path, typer.Option(metavar="FILE.png", help="Write this PNG file.")],
    *,
    output: OutputOption = None,
    size: SizeOption = None,
    set_: SettingOption = None,
    day: DayOption = None,
) -> None:
    """Write one frame as PNG, at any size: the same pixels as the exported frame at that time."""
    from installation.editions.production import Production
    from installation.player.offline import write_still

    size_px = parse_size(size, STILL_SIDE_PX)
    production = Production.open(score, size=size_px, output=output, settings=set_ or (), day=day, in_tiles=True)
    for path in write_still(production, out, at):
        typer.echo(path)
