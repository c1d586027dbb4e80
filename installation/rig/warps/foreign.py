"""Converts files of other tools, recognized by their names, to a head's mesh, rotation, mirroring and masks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from installation.errors import RigError
from installation.files import read_regular
from installation.rig.head import WHOLE_PICTURE, PicturePart
from installation.rig.mask import LightShares
from installation.rig.warp import Turn
from installation.rig.warps.fitting import FittedMesh, counts_from_below, fitted, turned_over, upright
from installation.rig.warps.mpcdi import parse_mpcdi
from installation.rig.warps.obj import parse_obj
from installation.rig.warps.pixel_maps import parse_exr_map, parse_float_map, parse_png_map
from installation.rig.warps.samples import ForeignWarp
from installation.rig.warps.vwf import parse_vwf

MAX_BYTES = 2**31
"""A map of 8192x8192 pixels with four floats each takes half of that."""

TURNED_OVER = (
    "its places were taken to count from below; if the projector hangs from the ceiling behind a screen, give the head "
    "rotation: 180 and mirrored: true"
)

BY_NAME: Mapping[str, Callable[[bytes, str], ForeignWarp]] = {
    ".pfm": parse_float_map,
    ".exr": parse_exr_map,
    ".png": parse_png_map,
}
BY_NAME_AND_REGION: Mapping[str, Callable[[bytes, str, str], ForeignWarp]] = {
    ".mpcdi": parse_mpcdi,
    ".zip": parse_mpcdi,
    ".vwf": parse_vwf,
}


@dataclass(frozen=True, slots=True, eq=False)
class AdoptedWarp:
    """A foreign warp in a rig's terms. `blend`, like masks, is as seen on the wall."""

    fit: FittedMesh
    turn: Turn
    blend: LightShares | None
    told: tuple[str, ...]


def read_foreign(file: Path, size_px: tuple[int, int], region: str = "") -> ForeignWarp:
    """Read a warp of another tool; `size_px` is the monitor's size, which mesh files lack. Raises RigError."""
    kind = file.suffix.lower()
    known = (*BY_NAME_AND_REGION, *BY_NAME, ".obj")
    if kind not in known:
        raise RigError(f"{file}: a file that ends in {kind or 'nothing'!r}; {', '.join(known)} are read")
    try:
        data = read_regular(file, MAX_BYTES)
    except OSError as error:
        raise RigError(f"{file}: {error.strerror}") from None
    if kind in BY_NAME_AND_REGION:
        return BY_NAME_AND_REGION[kind](data, str(file), region)
    if region:
        raise RigError(f"{file}: --region {region}: such a file has one warp; leave the option out")
    return parse_obj(data, str(file), size_px) if kind == ".obj" else BY_NAME[kind](data, str(file))


def adopted(
    warp: ForeignWarp, where: str, part: PicturePart = WHOLE_PICTURE, mesh: tuple[int, int] | None = None
) -> AdoptedWarp:
    """The warp in a head's terms. `part` is what the output shows of the file's picture.

    If a picture is flipped vertically and not turned, the file's y axis is taken to point up, since some tools do so.
    Raises RigError if a mesh cannot match the warp.
    """
    left, top, width, height = part
    told = warp.told
    placed = warp.samples
    if counts_from_below(placed):
        placed = turned_over(placed)
        told += (TURNED_OVER,)
    samples, turn = upright(replace(placed, picture=(placed.picture - (left, top)) / (width, height)))
    fit = fitted(samples, where, mesh)
    blend = None
    if warp.blend is not None:
        seen = np.rot90(warp.blend, turn.quarters)
        blend = np.ascontiguousarray(seen[:, ::-1] if turn.mirrored else seen)
    return AdoptedWarp(fit, turn, blend, told)
