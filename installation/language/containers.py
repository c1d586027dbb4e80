"""Combinations of words: lists, records of known keys, named things, and choices between shapes."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any, ClassVar, Generic, TypeVar

from installation.language.nodes import MappingNode, Node, NodeError, ScalarNode, SequenceNode
from installation.language.reading import Reading, nearest
from installation.language.scalars import Name, Schema, ValueType, quoted, wrong_node_type

T = TypeVar("T")
R = TypeVar("R", bound="Record")


def read_or_refuse(kind: ValueType[T], node: Node, reading: Reading) -> T | None:
    """The value of `node`, or None after a mistake, which it reports."""
    try:
        return kind.read(node, reading)
    except NodeError as wrong:
        if wrong.message:
            reading.refuse(wrong.node, wrong.message)
        return None


@dataclass(frozen=True)
class ListOf(Generic[T]):
    """A list of one kind; it reports wrong items and leaves them out."""

    kind: ValueType[T]
    what: str
    low: int = 1
    high: int = 10_000

    @property
    def words(self) -> str:
        if self.low == self.high:
            return f"list of {self.low} {self.what}"
        return f"list of {self.what}"

    def read(self, node: Node, reading: Reading) -> tuple[T, ...]:
        if not isinstance(node, SequenceNode):
            raise wrong_node_type(node, f"a {self.words}")
        count = len(node.items)
        if not self.low <= count <= self.high:
            allowed = f"{self.low}" if self.low == self.high else f"{self.low} to {self.high}"
            raise NodeError(node, f"{count} {self.what}; there must be {allowed}")
        found = (read_or_refuse(self.kind, item, reading) for item in node.items)
        return tuple(value for value in found if value is not None)

    def schema(self) -> Schema:
        return {"type": "array", "items": self.kind.schema(), "minItems": self.low, "maxItems": self.high}


@dataclass(frozen=True)
class ByNodeType(Generic[T]):
    """One kind for a word, one for a list, one for a mapping: the node's shape selects the kind."""

    words: str
    word: ValueType[T] | None = None
    list: ValueType[T] | None = None
    mapping: ValueType[T] | None = None

    def read(self, node: Node, reading: Reading) -> T:
        kind = {ScalarNode: self.word, SequenceNode: self.list, MappingNode: self.mapping}.get(type(node))
        if kind is None:
            raise wrong_node_type(node, self.words)
        return kind.read(node, reading)

    def schema(self) -> Schema:
        kinds = [kind for kind in (self.word, self.list, self.mapping) if kind]
        return {"anyOf": [kind.schema() for kind in kinds]}


@dataclass(frozen=True)
class NamedMapping(Generic[T]):
    """A mapping from names that the author chooses to values of one kind; `declare` registers them in the reading.

    A name with a wrong value reads as None, so that its uses are not reported as well.
    """

    name: Name
    kind: ValueType[T]
    what: str
    high: int
    declare: Callable[[dict[str, T | None], Reading], None]

    @property
    def words(self) -> str:
        return f"name: {self.kind.words}"

    def read(self, node: Node, reading: Reading) -> dict[str, T | None]:
        if not isinstance(node, MappingNode):
            raise wrong_node_type(node, f"{self.what} by name, one a line (name: ...)")
        if not 1 <= len(node.entries) <= self.high:
            raise NodeError(node, f"{len(node.entries)} {self.what}; there must be 1 to {self.high}")
        found: dict[str, T | None] = {}
        for key, child in node.entries.values():
            read_or_refuse(self.name, key, reading)
            found[key.text] = read_or_refuse(self.kind, child, reading)
        self.declare(found, reading)
        return found

    def schema(self) -> Schema:
        names = {"pattern": f"^{self.name.pattern}$"}
        return {
            "type": "object",
            "propertyNames": names,
            "additionalProperties": self.kind.schema(),
            "minProperties": 1,
            "maxProperties": self.high,
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class Record:
    """A mapping of known keys; subclasses declare them with `key`. `node` is its place in the file.

    `synonyms` map words that authors may try to the right keys: the reader refuses them with a hint. `former_words` map
    keys of an earlier version to the present ones: the reader accepts them with a warning. `schema_constraints` is JSON
    Schema for keys that need or exclude each other.
    """

    node: MappingNode
    synonyms: ClassVar[dict[str, str]] = {}
    former_words: ClassVar[dict[str, str]] = {}
    schema_constraints: ClassVar[Schema] = {}

    @property
    def said(self) -> dict[str, Any]:
        """The keys that the author wrote, with their values; only for a record without mistakes."""
        return {word: getattr(self, word) for word in self.node.entries}

    @classmethod
    def schema_name(cls) -> str:
        """The record's name in JSON Schema and docs: `ViewKeySpec` is `ViewKey`."""
        return cls.__name__.removesuffix("Spec")


@dataclass(frozen=True)
class DeclaredKey:
    """The declaration of a record's key; `default` is the default as the docs show it."""

    kind: ValueType[Any]
    about: str
    required: bool
    default: str


def key(kind: ValueType[T], about: str, fallback: Any, *, default: str = "", required: bool = False) -> Any:
    """Declares a key of a record; `fallback` is its value if it is missing or wrong."""
    plain = f"{fallback:g}" if isinstance(fallback, float) else f"{fallback}"
    told = default or (f"`{plain}`" if fallback is not None and not required else "")
    return dataclasses.field(default=fallback, metadata={"key": DeclaredKey(kind, about, required, told)})


def keys(record: type[Record]) -> dict[str, DeclaredKey]:
    """The keys of a record, in the order of reading and documentation.

    A key that is a Python keyword, such as `return`, has a field with a trailing `_`.
    """
    return {
        one.name.removesuffix("_"): one.metadata["key"] for one in dataclasses.fields(record) if "key" in one.metadata
    }


class RecordOf(Generic[R]):
    """A mapping that reads as a record; it reports every wrong, missing or unknown key."""

    def __init__(self, record: type[R], what: str) -> None:
        self.record = record
        self.what = what
        self.keys = keys(record)
        self.words = what
        self._fields = {
            word: (place, word, f"{word}_" if iskeyword(word) else word, known.kind)
            for place, (word, known) in enumerate(self.keys.items())
        }
        self._required = {word: known.about for word, known in self.keys.items() if known.required}

    def read(self, node: Node, reading: Reading) -> R:
        if not isinstance(node, MappingNode):
            raise wrong_node_type(node, f"{self.what} ({', '.join(self.keys)})")
        if "version" in self.keys and "version" in node.entries:
            self.keys["version"].kind.read(node.entries["version"][1], reading)  # a newer file gets this mistake only
        self._take_former_words(node, reading)
        if not node.entries.keys() <= self.keys.keys():
            self._refuse_unknown(node, reading)
        values: dict[str, Any] = {}
        fields = self._fields
        for _, word, name, kind in sorted([fields[word] for word in node.entries if word in fields]):
            value = read_or_refuse(kind, node.entries[word][1], reading)
            if value is not None:
                values[name] = value
        for word, about in self._required.items():
            if word not in node.entries:
                reading.refuse(node, f"{word!r} is missing: {about[0].lower()}{about[1:].rstrip('.')}")
        one = self.record.__new__(self.record)
        one.__dict__.update(values, node=node)  # as __init__, in half its time: fallbacks are attributes of the class
        return one

    def _refuse_unknown(self, node: MappingNode, reading: Reading) -> None:
        before: Node | None = None
        for word, (key_node, value_node) in node.entries.items():
            if word not in self.keys:
                reading.refuse(key_node, _decimal_comma(before, word, value_node) or self._unknown(word))
            before = value_node

    def _take_former_words(self, node: MappingNode, reading: Reading) -> None:
        """Moves the value of each former word to the present word."""
        if not self.record.former_words:
            return
        entries: dict[str, tuple[ScalarNode, Node]] = {}
        for written, (key_node, value) in node.entries.items():
            word = self.record.former_words.get(written, written)
            if word != written and word in node.entries:
                reading.refuse(
                    key_node, f"{written!r} is the former word for {word!r}, which stands here too; keep one"
                )
                continue
            entries[word] = key_node, value
            if word != written:
                reading.rename(key_node, word)
        node.entries = entries

    def _unknown(self, word: str) -> str:
        meant = self.record.synonyms.get(word.lower())
        hint = f"; did you mean {meant!r}?" if meant else nearest(word, self.keys)
        if ":" in word:
            hint = "; is the space after a colon missing?"
        return f"{quoted(word)} is not a key of {self.what}{hint or '; there is ' + ', '.join(self.keys)}"

    def schema(self) -> Schema:
        """A reference: every record has one definition, see `definition`."""
        return {"$ref": f"#/definitions/{self.record.schema_name()}"}


def _decimal_comma(before: Node | None, word: str, value: Node) -> str:
    """The message for a decimal comma, as in `{zoom: 1,5}`, which reads as a second key without a value; else empty."""
    is_rest = re.fullmatch(r"\d+", word, re.ASCII) and isinstance(value, ScalarNode) and not value.text
    if not is_rest or not isinstance(before, ScalarNode) or not re.fullmatch(r"[-+]?\d+", before.text, re.ASCII):
        return ""
    return f"a comma ends the number {before.text} here; did you mean {before.text}.{word}?"


def records(record: type[Record]) -> list[type[Record]]:
    """`record` and every record that it may contain, each once, in the order of their first use.

    Kinds of other rooms list the kinds that they contain in `made_of`.
    """
    found: dict[type[Record], None] = {record: None}
    for one in keys(record).values():
        for inner in _inside(one.kind):
            found |= dict.fromkeys(records(inner))
    return list(found)


def _inside(kind: ValueType[Any] | None) -> list[type[Record]]:
    match kind:
        case RecordOf():
            return [kind.record]
        case ListOf() | NamedMapping():
            return _inside(kind.kind)
        case ByNodeType():
            return [record for one in (kind.word, kind.list, kind.mapping) for record in _inside(one)]
        case _:
            return [record for one in getattr(kind, "made_of", ()) for record in _inside(one)]
