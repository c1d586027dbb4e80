"""Portable float maps: one or three 32-bit floats for every pixel."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from installation.errors import RigError
from installation.rig.mask import MAX_PIXELS, MAX_PX

HEADER = re.compile(rb"(P[Ff])\s+(\d{1,6})\s+(\d{1,6})\s+([-+]?[0-9.]{1,20}(?:[eE][-+]?\d{1,3})?)\s")
"""`PF` for three numbers a pixel and `Pf` for one; width, height; a scale, negative for little-endian."""

WAY_OUT = "export it again as a portable float map (PFM)"


def parse_pfm(data: bytes, where: str) -> NDArray[np.float32]:
    """The numbers of every pixel (height, width, 1 or 3), in the order of the file: its first row first.

    In the format the first row is the bottom one; MPCDI begins with the top row. Raises RigError.
    """
    head = HEADER.match(data)
    if head is None:
        raise RigError(f"{where}: this does not begin as a portable float map does (PF, width, height, -1); {WAY_OUT}")
    channels, width, height = 3 if head[1] == b"PF" else 1, int(head[2]), int(head[3])
    if not (min(width, height) > 0 and max(width, height) <= MAX_PX and width * height <= MAX_PIXELS):
        raise RigError(f"{where}: {width}x{height} pixels; 1 to {MAX_PX} a side and {MAX_PIXELS:,} in all are read")
    wanted, there = 4 * channels * width * height, len(data) - head.end()
    if there < wanted:
        raise RigError(f"{where}: {there:,} bytes of numbers, and {width}x{height} pixels need {wanted:,}; {WAY_OUT}")
    try:
        scale = float(head[4])
    except ValueError:
        raise RigError(f"{where}: the scale {head[4].decode()} is not a number; {WAY_OUT}") from None
    kind = np.dtype("<f4" if scale < 0 else ">f4")
    numbers = np.frombuffer(data, kind, channels * width * height, head.end())
    return numbers.reshape(height, width, channels).astype(np.float32)
