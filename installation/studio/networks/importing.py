"""Converts a network's file, as its makers published it, to safetensors."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from safetensors.torch import save
from torch import Tensor

from installation.errors import AtlasError, ScoreError
from installation.files import replacing
from installation.studio.networks.card import Card
from installation.studio.networks.loaders import wiring_of
from installation.studio.networks.published.caffe import read_caffemodel
from installation.studio.networks.published.tensorflow import read_graph
from installation.studio.networks.registry import cards
from installation.studio.networks.weights import WeightFile, fitted, origin, read_whole

READERS: Mapping[str, Callable[[bytes, str], dict[str, Tensor]]] = {
    ".caffemodel": read_caffemodel,
    ".pb": read_graph,
}
"""Suffix of a published file -> reader of its tensors."""


def card_for(path: Path, name: str | None) -> Card:
    """The card of network `name`, or of the one whose published file has `path`'s name; ScoreError if none fits."""
    importable = {card.name: card for card in cards().values() if card.published_file}
    if name is not None:
        if name not in importable:
            near = difflib.get_close_matches(name, importable, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise ScoreError(f"network {name!r} cannot be imported; {hint}these can: {', '.join(importable)}")
        return importable[name]
    for card in importable.values():
        if card.published_file and card.published_file.name == path.name:
            return card
    known = ", ".join(
        f"{card.published_file.name} ({card.name})" for card in importable.values() if card.published_file
    )
    raise ScoreError(f"{path}: not the name of a published file; known are {known}. Say which it is with --as NETWORK")


def import_network(path: Path, card: Card, folder: Path) -> Path:
    """Read the published file at `path`, and write the network's own file into `folder`; returns its path.

    AtlasError for a different or truncated file, or for values that are not finite.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise ScoreError(f"{path}: a file of kind {path.suffix!r} cannot be imported; these can: {', '.join(READERS)}")
    data = read_whole(path, "the published file")
    digest = hashlib.sha256(data).hexdigest()
    published = card.published_file
    if published and published.sha256 not in (None, digest):
        raise AtlasError(
            f"{path}: sha256 is {digest}, the published file of {card.name!r} has {published.sha256}; fetch it again"
        )
    shapes = wiring_of(card, folder).shapes
    tensors = {name: _shaped(value, shapes.get(name)) for name, value in reader(data, str(path)).items()}
    found = fitted(WeightFile(path, digest, tensors, {}), shapes, card.name)
    if published and published.order != card.input.order:
        first = next(iter(shapes))
        found[first] = found[first].flip(1)
    out = folder / card.file
    with replacing(out, make_folder=True) as file:
        file.write(save({name: value.contiguous() for name, value in found.items()}, origin(path, digest)))
    return out


def _shaped(value: Tensor, shape: tuple[int, ...] | None) -> Tensor:
    """Old Caffe files pad every shape to four sizes with ones in front."""
    if shape and tuple(value.shape) != shape and [n for n in value.shape if n != 1] == [n for n in shape if n != 1]:
        return value.reshape(shape)
    return value
