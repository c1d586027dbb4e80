"""What is a word alone (`mirror`), or a word with its quantity and options (`{dissolve: 3s, ease: smooth}`)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from installation.language.kinds import Kind, Schema, shown, wrong_shape
from installation.language.nodes import Mapping, Node, NodeError, Scalar
from installation.language.reading import Atlas, Reading, nearest
from installation.language.shapes import attempt

T = TypeVar("T")


@dataclass(frozen=True)
class Form(Generic[T]):
    """One of the things that a `Tagged` may be: how it is made of its quantity and options, written like `example`.

    `bare` says that the word may stand alone.
    """

    make: Callable[..., T]
    about: str
    quantity: Kind[Any] | None = None
    example: str = ""
    bare: bool = True
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tagged(Generic[T]):
    """One of several forms: `what` it is called, forms by their words, options with their kinds and meanings."""

    what: str
    forms: dict[str, Form[T]]
    options: dict[str, tuple[Kind[Any], str]]
    synonyms: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def words(self) -> str:
        return ", ".join(f"`{_example(word, form)}`" for word, form in self.forms.items())

    def read(self, node: Node, reading: Reading) -> T:
        if isinstance(node, Scalar):
            return self._bare(node)
        if not isinstance(node, Mapping):
            raise wrong_shape(node, f"{self.what}: one of {', '.join(self.forms)}")
        tags = [word for word in node.entries if word in self.forms]
        unknown = [word for word in node.entries if word not in self.forms and word not in self.options]
        for word in unknown:
            reading.refuse(node.entries[word][0], f"{shown(word)} is unknown in {self.what}{self._near(word)}")
        if len(tags) != 1:
            if unknown:
                raise NodeError(node, "")
            many = f"{' and '.join(tags)} at once" if tags else "none of them"
            raise NodeError(node, f"{self.what} is exactly one of {', '.join(self.forms)}, not {many}")
        return self._tagged(node, tags[0], reading)

    def _bare(self, node: Scalar) -> T:
        form = self.forms.get(node.text)
        several = re.fullmatch(r"(\w+)[\s:=]+(\S.*)", node.text)
        if form is None and several and (meant := self.forms.get(several[1].lower())) and meant.quantity is not None:
            word, rest = several[1].lower(), several[2]
            written = f"{{{word}: {rest}}}" if _reads(meant.quantity, rest) else _example(word, meant)
            raise NodeError(node, f"{shown(node.text)} is one word here: write it like {written}")
        if form is None:
            raise NodeError(node, f"{self.what} {shown(node.text)} is unknown{self._near(node.text)}")
        if not form.bare and form.quantity is not None:
            raise NodeError(node, f"{node.text} alone is not enough: write it like {_example(node.text, form)}")
        return form.make(None)

    def _near(self, word: str) -> str:
        if word.lower() in self.synonyms:
            return f"; did you mean {self.synonyms[word.lower()]!r}?"
        return nearest(word, [*self.forms, *self.options]) or f"; there is {', '.join(self.forms)}"

    def _tagged(self, node: Mapping, tag: str, reading: Reading) -> T:
        form = self.forms[tag]
        tag_node, quantity_node = node.entries[tag]
        if form.quantity is None:
            raise NodeError(tag_node, f"{tag} stands alone: write {tag}")
        quantity = attempt(form.quantity, quantity_node, reading)
        chosen: dict[str, Any] = {}
        for word, (option_node, value_node) in node.entries.items():
            if word not in self.options:
                continue
            if word not in form.options:
                takers = [other for other, one in self.forms.items() if word in one.options]
                reading.refuse(option_node, f"{tag} takes no {word}; that goes with {', '.join(takers)}")
                continue
            value = attempt(self.options[word][0], value_node, reading)
            if value is not None:
                chosen[word] = value
        if quantity is None:
            raise NodeError(node, "")
        return form.make(quantity, **chosen)

    def schema(self) -> Schema:
        bare = [word for word, form in self.forms.items() if form.bare]
        kinds: list[Schema] = [{"enum": bare}] if bare else []
        for word, form in self.forms.items():
            if form.quantity is None:
                continue
            properties = {word: {"description": form.about, **form.quantity.schema()}}
            for option in form.options:
                kind, about = self.options[option]
                properties[option] = {"description": about, **kind.schema()}
            kinds.append(
                {"type": "object", "properties": properties, "required": [word], "additionalProperties": False}
            )
        return {"anyOf": kinds}


def _reads(kind: Kind[Any], text: str) -> bool:
    """Whether a word would be understood, as far as that can be said without the score around it."""
    try:
        kind.read(Scalar(0, 0, text=text), Reading(Path(), _no_atlas, Path()))
    except NodeError:
        return False
    return True


def _no_atlas(_folder: Path) -> Atlas:
    raise AssertionError("no quantity names a neuron")


def _example(word: str, form: Form[Any]) -> str:
    return f"{{{word}: {form.example}}}" if form.example else word
