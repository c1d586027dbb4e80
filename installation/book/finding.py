"""Finding neurons: by words, colour, measures and likeness, alone or together."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

from installation.atlas.atlas import Atlas, Neuron
from installation.atlas.layer_order import in_layer_order
from installation.book.description import COLOURS, colour_weights
from installation.book.picture_classes import Seen, spoken
from installation.book.picture_index import PictureIndex, described_file
from installation.errors import ScoreError

Floats = NDArray[np.float32]

LEAST_SHARE = 0.02
"""Classes with smaller shares are not found: a network always names five, however little it sees."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query: neurons that match all `words`, ordered by how well they match the rest.

    `colour` is a CSS name or #rrggbb; `most` and `least` are measures; `like` is a neuron or an image file.
    """

    words: tuple[str, ...] = ()
    colour: str | None = None
    most: tuple[str, ...] = ()
    least: tuple[str, ...] = ()
    like: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A neuron and how well it fits, 0 to 1.

    If the query has only words: 1 if the neuron is called so, otherwise the share of it that a network sees.
    """

    neuron: Neuron
    fit: float


class Finder:
    """Answers queries about an atlas; it prepares the common data once.

    `tags` are people's tags of neurons, by address; `seen` is what networks see in their pictures.
    """

    def __init__(
        self,
        atlas: Atlas,
        index: PictureIndex,
        tags: Mapping[str, Sequence[str]] = MappingProxyType({}),
        seen: Mapping[str, Seen] = MappingProxyType({}),
    ) -> None:
        self._atlas, self._index = atlas, index
        self._numbers = {neuron.address: number for number, neuron in enumerate(index.neurons)}
        self._places = np.empty(len(index.neurons), int)
        self._places[in_layer_order(index.neurons)] = np.arange(len(index.neurons))
        self._texts = [_text(neuron, tags.get(neuron.address, ())) for neuron in index.neurons]
        self._seen = [_classes(seen.get(neuron.address)) for neuron in index.neurons]
        self._every_text = [" ".join((text, *classes)) for text, classes in zip(self._texts, self._seen, strict=True)]

    def find(self, query: Query, limit: int | None = None) -> list[Found]:
        """Neurons that fit, the best first; equal ones in the order of layers. Raises ScoreError."""
        chosen, called = self._with_words(query.words)
        fits = self._fits(query)
        total = np.mean(fits, 0) if fits else called
        if query.like is not None and (itself := self._number(query.like)) is not None:
            chosen = chosen[chosen != itself]
        ordered = chosen[np.lexsort((self._places[chosen], -total[chosen]))][:limit]
        return [Found(self._index.neurons[number], float(total[number])) for number in ordered]

    def _fits(self, query: Query) -> list[Floats]:
        """Each neuron's fit, 0 to 1, to each criterion of the query besides words."""
        fits = []
        if query.colour is not None:
            shares = np.square(self._index.embeddings[:, COLOURS])
            total = np.maximum(shares.sum(1), 1e-9)
            fits.append(shares @ colour_weights(_rgb(query.colour)) / total)
        fits += [self._index.measure(word) for word in query.most]
        fits += [1 - self._index.measure(word) for word in query.least]
        if query.like is not None:
            fits.append(self._index.embeddings @ self._embedding(query.like))
        if len(fits) == 1:
            return [np.clip(fits[0], 0, 1)]
        return [_ranks(fit) for fit in fits]

    def _number(self, word: str) -> int | None:
        """The index of the neuron called `word`; None if there is none."""
        try:
            return self._numbers[self._atlas.find(word).address]
        except ScoreError:
            return None

    def _embedding(self, word: str) -> Floats:
        if (number := self._number(word)) is None and Path(word).suffix:
            return described_file(Path(word)).embedding
        found: Floats = self._index.embeddings[
            self._numbers[self._atlas.find(word).address] if number is None else number
        ]
        return found

    def _with_words(self, words: Sequence[str]) -> tuple[NDArray[np.int_], Floats]:
        """Indices of neurons with all words; and how well each neuron has them, 1 without its classes."""
        called = np.ones(len(self._texts), np.float32)
        if not words:
            return np.arange(len(called)), called
        wanted = [word.lower() for word in words]
        found = np.flatnonzero([all(word in text for word in wanted) for text in self._every_text])
        if len(found):
            for number in found:
                called[number] = _called(wanted, self._texts[number], self._seen[number])
            return found, called
        known = sorted({part for text in self._every_text for part in text.split() if len(part) > 2})
        near = [one for word in wanted for one in difflib.get_close_matches(word, known, n=2, cutoff=0.7)]
        hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else "; `installation atlas list` has all"
        raise ScoreError(f"no neuron has {' '.join(words)!r} in its name, label, tags, classes, layer or network{hint}")


def in_order_of(index: PictureIndex, neurons: Sequence[Neuron], measure: str) -> list[Neuron]:
    """`neurons`, those with the highest values of a measure first. Raises ScoreError."""
    amounts = dict(zip((neuron.address for neuron in index.neurons), index.measure(measure).tolist(), strict=True))
    return sorted(neurons, key=lambda one: -amounts[one.address])


def _ranks(values: Floats) -> Floats:
    """The share of smaller values, which makes different criteria comparable."""
    ranks = np.empty(len(values), np.float32)
    ranks[np.argsort(values, kind="stable")] = np.arange(len(values)) / max(len(values) - 1, 1)
    return ranks


def _rgb(colour: str) -> tuple[int, int, int]:
    try:
        red, green, blue, *_ = ImageColor.getrgb(colour)
    except ValueError:
        raise ScoreError(f"--colour: {colour!r} is not a colour; write a name such as teal, or #1a8f8a") from None
    return red, green, blue


def _text(neuron: Neuron, tags: Sequence[str]) -> str:
    parts = (neuron.name, neuron.label, neuron.network, neuron.layer, neuron.address, neuron.family, *tags)
    return " ".join(parts).replace("_", " ").lower() + " " + neuron.name.lower()


def _classes(seen: Seen | None) -> dict[str, float]:
    """The shares of the classes that are worth finding."""
    classes = seen.classes if seen else ()
    return {
        f"{spoken(name)} {name}".replace("_", " ").lower(): share for name, share in classes if share >= LEAST_SHARE
    }


def _called(words: Sequence[str], text: str, seen: Mapping[str, float]) -> float:
    if all(word in text for word in words):
        return 1.0
    return max((share for name, share in seen.items() if any(word in name for word in words)), default=0.0)
