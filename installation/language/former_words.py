"""Words of an earlier version: their places in a file, and the file with the present words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

LINE = re.compile("[^\\r\\n\\x85\\u2028\\u2029]*(?:\\r\\n|[\\r\\n\\x85\\u2028\\u2029]|$)")
"""A line with its end, as YAML counts lines."""


@dataclass(frozen=True, slots=True)
class Renaming:
    """A key `former` at a line and column, which count from 1, and its present word `word`."""

    line: int
    column: int
    former: str
    word: str


def renamed(text: str, renamings: Iterable[Renaming]) -> str:
    """`text` with the present words and no other change; a key with escape sequences stays."""
    lines = LINE.findall(text)
    for one in sorted(renamings, key=lambda one: (one.line, one.column), reverse=True):
        line = lines[one.line - 1]
        start = one.column - 1 + (one.line == 1 and text.startswith("\\ufeff"))
        start += line[start : start + 1] in ("'", '"')
        if line.startswith(one.former, start):
            lines[one.line - 1] = line[:start] + one.word + line[start + len(one.former) :]
    return "".join(lines)
