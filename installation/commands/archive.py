"""The commands `installation pack` and `installation unpack`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from installation.commands.options import RigOption, ScoreArgument
from installation.errors import ScoreError


def pack(
    score: ScoreArgument,
    out: Annotated[Path, typer.Option(metavar="FILE.zip", help="Write the archive into this file.")],
    *,
    rig: RigOption = None,
    desk: Annotated[Path | None, typer.Option(metavar="DESK.yaml", help="Pack this desk file, too.")] = None,
    wheels: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Pack the wheels in this folder, as `pip download` gives them.")
    ] = None,
) -> None:
    """Pack a show into one file, for a museum: score, rig, desk, atlas, checksums, versions and how it looked."""
    from installation.book.archive import pack as write

    if out.suffix.lower() != ".zip":
        raise ScoreError(f"--out: an archive is a .zip file; {out} ends in {out.suffix or 'nothing'}")
    found = sorted(wheels.glob("*.whl")) if wheels else []
    if wheels and not found:
        raise ScoreError(f"--wheels: there is no .whl file in {wheels}")
    names = write(score, out, rig, desk, found)
    typer.echo(f"{out}: {len(names)} files", err=True)
    typer.echo(out)


def unpack(
    archive: Annotated[Path, typer.Argument(metavar="FILE.zip", help="What `installation pack` wrote.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Unpack into this new folder.")],
) -> None:
    """Unpack a show, check every file, draw its stills anew and compare. Exits with 1 if it looks different."""
    from installation.book.unpacking import unpack as open_archive
    from installation.player.provenance import versions

    verdict = open_archive(archive, out)
    for name, steps in verdict.differences.items():
        typer.echo(f"{name}: {'could not be drawn' if steps is None else f'differs by {steps} of 255 at most'}")
    for sentence in verdict.failures:
        typer.echo(sentence, err=True)
    now = versions()
    for name, then in verdict.versions.items():
        if now.get(name) != then:
            typer.echo(f"note: {name} was {then}, and is {now.get(name, 'not there')} now", err=True)
    if not verdict.is_same:
        typer.echo("the show looks different; the files are intact: install the versions of that time", err=True)
        raise typer.Exit(1)
    typer.echo(f"the show looks as it did; play it with: installation play {verdict.score}")
