"""The known networks, and how to read one from the folder with the network files."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from installation.errors import AtlasError, ScoreError
from installation.studio.networks.card import Card, read_card
from installation.studio.networks.labels import read_labels
from installation.studio.networks.loaders import wiring_of
from installation.studio.networks.network import Network
from installation.studio.networks.sketch import SKETCH, sketch
from installation.studio.networks.weights import IMPORTED, WeightFile, fitted, read_weights

FOLDER_VARIABLE = "NEURAL_IMAGE_NETWORKS"
CARDS = Path(__file__).parent / "cards"

OWN = "*.card.yaml"
"""The user's own cards, in the folder with the network files; other YAML files there are not cards."""


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, Card]:
    return _read_cards(CARDS, "*.yaml")


def _read_cards(folder: Path, pattern: str) -> dict[str, Card]:
    read = [read_card(path) for path in sorted(folder.glob(pattern))]
    return {card.name: card for card in read}


def cards(folder: Path | None = None) -> Mapping[str, Card]:
    """The cards of all known networks by name: those that come with the project, and the user's own in `folder`.

    ScoreError for a mistake on a card, and for a user's card that takes a shipped network's name.
    """
    own = _read_cards(folder, OWN) if folder else {}
    if taken := sorted(own.keys() & _shipped().keys()):
        raise ScoreError(f"{folder}: a card names its network {taken[0]!r}, which is another's name; choose your own")
    return {**_shipped(), **own}


def card_of(name: str, folder: Path | None = None) -> Card:
    """The card of a network; ScoreError with the nearest name."""
    known = cards(folder)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ScoreError(f"network {name!r} is not known; {hint}known networks: {', '.join(known)}")
    return known[name]


def networks_folder(given: Path | None) -> Path:
    """The folder with the network files: `given`, else the environment variable NEURAL_IMAGE_NETWORKS."""
    named = given or (Path(os.environ[FOLDER_VARIABLE]) if os.environ.get(FOLDER_VARIABLE) else None)
    if named is None:
        raise ScoreError(
            f"no folder with network files: name it with --networks DIR or the environment variable {FOLDER_VARIABLE}"
        )
    if not named.is_dir():
        raise ScoreError(f"{named}: not a folder; --networks takes the folder that holds the network files")
    return named


def load_from(given: Path | None, name: str) -> Network:
    """A network by name from the folder that the user named; the sketch is computed and needs no folder."""
    return sketch() if name == SKETCH else load_network(name, networks_folder(given))


def load_network(name: str, folder: Path) -> Network:
    """Read a known network from `folder`; AtlasError unless its file is valid and the one that the card names."""
    card = card_of(name, folder)
    path = folder / card.file
    if not path.exists():
        raise AtlasError(f"{path}: the file of network {name!r} is not there; it is published in: {card.published}")
    file = read_weights(path)
    must_be_the_file(file, card)
    wiring = wiring_of(card, folder)
    return Network(card, file.sha256, wiring, fitted(file, wiring.shapes, name), labels_of(card, folder))


def must_be_the_file(file: WeightFile, card: Card) -> None:
    """AtlasError for a file that neither has the card's sha256 nor comes from an import."""
    if card.sha256 not in (None, file.sha256) and IMPORTED not in file.metadata:
        raise AtlasError(
            f"{file.path}: sha256 is {file.sha256}, network {card.name!r} needs {card.sha256}; fetch the file again"
        )


def labels_of(card: Card, folder: Path) -> tuple[str, ...]:
    """The class names of a network in channel order; empty if its card names no list."""
    if card.labels_file is None:
        return ()
    path = folder / card.labels_file
    labels = read_labels(path)
    if len(labels) != card.classes:
        raise AtlasError(
            f"{path}: {len(labels)} class names, network {card.name!r} has {card.classes} classes; fetch the list again"
        )
    return labels
