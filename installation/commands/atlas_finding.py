"""`installation atlas find | similar | index | map | book`: find neurons, and show them in many ways."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from installation import SHIPPED_ATLAS
from installation.commands.atlas import AtlasFolder, NetworksFolder, describe_pictures, loader, png, print_table
from installation.errors import ScoreError

if TYPE_CHECKING:
    from installation.atlas.atlas import Atlas
    from installation.book.finding import Found, Query
    from installation.book.picture_index import PictureIndex

Limit = Annotated[int, typer.Option(min=1, help="Show this many, the best first.", metavar="N")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per neuron, a line each.")]
SheetFile = Annotated[Path | None, typer.Option("--sheet", help="Also draw them as a contact sheet.", metavar="FILE")]


def find(
    words: Annotated[
        list[str] | None,
        typer.Argument(help="Words in name, label, tags, classes, layer or network.", show_default=False),
    ] = None,
    *,
    colour: Annotated[
        str | None, typer.Option(help="Find pictures with much of this colour: teal, #1a8f8a.", metavar="COLOUR")
    ] = None,
    most: Annotated[
        list[str] | None,
        typer.Option(
            help="Show the highest in this measure first: busy, calm, dark, symmetric, ...", metavar="MEASURE"
        ),
    ] = None,
    least: Annotated[
        list[str] | None, typer.Option(help="Show the lowest in this measure first.", metavar="MEASURE")
    ] = None,
    like: Annotated[
        str | None, typer.Option(help="Find pictures like this neuron, or like this image file.", metavar="NEURON|FILE")
    ] = None,
    atlas: AtlasFolder = SHIPPED_ATLAS,
    limit: Limit = 20,
    as_json: AsJson = False,
    sheet: SheetFile = None,
) -> None:
    """Find neurons by words, colour, measures and likeness, alone or together."""
    from installation.book.finding import Query

    query = Query(tuple(words or ()), colour, tuple(most or ()), tuple(least or ()), like)
    _answer(atlas, query, limit, as_json=as_json, sheet=sheet)


def similar(
    neuron: Annotated[str, typer.Argument(help="A neuron's name or address, or an image file.")],
    *,
    atlas: AtlasFolder = SHIPPED_ATLAS,
    limit: Limit = 10,
    as_json: AsJson = False,
    sheet: SheetFile = None,
) -> None:
    """List the neurons whose pictures are most like a given one."""
    from installation.book.finding import Query

    _answer(atlas, Query(like=neuron), limit, as_json=as_json, sheet=sheet)


def index(atlas: AtlasFolder = SHIPPED_ATLAS, networks: NetworksFolder = None) -> None:
    """Bring what is stored about an atlas' pictures up to date: descriptions for `find`, the map, and the classes that
    networks see in them. `build` does it, too."""
    from installation.atlas.atlas import Atlas

    found = describe_pictures(Atlas.open(atlas), loader(networks))
    typer.echo(f"{atlas}: {found.pictures} pictures, {found.described} of them described anew, "
               f"{found.classified} classified anew")  # fmt: skip


def book(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Write the site into this folder.")],
    *,
    atlas: AtlasFolder = SHIPPED_ATLAS,
    title: Annotated[str, typer.Option(help="What the cover says.", metavar="WORDS")] = "The Neural Image",
) -> None:
    """Write an atlas as a site of pages that works from a disk: live pictures, layers, collections, every neuron."""
    from rich.console import Console
    from rich.progress import Progress

    from installation.atlas.atlas import Atlas
    from installation.book.catalogue import write_book
    from installation.book.collections_file import collections_of

    opened = Atlas.open(atlas)
    collections, described = collections_of(opened), _described(opened)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Drawing pages", total=None)
        write_book(
            opened, described, collections, out, title,
            lambda done, total: progress.update(task, completed=done, total=total),
        )  # fmt: skip
    typer.echo(out / "index.html")


def map_(
    out: Annotated[Path, typer.Option(metavar="FILE.png", help="Draw the map into this PNG file, at any size.")],
    *,
    atlas: AtlasFolder = SHIPPED_ATLAS,
    by: Annotated[
        str, typer.Option(help="Similar pictures side by side (likeness), or one layer after the other (layer).")
    ] = "likeness",
    size: Annotated[str, typer.Option(metavar="WxH", help="Size of the picture in pixels.")] = "2400x1600",
) -> None:
    """Draw a map of an atlas: every picture once, similar ones side by side."""
    from installation.atlas.atlas import Atlas
    from installation.atlas.map import ORDERS
    from installation.book.atlas_map import map_of, places_of
    from installation.book.map_picture import draw_map
    from installation.commands.options import parse_size
    from installation.language.limits import STILL_SIDE_PX

    order = next((one for one in ORDERS if one == by), None)
    if order is None:
        raise ScoreError(f"--by: {by!r} is none of {', '.join(ORDERS)}")
    width, height = parse_size(size, STILL_SIDE_PX) or (0, 0)
    opened = Atlas.open(atlas)
    described = _described(opened)
    found = map_of(described, places_of(atlas, described), order, width / height)
    draw_map(found, opened, (width, height), png(out), by)
    typer.echo(out)


def _answer(folder: Path, query: Query, limit: int, *, as_json: bool, sheet: Path | None) -> None:
    from installation.atlas.atlas import Atlas
    from installation.book.collections_file import collections_of
    from installation.book.describing import classes_of
    from installation.book.finding import Finder

    opened = Atlas.open(folder)
    described = _described(opened)
    tags, seen = collections_of(opened).tags or {}, classes_of(opened, described)
    found = Finder(opened, described, tags, seen).find(query, limit)
    if sheet is not None:
        from installation.book.contact_sheet import write_sheet

        write_sheet(opened, png(sheet, "--sheet"), [one.neuron for one in found])
    _tell(opened, found, as_json=as_json)


def _tell(opened: Atlas, found: list[Found], *, as_json: bool) -> None:
    if as_json:
        for one in found:
            told = {"name": one.neuron.name, "address": one.neuron.address, "label": one.neuron.label}
            typer.echo(json.dumps(told | {"fit": round(one.fit, 4)}, ensure_ascii=False))
        return
    print_table(opened, [one.neuron for one in found], [one.fit for one in found])


def _described(opened: Atlas) -> PictureIndex:
    """The atlas' picture index. A progress bar shows the pictures that must be described first."""
    from rich.console import Console
    from rich.progress import Progress

    from installation.book.picture_index import read_index

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Looking at pictures", total=None, visible=False)

        def told(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total, visible=True)

        return read_index(opened, told)
