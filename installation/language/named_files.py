"""A value that is one of a few names, or a file beside the text, which is checked when it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import PurePath

from installation.errors import MediaError
from installation.language.nodes import Node, NodeError
from installation.language.reading import Reading, nearest
from installation.language.scalars import Schema, quoted, unambiguous_text


class NameOrFile:
    """One of `names`, or a file with one of `suffixes` beside the text; reads as the name or the file's path.

    `check` raises MediaError for a file that cannot be used. `what` is what both are, such as `body`.
    """

    def __init__(
        self, what: str, names: Iterable[str], suffixes: Iterable[str], check: Callable[[str], object], words: str
    ) -> None:
        self._what, self._names, self._suffixes = what, tuple(names), tuple(suffixes)
        self._check = check
        self.words = words

    def read(self, node: Node, reading: Reading) -> str:
        text = unambiguous_text(node, f"a {self._what}")
        if text in self._names:
            return text
        if PurePath(text).suffix.lower() not in self._suffixes:
            there = f"there is {', '.join(self._names)}, or a file ({', '.join(self._suffixes)})"
            raise NodeError(node, f"{self._what} {quoted(text)} is unknown; {there}{nearest(text, self._names)}")
        path = reading.beside(text)
        if not path.is_file():
            raise NodeError(node, f"{self._what} {quoted(text)} is not a file here ({path})")
        try:
            self._check(str(path))
        except MediaError as error:
            raise NodeError(node, f"{self._what} {error}") from None
        return str(path)

    def schema(self) -> Schema:
        return {"type": "string"}
