"""Which networks are known, and how one is read from the folder with the network files."""

from __future__ import annotations

import difflib
import hashlib
import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from installation.errors import AtlasError, ScoreError
from installation.studio.networks.card import Card, read_card
from installation.studio.networks.labels import read_labels
from installation.studio.networks.network import Network
from installation.studio.networks.wirings.googlenet import googlenet
from installation.studio.networks.wirings.graph import Graph
from installation.studio.networks.wirings.inception_v3 import inception_v3
from installation.studio.networks.wirings.mobilenet_v2 import mobilenet_v2
from installation.studio.networks.wirings.squeezenet import squeezenet

FOLDER_VARIABLE = "NEURAL_IMAGE_NETWORKS"
CARDS = Path(__file__).parent / "cards"

WIRINGS: Mapping[str, Callable[[int], Graph]] = {
    "googlenet": googlenet,
    "inception_v3": inception_v3,
    "mobilenet_v2": mobilenet_v2,
    "squeezenet": squeezenet,
}
"""The word on a card -> what writes the graph down for a number of classes."""


@lru_cache(maxsize=1)
def cards() -> Mapping[str, Card]:
    """The cards of all networks that are known, by name."""
    read = [read_card(path) for path in sorted(CARDS.glob("*.yaml"))]
    return {card.name: card for card in read}


def card_of(name: str) -> Card:
    """The card of a network; ScoreError with the nearest name."""
    known = cards()
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


@lru_cache(maxsize=16)
def graph_of(wiring: str, classes: int) -> Graph:
    """The graph that a card's `wiring` and `classes` ask for."""
    if wiring not in WIRINGS:
        raise ScoreError(f"wiring {wiring!r} is not known; known wirings: {', '.join(WIRINGS)}")
    return WIRINGS[wiring](classes)


def load_network(name: str, folder: Path) -> Network:
    """Read a known network from `folder`; AtlasError unless its file is the one that the card names, and sound."""
    card = card_of(name)
    path = folder / card.file
    try:
        data = path.read_bytes()
    except OSError as error:
        raise AtlasError(f"{path}: the file of network {name!r} cannot be read ({error.strerror})") from error
    found = hashlib.sha256(data).hexdigest()
    if card.sha256 is not None and found != card.sha256:
        raise AtlasError(f"{path}: sha256 is {found}, network {name!r} needs {card.sha256}; fetch the file again")
    try:
        tensors = load(data)
    except SafetensorError as error:
        raise AtlasError(f"{path}: not a safetensors file ({error})") from error
    graph = graph_of(card.wiring, card.classes)
    must_fit(tensors, graph, card, path)
    weights = {
        # Channels last: 1.3 times as fast on the CPU.
        key: value.float().to(memory_format=torch.channels_last) if value.ndim == 4 else value.float()
        for key, value in tensors.items()
    }
    return Network(card, found, graph, weights, labels_of(card, folder))


def must_fit(tensors: Mapping[str, Tensor], graph: Graph, card: Card, path: Path) -> None:
    """AtlasError unless the file holds what the wiring needs, in its shapes, and nothing but finite numbers."""
    for name, shape in graph.shapes.items():
        value = tensors.get(name)
        if value is None:
            raise AtlasError(f"{path}: has no tensor {name!r}; this is not a file of network {card.name!r}")
        if tuple(value.shape) != shape:
            raise AtlasError(
                f"{path}: {name!r} is {_times(tuple(value.shape))}, network {card.name!r} needs {_times(shape)}; "
                "this is a file of another network"
            )
        if not value.isfinite().all():
            raise AtlasError(f"{path}: {name!r} holds values that are no finite numbers; fetch the file again")


def _times(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "a single number"


def labels_of(card: Card, folder: Path) -> tuple[str, ...]:
    """The class names of a network in channel order; empty where its card names no list."""
    if card.labels_file is None:
        return ()
    path = folder / card.labels_file
    labels = read_labels(path)
    if len(labels) != card.classes:
        raise AtlasError(
            f"{path}: {len(labels)} class names, network {card.name!r} has {card.classes} classes; fetch the list again"
        )
    return labels
