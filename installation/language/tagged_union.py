"""Values that are a single word (`mirror`), or a word with quantity and options (`{dissolve: 3s, ease: smooth}`)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from installation.language.containers import read_or_refuse
from installation.language.nodes import MappingNode, Node, NodeError, ScalarNode
from installation.language.reading import NeuronLookup, Reading, nearest
from installation.language.scalars import Schema, ValueType, quoted, wrong_node_type

T = TypeVar("T")


@dataclass(frozen=True)
class Alternative(Generic[T]):
    """One form of a `TaggedUnion`: `make` makes the value of quantity and options, `example` is a sample quantity.

    With `bare` the word may be alone.
    """

    make: Callable[..., T]
    about: str
    quantity: ValueType[Any] | None = None
    example: str = ""
    bare: bool = True
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class TaggedUnion(Generic[T]):
    """One of several forms: `what` is its name in messages; forms by their words, options with kinds and meanings."""

    what: str
    variants: dict[str, Alternative[T]]
    options: dict[str, tuple[ValueType[Any], str]]
    synonyms: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def words(self) -> str:
        return ", ".join(f"`{_example(word, variant)}`" for word, variant in self.variants.items())

    def read(self, node: Node, reading: Reading) -> T:
        if isinstance(node, ScalarNode):
            return self._bare(node)
        if not isinstance(node, MappingNode):
            raise wrong_node_type(node, f"{self.what}: one of {', '.join(self.variants)}")
        tags = [word for word in node.entries if word in self.variants]
        unknown = [word for word in node.entries if word not in self.variants and word not in self.options]
        for word in unknown:
            reading.refuse(node.entries[word][0], f"{quoted(word)} is unknown in {self.what}{self._near(word)}")
        if len(tags) != 1:
            if unknown:
                raise NodeError(node, "")
            many = f"{' and '.join(tags)} at once" if tags else "none of them"
            raise NodeError(node, f"{self.what} is exactly one of {', '.join(self.variants)}, not {many}")
        return self._tagged(node, tags[0], reading)

    def _bare(self, node: ScalarNode) -> T:
        variant = self.variants.get(node.text)
        several = re.fullmatch(r"(\w+)[\s:=]+(\S.*)", node.text)
        if (
            variant is None
            and several
            and (meant := self.variants.get(several[1].lower()))
            and meant.quantity is not None
        ):
            word, rest = several[1].lower(), several[2]
            written = f"{{{word}: {rest}}}" if _reads(meant.quantity, rest) else _example(word, meant)
            raise NodeError(node, f"{quoted(node.text)} is one word here: write it like {written}")
        if variant is None:
            raise NodeError(node, f"{self.what} {quoted(node.text)} is unknown{self._near(node.text)}")
        if not variant.bare and variant.quantity is not None:
            raise NodeError(node, f"{node.text} alone is not enough: write it like {_example(node.text, variant)}")
        return variant.make(None)

    def _near(self, word: str) -> str:
        if word.lower() in self.synonyms:
            return f"; did you mean {self.synonyms[word.lower()]!r}?"
        return nearest(word, [*self.variants, *self.options]) or f"; there is {', '.join(self.variants)}"

    def _tagged(self, node: MappingNode, tag: str, reading: Reading) -> T:
        variant = self.variants[tag]
        tag_node, quantity_node = node.entries[tag]
        if variant.quantity is None:
            raise NodeError(tag_node, f"{tag} stands alone: write {tag}")
        quantity = read_or_refuse(variant.quantity, quantity_node, reading)
        chosen: dict[str, Any] = {}
        for word, (option_node, value_node) in node.entries.items():
            if word not in self.options:
                continue
            if word not in variant.options:
                takers = [other for other, one in self.variants.items() if word in one.options]
                reading.refuse(option_node, f"{tag} takes no {word}; that goes with {', '.join(takers)}")
                continue
            value = read_or_refuse(self.options[word][0], value_node, reading)
            if value is not None:
                chosen[word] = value
        if quantity is None:
            raise NodeError(node, "")
        return variant.make(quantity, **chosen)

    def schema(self) -> Schema:
        bare = [word for word, variant in self.variants.items() if variant.bare]
        kinds: list[Schema] = [{"enum": bare}] if bare else []
        for word, variant in self.variants.items():
            if variant.quantity is None:
                continue
            properties = {word: {"description": variant.about, **variant.quantity.schema()}}
            for option in variant.options:
                kind, about = self.options[option]
                properties[option] = {"description": about, **kind.schema()}
            kinds.append(
                {"type": "object", "properties": properties, "required": [word], "additionalProperties": False}
            )
        return {"anyOf": kinds}


def _reads(kind: ValueType[Any], text: str) -> bool:
    """Whether a kind accepts a word, as far as that is known without the score around it."""
    try:
        kind.read(ScalarNode(0, 0, text=text), Reading(Path(), _no_atlas, Path()))
    except NodeError:
        return False
    return True


def _no_atlas(_folder: Path) -> NeuronLookup:
    raise AssertionError("no quantity names a neuron")


def _example(word: str, variant: Alternative[Any]) -> str:
    return f"{{{word}: {variant.example}}}" if variant.example else word
