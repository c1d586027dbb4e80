"""The command `installation identify`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table


def identify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A still, print, sheet or film.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print what the file says as JSON.")] = False,
    again: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Make it again, into this file, and compare the two.")
    ] = None,
    score: Annotated[Path | None, typer.Option(metavar="SCORE", help="The score that it was made from.")] = None,
    atlas: Annotated[Path | None, typer.Option(metavar="DIR", help="The atlas that it was made from.")] = None,
) -> None:
    """Say where a picture or film comes from, and whether it can be made again; make it again if you like."""
    from installation.book.identity import facts_in, make_again, origin_of, same_files, told

    facts = facts_in(file)
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False, indent=1))
        return
    table = Table(show_header=False, box=None)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for key, value in told(facts):
        table.add_row(key, value)
    Console().print(table)
    origin = origin_of(facts, file.parent, score, atlas)
    for sentence in origin.missing:
        typer.echo(f"cannot be made again: {sentence}")
    for sentence in origin.differs:
        typer.echo(f"note: {sentence}")
    if not origin.missing:
        typer.echo("can be made again from what is here")
    if again is not None:
        for path in make_again(facts, origin, file.parent, again):
            same = path.is_file() and same_files(path, file)
            typer.echo(f"{path}: {'exactly the same bytes' if same else 'other bytes than ' + str(file)}")
