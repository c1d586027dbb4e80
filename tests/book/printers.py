"""Profiles of printers that nobody has: one with little colour, and one that prints everything with black ink."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import product

from installation.book import profiles


def pale(name: str = "pale") -> bytes:
    """An RGB printer with less colour than a screen."""
    profiles.MADE[name] = ("Pale", ((0.45, 0.34), (0.31, 0.45), (0.24, 0.22)), profiles.ADOBE_CURVE)
    try:
        return profiles._made.__wrapped__(name)
    finally:
        del profiles.MADE[name]


def black_ink() -> bytes:
    """A CMYK printer whose only ink is black: lightness L of Lab is what is not K. ICC.1 10.11, lut8Type."""
    to_lab = [(round((1 - k) * 255), 128, 128) for _, _, _, k in product((0, 1), repeat=4)]
    to_ink = [(0, 0, 0, round((1 - lightness) * 255)) for lightness, _, _ in product((0, 1), repeat=3)]
    text = struct.pack(">4sII", b"text", 0, 0)
    tags = {
        b"desc": struct.pack(">4sII", b"desc", 0, 6) + b"Black\0" + b"\0" * 78,
        b"cprt": text,
        b"wtpt": struct.pack(">4sI3i", b"XYZ ", 0, 63190, 65536, 54061),
        b"A2B0": _table(4, 3, to_lab),
        b"B2A0": _table(3, 4, to_ink),
    }
    table, data, begin = b"", b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += struct.pack(">4sII", name, begin + len(data), len(content))
        data += content + b"\0" * (-len(content) % 4)
    head = struct.pack(
        ">I4xI4s4s4s12x4s28xI3i",
        *(begin + len(data), 0x02400000, b"prtr", b"CMYK", b"Lab ", b"acsp", 0, 63190, 65536, 54061),
    )
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + data


def _table(inputs: int, outputs: int, grid: Sequence[tuple[int, ...]]) -> bytes:
    straight = bytes(range(256))
    head = struct.pack(">4sIBBBx9i", b"mft1", 0, inputs, outputs, 2, *(65536 if i % 4 == 0 else 0 for i in range(9)))
    return head + straight * inputs + b"".join(map(bytes, grid)) + straight * outputs
