"""The command `installation check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from installation import FIRST_LIGHT
from installation.commands.options import RigOption
from installation.errors import Mistake, ScoreError


def check(
    scores: Annotated[list[Path] | None, typer.Argument(metavar="SCORE...", help="The scores, YAML files.")] = None,
    *,
    rig: RigOption = None,
) -> None:
    """Check scores, and a rig for them: 0 without mistakes, else every mistake at once and 2."""
    from installation.rig.venue import read_venue
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
