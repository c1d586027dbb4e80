"""Writes a foreign warp into a rig file, with its blend as a picture beside it, and keeps the former file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from installation.errors import RigError
from installation.files import next_path, write_atomically
from installation.rig.file import replace_heads
from installation.rig.head import Head, SoftEdge
from installation.rig.mask import LightShares, Mask, PictureMask
from installation.rig.venue import read_venue
from installation.rig.warps.foreign import AdoptedWarp


@dataclass(frozen=True, slots=True)
class Adoption:
    """The files of one adoption: the kept rig, and the blend's picture if there is one."""

    kept: Path
    blend: Path | None


def adopt(rig: Path, output: str, warp: AdoptedWarp, wall_seconds: float) -> Adoption:
    """Write a warp into an output's head. Raises RigError if there is no such head, DeviceError like `save_heads`."""
    heads = read_venue(rig).heads
    head = next((one for one in heads if one.output == output), None)
    if head is None:
        there = ", ".join(one.output for one in heads) or "none"
        raise RigError(f"{rig}: no head is called {output!r}; it has {there}")
    changed, blend = warp.fit.on(head, warp.turn), None
    if warp.blend is not None:
        mask, blend = write_blend(rig, output, warp.blend, wall_seconds)
        changed = with_blend(changed, mask)
    try:
        kept = replace_heads(rig, heads, [changed if one is head else one for one in heads], wall_seconds)
    except BaseException:
        if blend is not None:
            blend.unlink(missing_ok=True)
        raise
    return Adoption(kept, blend)


def with_blend(head: Head, blend: PictureMask) -> Head:
    """The head with a blend among its masks; it replaces an earlier blend and the soft edges."""
    stem = blend.file.partition("-blend")[0] + "-blend"
    others: Sequence[Mask] = [
        mask for mask in head.masks if not (isinstance(mask, PictureMask) and mask.file.startswith(stem))
    ]
    return replace(head, masks=(*others, blend), soft_edge=SoftEdge(gamma=head.soft_edge.gamma))


def write_blend(rig: Path, output: str, shares: LightShares, wall_seconds: float) -> tuple[PictureMask, Path]:
    """Write a blend as a grey PNG beside a rig; earlier pictures stay, since kept rigs name them."""
    path = next_path(rig.resolve().parent, f"{rig.resolve().stem}-{output}-blend", ".png", wall_seconds)
    grey = np.rint(255 * shares.clip(0, 1)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "PNG")
    write_atomically(path, file.getvalue())
    return PictureMask(grey.shape[1], grey.shape[0], grey.tobytes(), path.name), path
