"""Makes broken inputs from good ones: edited text and bytes, and JSON values with replaced parts."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from copy import deepcopy
from random import Random
from typing import Any

WORD = re.compile(rb"[^\s,:\[\]{}\"']+")

MAX_DEPTH = 20_000
"""Depth of nested brackets: far beyond what a recursive reader survives."""

WORDS = (
    *("", "0", "-1", "1", "0.5", "-0.0", "1e400", "-1e400", "1e-400", "nan", ".nan", ".inf", "inf", "NaN", "1e9999999"),
    *("9" * 400, "9" * 5_000, "0x7fffffff", "0o777", "1_000", "2147483648", "9223372036854775808", "1/0", "1/3"),
    *("0:00", "1:30", "99:99:99", "-1:00", "24:00", "9999-12-31", "0001-01-01", "2026-02-30", "12:00-12:00"),
    *("10s", "100%", "-5%", "1e308s", "0s", "1 frame", "5ms", "1920x1080", "0x0", "99999x99999", "1x", "1e9x1e9"),
    *("true", "no", "null", "~", "*", "&a", "*a", "<<", "!!python/object:os.system", "!!binary", "|", ">", "%YAML 9.9"),
    *("$x", "$", "${", "{x}", "{", "}", "../../etc/passwd", "/dev/zero", "/dev/full", "/", ".", "..", "~root"),
    *("file:///etc", "-i", "--help", "a\0b", "\t", "\u202e", "\ufeff", "\u0130", "\u1e9e", "e\u0301", "\U0001f600"),
    *("x" * 70, "x" * 600, "ä" * 40, "DOMAIN_MIN", "LUT_3D_SIZE", "LUT_1D_SIZE 16384", "#", "- -", "? :"),
)
"""Words that replace others in a file."""

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 0.5, -0.5, 2**31, 2**63, 2**64, 10**400, 1e308, -1e308, 5e-324),
    *(float("nan"), float("inf"), -float("inf"), "", " ", "0", "nan", "1/0", "1e9999999", "9" * 5_000, "a\0b"),
    *("\ud800", "x" * 300, "../x", "/etc/passwd", [], {}, [[]], [None], {"": None}, {"a": {"b": []}}, [0] * 300),
)
"""Values that replace others in JSON."""


def broken_text(chance: Random, examples: Sequence[bytes]) -> bytes:
    """An example with up to four edits; one in thirty is pure noise."""
    if chance.random() < 1 / 30:
        return chance.randbytes(chance.randrange(300))
    text = bytearray(chance.choice(examples))
    for _ in range(chance.randint(1, 4)):
        _edit(chance, text, examples)
    return bytes(text)


def broken_bytes(chance: Random, examples: Sequence[bytes]) -> bytes:
    """An example with a few wrong, missing or additional bytes."""
    data = bytearray(chance.choice(examples))
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(6):
            case 0:
                del data[at:]
            case 1:
                data[at:at] = chance.randbytes(chance.randint(1, 16))
            case 2:
                del data[at : at + chance.randint(1, 16)]
            case 3:
                data[at : at + 4] = chance.choice(
                    (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0")
                )
            case _:
                data[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(data)


def broken_value(chance: Random, value: Any) -> Any:
    """A copy of a JSON value with replaced, missing or additional parts; parts at all depths are equally likely."""
    root = [deepcopy(value)]
    for _ in range(chance.randint(1, 3)):
        places = list(_places(root))
        inside, key = chance.choice(places)
        match chance.randrange(6):
            case 0 if inside is not root:
                del inside[key]
            case 1:
                other, other_key = chance.choice(places)
                inside[key] = deepcopy(other[other_key])
            case 2 if isinstance(inside, dict):
                inside[chance.choice(("", "x", "__class__", "a\0b", key + "_"))] = deepcopy(chance.choice(VALUES))
            case _:
                inside[key] = deepcopy(chance.choice(VALUES))  # a copy, or an edit would change all later inputs
    return root[0]


def json_bytes(chance: Random, value: Any) -> bytes:
    """A JSON value as bytes; one in six has an edit, so that it may be no JSON or far too deep."""
    text = bytearray(json.dumps(value).encode())
    if chance.random() < 1 / 6:
        _edit(chance, text, (b"[]", b"{}", b"null"))
    return bytes(text)


def _places(inside: Any) -> Any:
    """Every (container, key) in a nest of lists and objects."""
    for key in inside if isinstance(inside, dict) else range(len(inside)):
        yield inside, key
        if isinstance(inside[key], dict | list):
            yield from _places(inside[key])


def _edit(chance: Random, text: bytearray, examples: Sequence[bytes]) -> None:
    """Add one error: in a line, in a word, or between words."""
    words = list(WORD.finditer(text))
    start, end = chance.choice(words).span() if words else (0, 0)
    match chance.randrange(16):
        case 0 | 1 | 2:
            _edit_line(chance, text)
        case 3:
            del text[chance.randrange(len(text) + 1) :]
        case 4:
            text[start:start] = chance.randbytes(chance.randint(1, 4))
        case 5:
            other = chance.choice(examples)
            at = chance.randrange(len(other) + 1)
            text[start:end] = other[at : at + chance.randrange(80)]
        case 6:
            text[start:end] = chance.choice(words).group() if words else b""
        case 7 if chance.random() < 1 / 8:  # these inputs are slow
            text[start:end] = chance.choice((b"[", b"{a: ", b"- ", b'{"a":', b"? ")) * chance.choice((20, MAX_DEPTH))
        case 8:
            around = chance.choice((b"[%s]", b"{%s: 1}", b"[%s, %s]", b"'%s'", b"!%s", b"&%s 1"))
            text[start:end] = around.replace(b"%s", bytes(text[start:end]))
        case _:
            text[start:end] = chance.choice(WORDS).encode()


def _edit_line(chance: Random, text: bytearray) -> None:
    """Remove, repeat or indent a line."""
    lines = bytes(text).split(b"\n")
    at = chance.randrange(len(lines))
    before = chance.choice((b" ", b"  ", b"    ", b"\t", b"- ", b"? "))
    lines[at : at + 1] = chance.choice(([], [lines[at], lines[at]], [before + lines[at]]))
    text[:] = b"\n".join(lines)
