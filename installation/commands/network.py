"""`installation network ...`: which networks exist, whether their files are sound, and how to import them."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from installation.errors import InstallationError, ScoreError

if TYPE_CHECKING:
    from installation.studio.networks.card import Card

app = typer.Typer(help="Show and import the image recognition networks that neurons come from.", no_args_is_help=True)

WIDTH_IN_A_PIPE = 120
"""The width in columns of a table that goes to a file or another program."""

NetworksFolder = Annotated[
    Path | None,
    typer.Option("--networks", help="The folder with the network files [NEURAL_IMAGE_NETWORKS].", metavar="DIR"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per network, a line each.")]


@app.command("list")
def list_networks(networks: NetworksFolder = None, *, as_json: AsJson = False) -> None:
    """List all known networks, your own too, and whether their files are there."""
    from installation.studio.networks.registry import cards

    folder = _folder_if_named(networks)
    found = [(card, _state(card, folder)) for card in cards(folder).values()]
    if as_json:
        for card, state in found:
            typer.echo(json.dumps({**_facts(card), "state": state}, ensure_ascii=False))
        return
    table = Table(box=None)
    for heading in ("name", "file", "architecture", "licence"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("name", "file"))
    for card, state in found:
        table.add_row(card.name, state, card.architecture, card.licence)
    _print(table)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A network's name.")],
    networks: NetworksFolder = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show what is known about a network: where it comes from, what it takes, and every layer that you can name."""
    from installation.studio.networks.loaders import wiring_of
    from installation.studio.networks.registry import card_of

    folder = _folder_if_named(networks)
    card = card_of(name, folder)
    wiring = wiring_of(card, folder or Path())
    layers = {layer: (wiring.channels(layer), wiring.smallest_px(layer)) for layer in wiring.layers}
    facts = _facts(card) | {"state": _state(card, folder)}
    if as_json:
        told = [
            {"layer": layer, "channels": channels, "smallest_px": smallest, "branch": layer in wiring.branches}
            for layer, (channels, smallest) in layers.items()
        ]
        typer.echo(json.dumps({**facts, "layers": told}, ensure_ascii=False))
        return
    table = Table(show_header=False, box=None)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for fact, value in facts.items():
        table.add_row(fact, _words(value))
    _print(table)
    table = Table("layer", "channels", "smallest picture", "", box=None)
    for layer, (channels, smallest) in layers.items():
        repeats = "" if layer in wiring.branches else "repeats others"
        table.add_row(f"{name}/{layer}", str(channels), f"{smallest} px" if smallest else "not known", repeats)
    _print(table)


@app.command()
def check(
    name: Annotated[str | None, typer.Argument(help="A network's name. Without it, all whose files are there.")] = None,
    networks: NetworksFolder = None,
) -> None:
    """Check that a network's file is the right one, is sound, and computes here what it computed elsewhere."""
    from installation.studio.networks.golden import verdict
    from installation.studio.networks.registry import card_of, cards, networks_folder

    folder = networks_folder(networks)
    known = cards(folder).values() if name is None else [card_of(name, folder)]
    chosen = [card for card in known if name is not None or (folder / card.file).exists()]
    if not chosen:
        raise ScoreError(f"{folder}: no file of a known network; `installation network list` names them")
    failed = False
    for card in chosen:
        try:
            typer.echo(f"{card.name}: {verdict(card.name, folder)}")
        except InstallationError as error:
            failed = True
            typer.echo(f"{card.name}: {error}", err=True)
    if failed:
        raise typer.Exit(1)


@app.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(help="The published file: a .caffemodel, or a frozen TensorFlow graph (.pb).")
    ],
    networks: NetworksFolder = None,
    name: Annotated[
        str | None,
        typer.Option("--as", help="Which network it is, if the file's name does not say so.", metavar="NETWORK"),
    ] = None,
) -> None:
    """Convert the file that a network's makers published. Nothing in it is executed."""
    from installation.studio.networks.importing import card_for, import_network
    from installation.studio.networks.registry import networks_folder

    folder = networks_folder(networks)
    card = card_for(file, name)
    typer.echo(import_network(file, card, folder))
    typer.echo(f"look at it with `installation network check {card.name}`", err=True)


def _folder_if_named(given: Path | None) -> Path | None:
    from installation.studio.networks.registry import FOLDER_VARIABLE, networks_folder

    return networks_folder(given) if given or os.environ.get(FOLDER_VARIABLE) else None


def _state(card: Card, folder: Path | None) -> str:
    if folder is None:
        return "no folder named"
    return "there" if (folder / card.file).exists() else "not there"


def _facts(card: Card) -> dict[str, object]:
    """The facts on a card, without those that only serve to check a network."""
    return {word: value for word, value in asdict(card).items() if value and word not in ("golden", "golden_file")}


def _words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_words(one)}" for key, one in value.items() if one is not None)
    if isinstance(value, tuple):
        return " ".join(map(_words, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _print(table: Table) -> None:
    console = Console()
    console.width = console.width if console.is_terminal else WIDTH_IN_A_PIPE
    console.print(table)
