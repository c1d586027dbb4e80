"""Samples a picture at an order's pixels: filtered in linear light, with any camera.

A reduced picture is read from a level of half its size, a quarter and so on (a pyramid), with four samples a pixel, so
that nothing flickers; an enlarged picture is interpolated cubically, so that no pixels show.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from installation.picture.order import Order
from installation.picture.pixel_map import UNCOVERED
from installation.picture.source import WHOLE, Box, DecodedPicture
from installation.picture.view import Affine, picture_coordinates

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Stored = NDArray[np.uint8] | NDArray[np.float16]

SAMPLES = 2
"""The samples a side, for a pixel that is wider than a texel of its level."""

MIN_ALPHA = 1e-4

SPARE_TEXELS = 3
"""How many texels are added around the read part of a level, for the neighbours of a cubic filter."""


class Pyramid(NamedTuple):
    """A picture at its own size, at half of it, a quarter and so on: display-encoded, (height, width, 3 or 4) each."""

    levels: tuple[Stored, ...]

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height) of the finest level."""
        height, width, _ = self.levels[0].shape
        return width, height

    @property
    def nbytes(self) -> int:
        return sum(level.nbytes for level in self.levels)


def pyramid_of(pixels: Stored) -> Pyramid:
    """The pyramid of a picture with straight alpha. Transparent texels take the nearest texels' colour."""
    levels = [pixels]
    while min(levels[-1].shape[:2]) > 1:
        levels.append(_halved(levels[-1]))
    if pixels.shape[2] == 4:
        for number in range(len(levels) - 2, -1, -1):
            levels[number] = _coloured(levels[number], levels[number + 1])
    return Pyramid(tuple(levels))


def _halved(pixels: Stored) -> Stored:
    """The mean light of every four texels. An odd row or column at the end counts twice."""
    height, width, _ = pixels.shape
    rows, columns = (
        np.minimum(np.arange(height + height % 2), height - 1),
        np.minimum(np.arange(width + width % 2), width - 1),
    )
    light = _premultiplied(pixels)[rows][:, columns]
    mean = (light[0::2, 0::2] + light[0::2, 1::2] + light[1::2, 0::2] + light[1::2, 1::2]) / 4
    return _stored(_straight_display(torch.from_numpy(mean)).numpy(), pixels)


def _coloured(pixels: Stored, coarser: Stored) -> Stored:
    """Give transparent texels the coarser level's colour: interpolation would show their own."""
    unseen = pixels[..., 3] == 0
    if not unseen.any():
        return pixels
    rows, columns = np.nonzero(unseen)
    found = pixels.copy()
    down, right = np.minimum(rows // 2, coarser.shape[0] - 1), np.minimum(columns // 2, coarser.shape[1] - 1)
    found[rows, columns, :3] = coarser[down, right, :3]
    return found


def _stored(display: Floats, like: Stored) -> Stored:
    return (display * 255 + 0.5).astype(np.uint8) if like.dtype == np.uint8 else display.astype(np.float16)


@lru_cache(maxsize=1)
def _light_of_bytes() -> Floats:
    return _linear((np.arange(256) / 255).astype(np.float32))


def _linear(display: Floats) -> Floats:
    high = ((np.maximum(display, 0) + 0.055) / 1.055) ** 2.4
    return np.where(display > 0.04045, high, display / 12.92).astype(np.float32)


def _premultiplied(pixels: Stored) -> Floats:
    """Light times alpha, and alpha if the picture has it, 0..1."""
    colours = pixels[..., :3]
    light = _light_of_bytes()[colours] if pixels.dtype == np.uint8 else _linear(colours.astype(np.float32))
    if pixels.shape[2] == 3:
        return light
    alpha = pixels[..., 3:].astype(np.float32)
    alpha = np.maximum(alpha / 255 if pixels.dtype == np.uint8 else alpha, MIN_ALPHA)
    return np.concatenate([light * alpha, alpha], -1)


def _straight_display(light: Tensor) -> Tensor:
    """Convert light times alpha (..., 3 or 4) to display-encoded colour and straight alpha."""
    colours = light[..., :3]
    if light.shape[-1] == 4:
        colours = colours / light[..., 3:].clamp_min(MIN_ALPHA)
    colours = colours.clamp(0, 1)
    display = (1.055 * colours ** (1 / 2.4) - 0.055).where(colours > 0.0031308, colours * 12.92)
    if light.shape[-1] == 3:
        return display
    alpha = light[..., 3:]
    return torch.cat([display, alpha.where(alpha > 2 * MIN_ALPHA, torch.zeros_like(alpha)).clamp(0, 1)], -1)


def sampled(pyramid: Pyramid, texel_of: Affine, order: Order) -> DecodedPicture:
    """The ordered picture, sampled from a pyramid; `texel_of` maps picture coordinates to texels of the finest level,
    counted from its top left corner. Beyond its edges it is transparent.
    """
    aspect = order.width / order.height if order.pixel_map is None else order.pixel_map.aspect
    to_texel = texel_of.after(picture_coordinates(order.shot.view, aspect))
    u, v = places_of(order)  # (height, width) both
    if order.pixel_map is not None:
        pixels = _read(pyramid, to_texel, u, v, _own_size(order))
        return DecodedPicture(pixels, order.shot.view, order.pixel_map, box=box_of(pixels))
    own = order.width, order.height
    rows, columns = _seen_part(pyramid.size_px, to_texel, own)
    part = _read(pyramid, to_texel, u[rows, columns], v[rows, columns], own)
    pixels = part
    if part.shape[:2] != u.shape:
        pixels = np.zeros((*u.shape, 4), np.float16)
        pixels[rows, columns, : part.shape[2]] = part
        if part.shape[2] == 3:
            pixels[rows, columns, 3] = 1.0
    return DecodedPicture(pixels, order.shot.view, box=box_of(pixels))


def _seen_part(size_px: tuple[int, int], to_texel: Affine, own: tuple[int, int]) -> tuple[slice, slice]:
    """The rows and columns of an order with `own` pixels (width, height) that a picture of `size_px` covers; words
    mostly cover a small part of a wall."""
    back = to_texel.inverse()
    corners = [back.at(float(x), float(y)) for x in (0, size_px[0]) for y in (0, size_px[1])]
    ends = []
    for count, places in zip(own, zip(*corners, strict=True), strict=True):
        first, last = math.floor(min(places) * count) - 1, math.ceil(max(places) * count) + 1
        ends.append(slice(min(max(first, 0), count), min(max(last, 0), count)))
    return ends[1], ends[0]


def _read(pyramid: Pyramid, to_texel: Affine, u: Doubles, v: Doubles, own: tuple[float, float]) -> NDArray[np.float16]:
    """The pixels (rows, columns, 3 or 4) at places of a picture that is `own` pixels (across, down)."""
    across_px, down_px = own
    texels_per_px = max(
        math.hypot(to_texel.a, to_texel.d) / across_px, math.hypot(to_texel.b, to_texel.e) / down_px, 1e-9
    )
    number = min(max(math.floor(math.log2(texels_per_px)), 0), len(pyramid.levels) - 1)
    level = pyramid.levels[number]
    height, width, _ = level.shape
    own_width, own_height = pyramid.size_px
    to_level = Affine(width / own_width, 0, 0, 0, height / own_height, 0).after(to_texel)
    crop = _Crop.of(level, to_level, u, v)
    if crop is None:
        return np.zeros((*u.shape, 4), np.float16)
    is_small = texels_per_px > 1.01 * 2**number
    steps = [(n + 0.5) / SAMPLES - 0.5 for n in range(SAMPLES)] if is_small else [0.0]
    with _one_thread():
        samples = [
            crop.read(*_mapped(to_level, u + right / across_px, v + down / down_px), cubic=not is_small)
            for down in steps
            for right in steps
        ]
        shown = _straight_display(sum(samples[1:], samples[0]) / len(samples)).numpy()
    x, y = _mapped(to_level, u, v)
    covered = _coverage(x, width, math.hypot(to_level.a / across_px, to_level.b / down_px))
    covered *= _coverage(y, height, math.hypot(to_level.d / across_px, to_level.e / down_px))
    return _with_coverage(shown, covered)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep torch in one thread: on a busy machine its threads wait for one another, and spin meanwhile. A text of
    640x360 took 220 ms on two cores, and 43 ms in one thread (two shared cores of an AMD EPYC)."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _mapped(affine: Affine, u: Doubles, v: Doubles) -> tuple[Doubles, Doubles]:
    return affine.a * u + affine.b * v + affine.c, affine.d * u + affine.e * v + affine.f


def places_of(order: Order) -> tuple[Doubles, Doubles]:
    """The positions of an order's pixels in its place, 0..1 from the top left corner."""
    if order.pixel_map is not None:
        u, v = order.pixel_map.offsets.astype(np.float64) + 0.5
        return u, v
    across, down = (np.arange(order.width) + 0.5) / order.width, (np.arange(order.height) + 0.5) / order.height
    u, v = np.meshgrid(across, down)
    return u, v


def _own_size(order: Order) -> tuple[float, float]:
    """How many of a monitor's pixels span the bent picture across and down, on average."""
    assert order.pixel_map is not None
    offsets = order.pixel_map.offsets.reshape(2, -1)[:, order.pixel_map.covered]
    area = len(order.pixel_map.covered) / max(float(np.prod(np.ptp(offsets, 1))), 1e-9) if offsets.size else 1.0
    return float(np.sqrt(area * order.pixel_map.aspect)), float(np.sqrt(area / order.pixel_map.aspect))


class _Crop(NamedTuple):
    """The read part of a level, as light times alpha (1, channels, height, width)."""

    light: Tensor
    left: int
    top: int

    @classmethod
    def of(cls, level: Stored, to_level: Affine, u: Doubles, v: Doubles) -> _Crop | None:
        """The part of a level that these places read; None if they read nothing."""
        height, width, _ = level.shape
        seen = np.abs(u - 0.5) < UNCOVERED / 2
        x, y = _mapped(to_level, u[seen], v[seen])
        if not x.size:
            return None
        left, right = int(np.floor(np.min(x))) - SPARE_TEXELS, int(np.ceil(np.max(x))) + SPARE_TEXELS
        top, bottom = int(np.floor(np.min(y))) - SPARE_TEXELS, int(np.ceil(np.max(y))) + SPARE_TEXELS
        left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
        if left >= right or top >= bottom:
            return None
        light = torch.from_numpy(_premultiplied(level[top:bottom, left:right]))
        return cls(light.permute(2, 0, 1)[None], left, top)

    def read(self, x: Doubles, y: Doubles, *, cubic: bool) -> Tensor:
        """The values (rows, columns, channels) at places in texels of the level; beyond the edges the last texels
        repeat."""
        _, _, height, width = self.light.shape
        grid = np.stack([(x - self.left) * 2 / width - 1, (y - self.top) * 2 / height - 1], -1).astype(np.float32)
        mode = "bicubic" if cubic else "bilinear"
        found = torch.nn.functional.grid_sample(
            self.light, torch.from_numpy(grid)[None], mode, padding_mode="border", align_corners=False
        )
        return found[0].permute(1, 2, 0).clamp_min(0)


def _coverage(texel: Doubles, count: int, texels_per_px: float) -> Doubles:
    """The share of each pixel that lies within `count` texels in one direction."""
    inside_px = np.minimum(texel, count - texel) / max(texels_per_px, 1e-12)
    covered: Doubles = np.clip(inside_px + 0.5, 0, 1)
    return covered


def box_of(pixels: NDArray[np.float16]) -> Box:
    """The part of a picture that is not fully transparent."""
    if pixels.shape[2] == 3:
        return WHOLE
    height, width, _ = pixels.shape
    seen = pixels[..., 3] > 0
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    if not rows.size:
        return Box(0.0, 0.0, 0.0, 0.0)
    return Box(columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height)


def _with_coverage(shown: Floats, covered: Doubles) -> NDArray[np.float16]:
    if shown.shape[2] == 3 and covered.min() >= 1 - MIN_ALPHA:
        return np.ascontiguousarray(shown, np.float16)
    alpha = covered[..., None] * (shown[..., 3:] if shown.shape[2] == 4 else 1.0)
    return np.concatenate([shown[..., :3], alpha], -1).astype(np.float16)
