"""Reads a file to the root of its nodes, and reports mistakes of the file itself, such as a wrong encoding."""

from __future__ import annotations

import hashlib
from pathlib import Path

from installation.files import MISSING, read_regular, why_missing
from installation.language import limits
from installation.language.nodes import Node, compose
from installation.language.reading import Reading, nearest

WHOLE_FILE = Node(1, 1)
"""The position of a mistake of the whole file."""


def root_of(reading: Reading) -> tuple[Node | None, str]:
    """The root node of the reading's file, None after a reported mistake, and the sha256 of its content."""
    data = _bytes(reading)
    if data is None:
        return None, ""
    digest = hashlib.sha256(data).hexdigest()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        where = Node(before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        reading.refuse(where, f"byte 0x{data[error.start]:02x} is not UTF-8: save the file as UTF-8 text")
        return None, digest
    root = compose(text, reading.refuse)
    if root is None and not reading.mistakes:
        reading.refuse(WHOLE_FILE, "this file is empty")
    return root, digest


def _bytes(reading: Reading) -> bytes | None:
    """The content of the file; None after a reported mistake, for example a file that is too large."""
    file = reading.file
    try:
        return read_regular(file, limits.FILE_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        why = why_missing(file)
        near = nearest(file.name, _names_beside(file)) if why == MISSING else ""
        reading.refuse(WHOLE_FILE, f"{why}{near}")
    except OSError as error:
        reading.refuse(WHOLE_FILE, error.strerror or f"this file cannot be read: {error}")
    return None


def _names_beside(file: Path) -> list[str]:
    try:
        return [other.name for other in file.parent.iterdir() if other.suffix in (".yaml", ".yml")]
    except (OSError, ValueError):
        return []
