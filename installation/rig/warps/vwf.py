"""VIOSO's warp files: a point of the content for every pixel of a display, then bitmaps with blends.

VIOSO's programming interface describes them (VWBTypes.h): a file is one block, or a set of blocks after a header
`vwf1`. A block `vwf0`, `vwf2` or `vwf3` has a header and four floats for every pixel. Windows bitmaps follow: the
blend, then the black lift, then white.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

import numpy as np

from installation.errors import RigError
from installation.rig.mask import MAX_PIXELS, MAX_PX, LightShares
from installation.rig.warps.samples import ForeignWarp, doubles, samples_of_map

MAGIC, SET_MAGIC, BITMAP_MAGIC = (b"vwf0", b"vwf2", b"vwf3"), b"vwf1", b"BM"

HEADER = struct.Struct("<4s4I2i")
"""Magic, the header's own size, flags, the display's number, bytes of data, width, height."""

NAME_AT, NAME_BYTES = 28 + 4 * (4 + 4 + 16), 256
"""The name comes after white, black and sixteen reserved numbers."""

ZIPPED, IN_SPACE, DEEP_BLENDS = 0x1, 0x40, 0x100 | 0x200
"""Flags: compressed data, points in space instead of in the picture, blends of more than 8 bits."""

RECORD_BYTES = 16

MAX_BLOCKS = 256

GAMMA = 2.2
"""VIOSO's blends are shares of the signal: its calibration includes the projector's gamma."""

WAY_OUT = "export the warp again from VIOSO, for 2D content and without compression"


@dataclass(frozen=True, slots=True)
class _Block:
    """A warp in the file: its number from 1, its name, and its content."""

    name: str
    warp: ForeignWarp


def parse_vwf(data: bytes, where: str, region: str = "") -> ForeignWarp:
    """The warp of one display; `region` is its number from 1, or its name, if the file has several.

    Raises RigError.
    """
    blocks = _blocks(data, where)
    if not blocks:
        raise RigError(f"{where}: there is no warp in this file; {WAY_OUT}")
    for number, block in enumerate(blocks, start=1):
        if region in (str(number), block.name) or (not region and len(blocks) == 1):
            return block.warp
    names = ", ".join(
        f"{number} ({block.name})" if block.name else str(number) for number, block in enumerate(blocks, 1)
    )
    asked = f"none is called {region!r}" if region else "name one with --region"
    raise RigError(f"{where}: {len(blocks)} displays are in this file: {names}; {asked}")


def _blocks(data: bytes, where: str) -> list[_Block]:
    found: list[_Block] = []
    at, left = 0, 1
    if data[:4] == SET_MAGIC:
        _, left, at, _ = struct.unpack_from("<4s3I", data.ljust(16, b"\0"))
        if left > MAX_BLOCKS:
            raise RigError(f"{where}: {left} blocks; {MAX_BLOCKS} are read at most; {WAY_OUT}")
    blended = False
    while left and at < len(data):
        left -= 1
        if data[at : at + 4] in MAGIC:
            block, at = _warp(data, at, f"{where}, block {len(found) + 1}")
            found.append(block)
            blended = False
        elif data[at : at + 2] == BITMAP_MAGIC and found:
            shares, at = _bitmap(data, at, f"{where}, the blend of block {len(found)}")
            if not blended:  # bitmaps after the blend lift black and correct white
                warp = replace(found[-1].warp, blend=shares**GAMMA)
                found[-1] = replace(found[-1], warp=warp)
            blended = True
        else:
            raise RigError(f"{where}: {data[at : at + 4]!r} at byte {at} begins no block; {WAY_OUT}")
    return found


def _warp(data: bytes, at: int, where: str) -> tuple[_Block, int]:
    """The block at a byte offset, and the offset of the next block."""
    if len(data) < at + HEADER.size:
        raise RigError(f"{where}: the file ends within a header; {WAY_OUT}")
    _, header_bytes, flags, _, _, width, height = HEADER.unpack_from(data, at)
    if not (min(width, height) > 0 and max(width, height) <= MAX_PX and width * height <= MAX_PIXELS):
        raise RigError(f"{where}: {width}x{height} pixels; 1 to {MAX_PX} a side and {MAX_PIXELS:,} in all are read")
    if flags & (ZIPPED | IN_SPACE | DEEP_BLENDS):
        kinds = {ZIPPED: "is compressed", IN_SPACE: "has places in space", DEEP_BLENDS: "has blends of over 8 bits"}
        told = " and ".join(words for flag, words in kinds.items() if flags & flag)
        raise RigError(f"{where}: the warp {told}, which is not read; {WAY_OUT}")
    begin, wanted = at + header_bytes, RECORD_BYTES * width * height
    if header_bytes < HEADER.size or len(data) < begin + wanted:
        raise RigError(
            f"{where}: {len(data) - begin:,} bytes of places, and {width}x{height} need {wanted:,}; {WAY_OUT}"
        )
    records = np.frombuffer(data, "<f4", 4 * width * height, begin).reshape(height, width, 4)
    places = np.where(records[..., 2:3] > 0, doubles(records[..., :2]), np.nan)
    name = data[at + NAME_AT : at + NAME_AT + NAME_BYTES] if header_bytes >= NAME_AT + NAME_BYTES else b""
    text = name.split(b"\0", 1)[0].decode("utf-8", errors="replace")
    return _Block(text, ForeignWarp(samples_of_map(places, where))), begin + wanted


def _bitmap(data: bytes, at: int, where: str) -> tuple[LightShares, int]:
    """The light shares (height, width) of a Windows bitmap of 24 or 32 bits, and the offset of the next block."""
    try:
        size, _, pixels_at = struct.unpack_from("<3I", data, at + 2)
        _, width, height, _, bits, compression = struct.unpack_from("<Iii2HI", data, at + 14)
    except struct.error:
        raise RigError(f"{where}: the file ends within a header; {WAY_OUT}") from None
    rows, pitch = abs(height), (width * bits + 31) // 32 * 4
    if bits not in (24, 32) or compression not in (0, 3) or not (0 < width <= MAX_PX and 0 < rows <= MAX_PX):
        raise RigError(f"{where}: a bitmap of {width}x{rows} with {bits} bits; 24 or 32 without compression are read")
    if len(data) < at + pixels_at + pitch * rows:
        raise RigError(f"{where}: {len(data) - at - pixels_at:,} bytes, and {width}x{rows} need {pitch * rows:,}")
    lines = np.frombuffer(data, np.uint8, pitch * rows, at + pixels_at).reshape(rows, pitch)
    colours = lines[:, : width * bits // 8].reshape(rows, width, bits // 8)[..., :3]
    shares = colours.max(axis=2).astype(np.float32) / np.float32(255)
    return shares if height < 0 else shares[::-1], at + max(size, pixels_at + pitch * rows)
