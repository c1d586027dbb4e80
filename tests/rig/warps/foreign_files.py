"""Files as other tools write them, made from a head that is known, so that its import can be held against it."""

from __future__ import annotations

import io
import struct
import zipfile
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

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


def pfm(places: Floats, *, lowest_first: bool) -> bytes:
    numbers = np.concatenate([places, np.zeros((*places.shape[:2], 1))], axis=2).astype("<f4")
    height, width, _ = places.shape
    return b"PF\n%d %d\n-1.0\n" % (width, height) + (numbers[::-1] if lowest_first else numbers).tobytes()


def png(grey: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "PNG")
    return file.getvalue()


def mpcdi(regions: dict[str, Floats], blends: dict[str, bytes], profile: str = "2d") -> bytes:
    file = io.BytesIO()
    width, height = SIZE_PX
    size = f'Xresolution="{width}" Yresolution="{height}"'
    shown = "".join(f'<region id="{name}" {size} x="0" y="0" xsize="1" ysize="1"/>' for name in regions)
    sets = "".join(
        f'<fileset region="{name}"><geometryWarpFile><path>{name}.pfm</path></geometryWarpFile>'
        + (
            f"<alphaMap><path>{name}.png</path><gammaEmbedded>2.2</gammaEmbedded></alphaMap></fileset>"
            if name in blends
            else "</fileset>"
        )
        for name in regions
    )
    text = f'<MPCDI profile="{profile}" version="2.0"><display><buffer id="b" {size}>{shown}</buffer></display>'
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mpcdi.xml", f"{text}<files>{sets}</files></MPCDI>")
        for name, places in regions.items():
            archive.writestr(f"{name}.pfm", pfm(places, lowest_first=False))
        for name, blend in blends.items():
            archive.writestr(f"{name}.png", blend)
    return file.getvalue()


def vwf(displays: dict[str, Floats], blends: dict[str, NDArray[np.uint8]], flags: int = 0) -> bytes:
    blocks = []
    for name, places in displays.items():
        height, width, _ = places.shape
        known = np.isfinite(places).all(axis=2)
        records = np.dstack([np.nan_to_num(places), known, known]).astype("<f4").tobytes()
        head = struct.pack("<4s4I2i", b"vwf0", 28 + 96 + 256, flags, 7, len(records), width, height)
        blocks.append(head + bytes(96) + name.encode().ljust(256, b"\0") + records)
        if name in blends:
            blocks.append(_bitmap(blends[name]))
    return struct.pack("<4s3I", b"vwf1", len(blocks), 16, 0) + b"".join(blocks)


def _bitmap(grey: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.repeat(grey[..., None], 3, 2)).save(file, "BMP")
    return file.getvalue()


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
