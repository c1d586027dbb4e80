"""Files as other tools write them, made from a head that is known, so that its import can be held against it."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from installation.picture.pixel_map import pixel_map
from installation.rig.head import Head
from installation.rig.warp import bent, surface

Floats = NDArray[np.float64]

SIZE_PX = (480, 270)


def map_of(head: Head, size_px: tuple[int, int] = SIZE_PX) -> Floats:
    """Of every pixel of the monitor the place of the picture (height, width, 2), NaN where there is none."""
    found = pixel_map(surface(head.corners, head.mesh, head.turn), size_px, 16 / 9)
    places = np.moveaxis(found.offsets.astype(np.float64), 0, -1) + 0.5
    return np.where(np.abs(places - 0.5) <= 0.5001, places, np.nan)


def deep_png(places: Floats) -> bytes:
    numbers = np.rint(65_535 * np.nan_to_num(places)).astype(np.uint16)
    return _encoded(np.dstack([numbers, np.zeros_like(numbers[..., :1])]), "png", "rgb48le", "rgb48be")


def exr(places: Floats, alpha: Floats) -> bytes:
    numbers = np.nan_to_num(np.dstack([places, np.zeros_like(places[..., :1]), alpha])).astype(np.float32)
    return _encoded(numbers, "exr", "gbrapf32le", "gbrapf32le")


def _encoded(numbers: NDArray[np.generic], codec: str, given: str, stored: str) -> bytes:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(numbers), given)
    context = av.CodecContext.create(codec, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt = frame.width, frame.height, stored
    context.time_base = Fraction(1, 25)
    return b"".join(bytes(packet) for one in (frame.reformat(format=stored), None) for packet in context.encode(one))


def obj(head: Head) -> bytes:
    """A mesh of 25 x 25 over the monitor, -1 to 1, Y upwards."""
    assert head.mesh is not None
    even = np.linspace(0, 1, 25)
    places = bent(head.mesh, even, even)
    lines = [f"v {2 * x - 1:.7f} {1 - 2 * y:.7f} 0" for x, y in places.reshape(-1, 2)]
    lines += [f"vt {u:.7f} {1 - v:.7f}" for v in even for u in even]
    for row in range(24):
        for column in range(24):
            first = 25 * row + column + 1
            corners = (first, first + 1, first + 26, first + 25)
            lines.append("f " + " ".join(f"{corner}/{corner}" for corner in corners))
    return "\n".join(lines).encode()
