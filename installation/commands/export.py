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
    out: Annotated[Path, typer.Option(metavar="FILE.mp4|FILE.mov|DIR", help="Write a film, or a folder of pictures.")],
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
    rig: Annotated[
        Path | None, typer.Option(metavar="RIG", help="Film what the monitors of this rig show; see docs/rig.md.")
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="NAME", help="Write this format, such as prores-4444 or exr; see docs/delivery.md."
        ),
    ] = None,
    range_: Annotated[
        str | None,
        typer.Option(
            "--range",
            metavar="sdr|pq|hlg",
            help="Tag and encode the film for HDR screens.",
            show_default="the score's film_range",
        ),
    ] = None,
    set_: SettingOption = None,
    day: DayOption = None,
) -> None:
    """Film a score, frame for frame: one film per output."""
    from installation.editions.production import Production
    from installation.outputs.films.formats import format_named, range_named
    from installation.player.offline import export_film

    asked = range_named(range_) if range_ else None
    format_named(format_, out, asked or "sdr")  # a mistake is told before the score is read
    production = Production.open(score, fps=fps, size=parse_size(size), output=output, settings=set_ or (), day=day)
    signal_range = asked or production.score.film_range
    film = format_named(format_, out, signal_range)
    for path in export_film(production, out, from_, to, journal, film=film, signal_range=signal_range, rig=rig):
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
