"""Pixel maps of other tools: red and green of every pixel are the point of the picture that the pixel shows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from installation.errors import RigError
from installation.rig.mask import MAX_PIXELS, MAX_PX, LightShares
from installation.rig.warp import Floats
from installation.rig.warps.damage import damage_told
from installation.rig.warps.pfm import parse_pfm
from installation.rig.warps.samples import ForeignWarp, doubles, samples_of_map

NEEDS_CLIPS = "needs the extra `clips`: pip install 'installation[clips]'"

DEEP_STEP = 65_535

Channels = tuple[Floats, Floats]
"""Red and green (height, width, 2), and alpha (height, width)."""


def parse_float_map(data: bytes, where: str) -> ForeignWarp:
    """A portable float map, whose first row is the bottom one."""
    numbers = parse_pfm(data, where)[::-1]
    if numbers.shape[2] != 3:
        raise RigError(f"{where}: one number a pixel, and a map has red and green; export it in colour")
    return _warp(doubles(numbers[..., :2]), np.ones(numbers.shape[:2]), where)


def parse_exr_map(data: bytes, where: str) -> ForeignWarp:
    """An OpenEXR picture; pixels with alpha 0 show nothing."""
    return _warp(*_decoded(data, where, _exr), where)


def parse_png_map(data: bytes, where: str) -> ForeignWarp:
    """A PNG of 16 bits: 0 to 65,535 from edge to edge. Eight bits would resolve only seven pixels of 1920."""
    return _warp(*_decoded(data, where, _png), where)


def _warp(places: Floats, alpha: Floats, where: str) -> ForeignWarp:
    """The warp of a map: black and transparent pixels show nothing; partial alpha is a blend."""
    nowhere = (places == 0).all(axis=2) | (alpha <= 0)
    blend: LightShares | None = alpha.astype(np.float32) if ((alpha > 0) & (alpha < 1)).any() else None
    return ForeignWarp(samples_of_map(np.where(nowhere[..., None], np.nan, places), where), blend)


def _decoded(data: bytes, where: str, decode: Callable[[bytes, str], Channels]) -> Channels:
    with damage_told(where, "picture", "export it again"):
        try:
            return decode(data, where)
        except ModuleNotFoundError:
            raise RigError(f"{where}: this {NEEDS_CLIPS}") from None


def _exr(data: bytes, where: str) -> Channels:
    from installation.media.exr import decode_exr

    pixels = doubles(decode_exr(data, partial(_require_size, where)))
    return pixels[..., :2], pixels[..., 3]


def _png(data: bytes, where: str) -> Channels:
    from installation.media.deep_png import decode_deep_png

    numbers = decode_deep_png(data, partial(_require_size, where))
    if numbers is None:
        raise RigError(f"{where}: this PNG has 8 bits for a colour, too few for a map; export 16 bits, EXR or PFM")
    return numbers[..., :2] / DEEP_STEP, numbers[..., 3] / DEEP_STEP


def _require_size(where: str, width: int, height: int) -> None:
    if max(width, height) > MAX_PX or width * height > MAX_PIXELS:
        raise RigError(f"{where}: {width}x{height} pixels; {MAX_PX} a side and {MAX_PIXELS:,} in all are read")
