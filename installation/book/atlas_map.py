"""The map of an atlas as a picture and a page: similar pictures side by side, or one layer after the other.

t-SNE places the pictures by their embeddings (van der Maaten and Hinton 2008, in openTSNE), the same every time on one
machine; atlas/map.py keeps the places and makes a grid of them.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from installation.atlas.layer_order import in_layer_order
from installation.atlas.map import By, StoredMap, on_grid, read_map
from installation.book.picture_index import PictureIndex
from installation.errors import AtlasError, DeviceError
from installation.show.frame import Address, Plate, Shot, View

Floats = NDArray[np.float64]

SEED = 7
PERPLEXITY = 12.0
"""Effective number of neighbours: few, so that small groups stay together."""

LEAST = 8
"""Fewer pictures come in the order of their layers instead of t-SNE's."""

GAP = 0.04

DECIMALS = 3
"""Of a place; the whole map is some fifty wide."""


@dataclass(frozen=True, slots=True)
class AtlasMap:
    """All neurons of an atlas, row by row, `columns` in a row."""

    neurons: tuple[Address, ...]
    columns: int

    @property
    def rows(self) -> int:
        return -(-len(self.neurons) // self.columns)

    @property
    def aspect(self) -> float:
        """Width / height of the whole map."""
        return self.columns / self.rows

    def shot(self, width: int, height: int) -> Shot:
        """The map, in square cells, as large as a picture of that size allows."""
        fills = min(width / self.columns, height / self.rows) * max(self.columns, self.rows) / min(width, height)
        return Shot(Plate(self.neurons, self.columns, GAP), View(zoom=fills))


def map_of(index: PictureIndex, places: StoredMap, by: By = "likeness", aspect: float = 1.5) -> AtlasMap:
    """The map of an atlas whose width / height is about `aspect`."""
    count = len(index.neurons)
    columns = max(1, min(count, round(math.sqrt(count * aspect))))
    if by == "likeness":
        order = on_grid([places.places[one.address] for one in index.neurons], columns)
    else:
        order = in_layer_order(index.neurons)
    return AtlasMap(tuple(index.neurons[number].address for number in order), columns)


def places_of(folder: Path, index: PictureIndex) -> StoredMap:
    """The places of an atlas's pictures: those in its map if it is of these pictures, or else worked out now.

    Raises DeviceError if openTSNE is missing.
    """
    try:
        stored = read_map(folder)
    except AtlasError:
        stored = None
    if stored is not None and stored.pictures == index.digest:
        return stored
    return StoredMap(_places(index), index.digest)


def _places(index: PictureIndex) -> dict[Address, tuple[float, float]]:
    """A place for each neuron; few pictures lie in a row, in the order of their layers."""
    if len(index.neurons) < LEAST:
        return {
            index.neurons[number].address: (float(place), 0.0)
            for place, number in enumerate(in_layer_order(index.neurons))
        }
    plane = _plane(index.embeddings).round(DECIMALS).tolist()
    return {one.address: (x, y) for one, (x, y) in zip(index.neurons, plane, strict=True)}


def _plane(embeddings: NDArray[np.float32]) -> Floats:
    """Places (pictures, 2) that put similar pictures side by side."""
    try:
        from openTSNE import TSNE  # type: ignore[import-untyped]  # it has no types
    except ImportError as error:
        raise DeviceError("openTSNE is missing, which makes maps: pip install 'installation[book]'") from error
    logging.getLogger("openTSNE").setLevel(logging.WARNING)
    count = len(embeddings)
    fitted = TSNE(
        perplexity=min(PERPLEXITY, (count - 1) / 3),
        metric="cosine",
        initialization="pca",
        neighbors="exact" if count <= 3000 else "annoy",
        negative_gradient_method="bh",
        random_state=SEED,
        n_jobs=1,
    ).fit(embeddings.astype(np.float64))
    return np.asarray(fitted, np.float64)
