"""The map of an atlas: a plate with similar pictures side by side, or one layer after the other.

t-SNE places the pictures by their embeddings (van der Maaten and Hinton 2008, in openTSNE). Then the map halves the
plane again and again, until every picture has its own cell of a grid. Both steps are deterministic.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from installation.book.order import in_layer_order
from installation.book.picture_index import PictureIndex
from installation.errors import DeviceError
from installation.show.frame import Address, Plate, Shot, View

Floats = NDArray[np.float64]
By = Literal["likeness", "layer"]

SEED = 7
PERPLEXITY = 12.0
"""Effective number of neighbours: few, so that small groups stay together."""

LEAST = 8
"""Fewer pictures come in the order of their layers instead of t-SNE's."""

GAP = 0.04


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


def map_of(index: PictureIndex, by: By = "likeness", aspect: float = 1.5) -> AtlasMap:
    """The map of an atlas whose width / height is about `aspect`. Raises DeviceError if openTSNE is missing."""
    count = len(index.neurons)
    columns = max(1, min(count, round(math.sqrt(count * aspect))))
    order = in_layer_order(index.neurons)
    if by == "likeness" and count >= LEAST:
        order = _on_grid(_plane(index.embeddings), columns)
    return AtlasMap(tuple(index.neurons[number].address for number in order), columns)


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


def _on_grid(places: Floats, columns: int) -> list[int]:
    """Indices of places in the order of a grid's cells, row by row: the left places fill the left half, recursively."""
    count = len(places)
    rows = -(-count // columns)
    cells = np.full((rows, columns), -1)

    def cells_in(left: int, top: int, right: int, bottom: int) -> int:
        """The number of cells in a part of the grid; the last row may be short."""
        full = (right - left) * (min(bottom, rows - 1) - top)
        last = max(0, min(right, count - (rows - 1) * columns) - left) if bottom == rows else 0
        return full + last

    def fill(numbers: NDArray[np.int_], left: int, top: int, right: int, bottom: int) -> None:
        if len(numbers) == 0:
            return
        if right - left == bottom - top == 1:
            cells[top, left] = numbers[0]
        elif right - left >= bottom - top:
            middle = (left + right) // 2
            ordered = numbers[np.argsort(places[numbers, 0], kind="stable")]
            split = cells_in(left, top, middle, bottom)
            fill(ordered[:split], left, top, middle, bottom)
            fill(ordered[split:], middle, top, right, bottom)
        else:
            middle = (top + bottom) // 2
            ordered = numbers[np.argsort(places[numbers, 1], kind="stable")]
            split = cells_in(left, top, right, middle)
            fill(ordered[:split], left, top, right, middle)
            fill(ordered[split:], left, middle, right, bottom)

    fill(np.arange(count), 0, 0, columns, rows)
    return [int(number) for number in cells.ravel()[:count]]
