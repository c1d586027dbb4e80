"""The command `installation check`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from installation import FIRST_LIGHT
from installation.commands.options import RigOption
from installation.errors import InstallationError, Mistake, ScoreError

if TYPE_CHECKING:
    from installation.language.former_words import Renaming


def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE...",
            help="Scores, rigs, desk files, recipes or collections; `check` tells them apart by their keys.",
        ),
    ] = None,
    *,
    rig: RigOption = None,
    fix: Annotated[
        bool,
        typer.Option(
            "--fix", help="First rename the words of earlier versions in your files. Nothing else there changes."
        ),
    ] = False,
) -> None:
    """Check your files. It prints every mistake at once and exits with 2; without mistakes it exits with 0."""
    from installation.commands.file_formats import format_of, rename_former_words
    from installation.rig.venue import VENUE, read_venue
    from installation.score import reader
    from installation.score.model import SCORE

    wrong: list[InstallationError] = []
    if fix and rig is not None:
        _fix(rig, rename_former_words(rig, VENUE))
    for file in files or [FIRST_LIGHT]:
        known = format_of(file)
        if fix:
            _fix(file, rename_former_words(file, known.spec))
        try:
            _tell(file, known.warnings(file))
            if rig is not None and known.spec is SCORE:
                _tell(rig, read_venue(rig, reader.check(file).score).warnings)
        except InstallationError as error:
            wrong.append(error)
    if wrong:
        mistakes = tuple(mistake for error in wrong for mistake in error.mistakes)
        raise ScoreError("\n".join(map(str, wrong)), mistakes)


def _fix(file: Path, renamings: tuple[Renaming, ...]) -> None:
    for one in renamings:
        typer.echo(f"{file}:{one.line}:{one.column}: {one.former} is now {one.word}")


def _tell(file: Path, warnings: Sequence[Mistake]) -> None:
    for warning in warnings:
        typer.echo(f"warning: {warning}", err=True)
    typer.echo(f"{file}: no mistakes")
