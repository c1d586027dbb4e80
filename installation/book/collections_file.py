"""Collections: neurons chosen and annotated by people, in `collections.yaml` beside an atlas."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from installation.atlas.atlas import Atlas
from installation.errors import Mistake, ScoreError
from installation.language.containers import ListOf, Record, RecordOf, key, read_or_refuse
from installation.language.document import root_of
from installation.language.nodes import MappingNode
from installation.language.reading import Reading
from installation.language.scalars import FormatVersion, Name, String
from installation.score.score_scalars import NeuronScalar

NAME = "collections.yaml"
"""The file's name in an atlas's folder."""

ID = Name("a collection's id", r"[a-z0-9][a-z0-9-]*", "small letters a to z, digits and -", 60, "an address on the web")


@dataclass(frozen=True, slots=True)
class CollectionEntry:
    """A neuron (its address) in a collection, with the collection's note about it."""

    neuron: str
    note: str


@dataclass(frozen=True, slots=True)
class Collection:
    """An ordered list of neurons, with a title, a text and an author."""

    id: str
    title: str
    by: str
    text: str
    entries: tuple[CollectionEntry, ...]


@dataclass(frozen=True, slots=True)
class Collections:
    """All collections of an atlas, and the tags that people gave to neurons, by address."""

    collections: tuple[Collection, ...] = ()
    tags: dict[str, tuple[str, ...]] | None = None
    warnings: tuple[Mistake, ...] = ()

    def named(self, word: str) -> Collection:
        """The collection with this id. Raises ScoreError."""
        for one in self.collections:
            if one.id == word:
                return one
        have = ", ".join(one.id for one in self.collections) or "none"
        raise ScoreError(f"collection {word!r} is not in {NAME} of this atlas; it has {have}")

    def tags_of(self, address: str) -> tuple[str, ...]:
        """The tags of one neuron."""
        return (self.tags or {}).get(address, ())


@dataclass(frozen=True, kw_only=True, eq=False)
class EntrySpec(Record):
    """A neuron in a collection, with a note if you like."""

    neuron: str = key(NeuronScalar(), "Its name or address.", "", required=True)
    note: str = key(String(), "What this collection says about it.", "", default="nothing")
    synonyms: ClassVar[dict[str, str]] = {"name": "neuron", "text": "note", "annotation": "note"}


@dataclass(frozen=True, kw_only=True, eq=False)
class CollectionSpec(Record):
    """A collection of neurons, with a title and a text."""

    id: str = key(ID, "What addresses call it, once in the file.", "", required=True)
    title: str = key(String(), "Its title.", "", required=True)
    by: str = key(String(), "The author.", "", default="nobody")
    text: str = key(String(), "What it is about.", "", default="nothing")
    neurons: tuple[EntrySpec, ...] = key(
        ListOf(RecordOf(EntrySpec, "a neuron"), "neurons"), "Its neurons, in the order in which they are shown.", (),
        required=True,
    )  # fmt: skip
    synonyms: ClassVar[dict[str, str]] = {"name": "title", "author": "by", "entries": "neurons"}


@dataclass(frozen=True, kw_only=True, eq=False)
class TagSpec(Record):
    """A tag for several neurons. `atlas find` searches for it."""

    tag: str = key(String(), "The word.", "", required=True)
    neurons: tuple[str, ...] = key(ListOf(NeuronScalar(), "neurons"), "The neurons that have it.", (), required=True)
    synonyms: ClassVar[dict[str, str]] = {"name": "tag", "word": "tag"}


@dataclass(frozen=True, kw_only=True, eq=False)
class CollectionsSpec(Record):
    """Collections and tags of an atlas."""

    version: int = key(FormatVersion(1), "The version of this language; a player refuses a file of a newer version.", 1)
    collections: tuple[CollectionSpec, ...] = key(
        ListOf(RecordOf(CollectionSpec, "a collection"), "collections"), "All collections of the atlas.", (),
        default="none",
    )  # fmt: skip
    tags: tuple[TagSpec, ...] = key(
        ListOf(RecordOf(TagSpec, "a tag"), "tags"), "Words for neurons.", (), default="none"
    )


COLLECTIONS = RecordOf(CollectionsSpec, "collections")


def collections_of(atlas: Atlas) -> Collections:
    """The collections beside an atlas; empty without the file. Raises ScoreError with every mistake."""
    path = atlas.folder / NAME
    return read_collections(path, atlas) if path.exists() else Collections()


def read_collections(path: Path, atlas: Atlas | None = None) -> Collections:
    """Read collections of `atlas`, by default of the atlas beside them. Raises ScoreError with every mistake."""
    reading = Reading(path, lambda folder: atlas or Atlas.open(folder), path.parent)
    root, _ = root_of(reading)
    spec = read_or_refuse(COLLECTIONS, root, reading) if root else None
    if spec is not None:
        _refuse_twice(spec, reading)
    if reading.mistakes or spec is None:
        raise ScoreError("\n".join(map(str, reading.mistakes)), reading.mistakes)
    tags: dict[str, tuple[str, ...]] = {}
    for one in spec.tags:
        for address in one.neurons:
            tags[address] = (*tags.get(address, ()), one.tag)
    return Collections(tuple(map(_collection, spec.collections)), tags, reading.warnings)


def _collection(spec: CollectionSpec) -> Collection:
    entries = tuple(CollectionEntry(one.neuron, one.note) for one in spec.neurons)
    return Collection(spec.id, spec.title, spec.by, spec.text, entries)


def _refuse_twice(spec: CollectionsSpec, reading: Reading) -> None:
    """Refuse two collections with one id, and a collection with a neuron twice."""
    ids: dict[str, int] = {}
    for collection in spec.collections:
        _refuse_second(ids, collection.id, collection.node, "id", reading)
        shown: dict[str, int] = {}
        for entry in collection.neurons:
            _refuse_second(shown, entry.neuron, entry.node, "neuron", reading)


def _refuse_second(known: dict[str, int], value: str, node: MappingNode, word: str, reading: Reading) -> None:
    where = node.at(word)
    if value and value in known:
        reading.refuse(where, f"{word} {value!r} is given twice (first on line {known[value]})")
    known.setdefault(value, where.line)
