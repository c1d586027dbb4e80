"""Warps of other tools: files for `rig import`, written in those tools' formats."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from installation.benchmarks.fuzzing import written
from installation.benchmarks.fuzzing.media import one_file
from installation.benchmarks.fuzzing.mutation import broken_text
from installation.benchmarks.fuzzing.rounds import Format
from installation.rig.calibration.projector_pose import read_points
from installation.rig.warps.foreign import adopted, read_foreign

Floats = NDArray[np.float64]

SIZE_PX = (64, 36)

PLACES = np.stack(np.meshgrid(np.linspace(0.1, 0.9, 16), np.linspace(0.1, 0.9, 9)), axis=-1)
"""Places in a picture, one for every pixel of a very coarse projector."""

BLEND = np.tile(np.linspace(0, 255, 16).astype(np.uint8), (9, 1))

POINTS = b"head,x,y,z,px,py\n" + b"".join(
    b"left,%d.5,%d,%d,%d,%d\n" % (n, n * n, n % 3, 9 * n, 7 * n) for n in range(7)
)


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
    height, width, _ = next(iter(regions.values())).shape if regions else (1, 1, 2)
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


def obj() -> bytes:
    """A mesh of 5 x 5 over a monitor, in fractions of it."""
    even = [step / 4 for step in range(5)]
    lines = ["# A mesh as a tool writes it, with what it thinks of itself.", "o wall", "s off"]
    lines += [
        f"v {x} {y} 0 # to the right, up\nvt {0.1 + 0.8 * x:g} {0.9 * y:g} # of the picture" for y in even for x in even
    ]
    for row in range(4):
        for first in range(5 * row + 1, 5 * row + 5):
            corners = (first, first + 1, first + 6, first + 5)
            lines.append("f " + " ".join(f"{corner}/{corner}" for corner in corners))
    return "\n".join(lines).encode()


def _take(file: Path) -> object:
    return adopted(read_foreign(file, SIZE_PX), str(file))


def _format(name: str, example: Callable[[], bytes]) -> Format:
    return partial(one_file, name, lambda: [example()], _take)


FORMATS: dict[str, Format] = {
    "mpcdi": _format("wall.mpcdi", lambda: mpcdi({"one": PLACES}, {"one": png(BLEND)})),
    "vwf": _format("wall.vwf", lambda: vwf({"one": PLACES}, {"one": BLEND})),
    "pfm": _format("wall.pfm", lambda: pfm(PLACES, lowest_first=True)),
    "obj": partial(written.one_file, "wall.obj", lambda: [obj()], _take, broken_text),
    "points": partial(written.one_file, "points.csv", lambda: [POINTS], read_points, broken_text),
}
