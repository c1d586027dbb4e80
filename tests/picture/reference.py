"""The mixer in numpy, pixel by pixel and as slow as it is plain: what the graphics card must agree with."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from installation.picture.rectangle import rectangle_of
from installation.picture.source import DecodedPicture, LayerPicture
from installation.picture.view import picture_coordinates
from installation.show.frame import CueFrame, OutputFrame, Reveal
from tests.picture.shots import host_pixels

Picture = NDArray[np.float64]


def linear(display: Picture) -> Picture:
    return np.where(display <= 0.04045, display / 12.92, ((display + 0.055) / 1.055) ** 2.4)


def display(light: Picture) -> Picture:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def mixed(output: OutputFrame, size_px: tuple[int, int], sources: Mapping[tuple[int, int], LayerPicture]) -> Picture:
    """The output (height, width, 3) as display values 0..255, neither rounded nor dithered."""
    width, height = size_px
    below = np.zeros((height, width, 3))
    for number, cue in enumerate(output.cues):
        group = _group(cue, number, size_px, sources)
        below = _revealed(below, group, cue.reveal)
    return 255 * display(output.level * below)


def _group(
    cue: CueFrame, number: int, size_px: tuple[int, int], sources: Mapping[tuple[int, int], LayerPicture]
) -> Picture:
    width, height = size_px
    group = np.zeros((height, width, 3))
    for position, layer in enumerate(cue.layers):
        if (number, position) not in sources:
            continue
        place = rectangle_of(layer.place, size_px)
        rows = np.arange(max(place.top, 0), min(place.bottom, height))
        columns = np.arange(max(place.left, 0), min(place.right, width))
        window = np.ix_(rows, columns)
        seen = _drawn(sources[number, position], place.width, place.height)
        seen = seen[np.ix_(rows - place.top, columns - place.left)]
        above, opacity = linear(seen[..., :3]), layer.opacity * seen[..., 3:]
        under = group[window]
        result = {
            "normal": above,
            "add": np.minimum(under + above, 1),
            "multiply": under * above,
            "screen": 1 - (1 - under) * (1 - above),
            "difference": np.abs(under - above),
            "lighten": np.maximum(under, above),
            "darken": np.minimum(under, above),
        }[layer.blend]
        group[window] = (1 - opacity) * under + opacity * result
    return group


def _drawn(source: LayerPicture, width: int, height: int) -> Picture:
    """Display values and alpha (height, width, 4); of two pictures each counts as far as it is seen."""
    total = sum(weight for _, weight in source.parts)
    seen, alpha = np.zeros((height, width, 3)), np.zeros((height, width, 1))
    for decoded, weight in source.parts:
        placed = _placed(decoded, source, width, height)
        seen += weight / total * placed[..., :3] * placed[..., 3:]
        alpha += weight / total * placed[..., 3:]
    return np.concatenate([seen / np.maximum(alpha, 1e-9), alpha], -1)


def _placed(decoded: DecodedPicture, source: LayerPicture, width: int, height: int) -> Picture:
    """A key picture under the source's view, linearly between its texels, its edge repeated."""
    pixels = host_pixels(decoded).astype(np.float64)
    rows, columns, channels = pixels.shape
    if channels == 3:
        pixels = np.concatenate([pixels, np.ones((rows, columns, 1))], -1)
    to_part = picture_coordinates(decoded.view, decoded.aspect).inverse()
    affine = to_part.after(picture_coordinates(source.view, width / height))
    v, u = np.meshgrid((np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width, indexing="ij")
    x, y = affine.at(u, v)
    x, y = np.clip(x * columns - 0.5, 0, columns - 1), np.clip(y * rows - 0.5, 0, rows - 1)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, bottom = np.minimum(left + 1, columns - 1), np.minimum(top + 1, rows - 1)
    x, y = (x - left)[..., None], (y - top)[..., None]
    upper = (1 - x) * pixels[top, left] + x * pixels[top, right]
    lower = (1 - x) * pixels[bottom, left] + x * pixels[bottom, right]
    return (1 - y) * upper + y * lower  # type: ignore[no-any-return]


def _revealed(below: Picture, group: Picture, reveal: Reveal) -> Picture:
    height, width, _ = below.shape
    if reveal.progress <= 0:
        return below
    if reveal.progress >= 1 or reveal.kind == "cut":
        return group
    if reveal.kind == "dissolve":
        return below + reveal.progress * (group - below)
    if reveal.kind == "push":
        return _pushed(below, group, reveal)
    cosine, sine = math.cos(math.radians(reveal.degrees)), math.sin(math.radians(reveal.degrees))
    y, x = np.meshgrid(np.arange(height) + 0.5 - height / 2, np.arange(width) + 0.5 - width / 2, indexing="ij")
    if reveal.kind == "wipe":
        way_px = abs(width * cosine) + abs(height * sine)
        way = (x * cosine + y * sine) / way_px + 0.5
    else:
        way_px = math.hypot(width, height) / 2
        way = np.hypot(x, y) / way_px
    if reveal.kind == "luma":
        way = 1 - np.sqrt(group @ [0.2126, 0.7152, 0.0722])
    softness = max(reveal.softness, 1 / way_px)
    edge = reveal.progress * (1 + softness)
    share = np.clip((way - (edge - softness)) / softness, 0, 1)
    share = 1 - share * share * (3 - 2 * share)
    mixed_at: Picture = below + share[..., None] * (group - below)
    return mixed_at


def _pushed(below: Picture, group: Picture, reveal: Reveal) -> Picture:
    """A window that slides over both pictures laid side by side."""
    quarter = round(reveal.degrees / 90) % 4
    axis = (1, 0, 1, 0)[quarter]
    length = below.shape[axis]
    gone = round(reveal.progress * length)
    if quarter < 2:  # to the right or down: the new one lies before the old one
        both, start = np.concatenate([group, below], axis), length - gone
    else:
        both, start = np.concatenate([below, group], axis), gone
    return np.take(both, np.arange(start, start + length), axis)
