"""Records as tables for the docs: each key with its accepted values, its default and its meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from installation.language.containers import Record, keys
from installation.language.tagged_union import Alternative, TaggedUnion


def record_table(record: type[Record]) -> str:
    """A table of the keys of a record."""
    rows = [
        (f"`{word}`", one.kind.words, "**required**" if one.required else one.default or "-", one.about)
        for word, one in keys(record).items()
    ]
    return table(("key", "takes", "if missing", "meaning"), rows)


def tagged_table(tagged: TaggedUnion[Any]) -> str:
    rows = [
        (f"`{word}`", _takes(variant), _options(variant), variant.about) for word, variant in tagged.variants.items()
    ]
    options = [(f"`{word}`", kind.words, about) for word, (kind, about) in tagged.options.items()]
    return f"{table(('word', 'takes', 'options', 'meaning'), rows)}\n\n{table(('option', 'takes', 'meaning'), options)}"


def _takes(variant: Alternative[Any]) -> str:
    if variant.quantity is None:
        return "nothing"
    return f"{variant.quantity.words}, or nothing" if variant.bare else variant.quantity.words


def _options(variant: Alternative[Any]) -> str:
    return ", ".join(f"`{word}`" for word in variant.options) or "-"


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
