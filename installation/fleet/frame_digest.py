"""Compares the Frames of two machines: their digests, and the first field in which they differ."""

from __future__ import annotations

import hashlib
import re
from itertools import zip_longest

from installation.show.frame import Frame

DIGEST_CHARACTERS = 16

_PARTS = re.compile(r"[A-Za-z_]\w*=|[A-Za-z_]\w*\(|'[^']*'|[^\s,()=']+|[()]")
_FIELD = re.compile(r"([A-Za-z_]\w*)=")


def described(frame: Frame) -> str:
    """The Frame as text: equal Frames have equal texts on every machine."""
    return repr(frame)


def digest_of(words: str) -> str:
    """The digest of a described Frame."""
    return hashlib.sha256(words.encode()).hexdigest()[:DIGEST_CHARACTERS]


def first_difference(one: str, other: str) -> str:
    """The first field in which two described Frames differ, with both values; empty if they are equal.

    `outputs.cues.layers.opacity: 0.5 here, 0.6 there`.
    """
    path: list[str] = []
    field = ""
    for here, there in zip_longest(_PARTS.findall(one), _PARTS.findall(other), fillvalue="nothing"):
        if here != there:
            return f"{'.'.join([*path, field] if field else path) or 'frame'}: {here} here, {there} there"
        if match := _FIELD.fullmatch(here):
            field = match.group(1)
        elif here.endswith("("):
            path.append(field)
        elif here == ")" and path:
            field = path.pop()
    return ""
