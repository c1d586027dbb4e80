"""Every effect in numpy, in double precision and as slow as it is plain: what the graphics card must agree with.

Each takes a picture (height, width, 3) of display values 0..1 and the values of its quantities, in their order.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from installation.show.frame import Effect
from tests.picture.reference import display, linear

Picture = NDArray[np.float64]

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def treated(picture: Picture, *effects: Effect) -> Picture:
    """A picture after effects, in their order."""
    for effect in effects:
        moment = (effect.moment,) if effect.moment else ()
        picture = np.clip(REFERENCES[effect.kind](picture, *effect.values, *moment), 0, 1)
    return picture


def grade(
    picture: Picture,
    lift: float,
    gamma: float,
    gain: float,
    contrast: float,
    saturation: float,
    hue: float,
    temperature: float,
) -> Picture:
    picture = np.maximum(picture * gain + lift * (1 - picture), 0) ** (1 / gamma)
    picture = (picture - 0.5) * contrast + 0.5
    angle, axis = math.radians(hue), np.full(3, 1 / math.sqrt(3))
    along = (picture @ axis)[..., None] * axis
    picture = picture * math.cos(angle) + np.cross(axis, picture) * math.sin(angle) + along * (1 - math.cos(angle))
    grey = (picture @ LUMINANCE)[..., None]
    picture = grey + saturation * (picture - grey)
    return picture * (1 + temperature * np.array([0.25, 0, -0.25]))


def places(picture: Picture) -> tuple[Picture, Picture]:
    """Of every pixel its place, 0..1 across and down."""
    height, width, _ = picture.shape
    across, down = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
    return across, down


def smoothstep(low: float, high: float, value: Picture) -> Picture:
    share = np.clip((value - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)


def vignette(picture: Picture, amount: float, radius: float, softness: float) -> Picture:
    x, y = places(picture)
    way = np.hypot(x - 0.5, y - 0.5) / math.sqrt(0.5)
    share = smoothstep(radius - softness / 2, radius + softness / 2, way)[..., None]
    return display(np.minimum(linear(picture) * (1 - amount * share), 1))


def hashed(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """lowbias32 in 64 bits, so that nothing runs over."""
    mask = np.uint64(0xFFFFFFFF)
    value = value & mask
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        value = ((value ^ (value >> np.uint64(shift))) * np.uint64(factor)) & mask
    return value ^ (value >> np.uint64(16))


def grain(picture: Picture, amount: float, size: float, moment: int = 0) -> Picture:
    height, width, _ = picture.shape
    cell_px = max(size * min(width, height), 1.0)
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    across, down = (x / cell_px).astype(np.uint64), (y / cell_px).astype(np.uint64)
    noise = hashed(across + hashed(down + hashed(np.full_like(down, moment))))
    light: Picture = (picture @ LUMINANCE)[..., None]
    grains: Picture = (noise >> np.uint64(8)).astype(float)[..., None] / 2**24 - 0.5
    return picture + amount * 4 * light * (1 - light) * grains


def threshold(picture: Picture, level: float, softness: float, amount: float) -> Picture:
    half = max(softness / 2, 0.002)
    white = smoothstep(level - half, level + half, picture @ LUMINANCE)[..., None]
    return picture + amount * (white - picture)


def posterize(picture: Picture, steps: float, amount: float) -> Picture:
    count = math.floor(steps + 0.5)
    stepped = np.minimum(np.floor(picture * count), count - 1) / (count - 1)
    return picture + amount * (stepped - picture)


def read(picture: Picture, x: Picture, y: Picture) -> Picture:
    """Between texels, at places 0..1; the edge is repeated."""
    height, width, _ = picture.shape
    x, y = np.clip(x * width - 0.5, 0, width - 1), np.clip(y * height - 0.5, 0, height - 1)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, down = (x - left)[..., None], (y - top)[..., None]
    upper = (1 - across) * picture[top, left] + across * picture[top, right]
    lower = (1 - across) * picture[bottom, left] + across * picture[bottom, right]
    return (1 - down) * upper + down * lower  # type: ignore[no-any-return]  # arrays


def remapped(picture: Picture, place: Callable[[Picture, Picture], tuple[Picture, Picture]]) -> Picture:
    """The mean of four samples a pixel, each read where `place` says."""
    height, width, _ = picture.shape
    x, y = places(picture)
    samples = [
        read(picture, *place(x + right / width, y + down / height)) for right in (-0.25, 0.25) for down in (-0.25, 0.25)
    ]
    return np.mean(samples, 0)  # type: ignore[no-any-return]  # arrays


def tile(picture: Picture, count: float, x: float, y: float, mirror: float) -> Picture:
    def one(at: Picture, moved: float) -> Picture:
        along = (at - 0.5) * count - moved + 0.5
        number = np.floor(along)
        part = along - number
        return part + number % 2 * mirror * (1 - 2 * part)

    return remapped(picture, lambda across, down: (one(across, x), one(down, y)))


def kaleidoscope(picture: Picture, sectors: float, degrees: float, amount: float) -> Picture:
    height, width, _ = picture.shape
    aspect, sector = width / height, math.pi / math.floor(sectors + 0.5)

    def folded(across: Picture, down: Picture) -> tuple[Picture, Picture]:
        x, y = (across - 0.5) * aspect, down - 0.5
        angle = np.arctan2(y, x) % (2 * sector)
        angle = np.minimum(angle, 2 * sector - angle) + math.radians(degrees)
        radius = np.hypot(x, y)
        seen = [radius * np.cos(angle) / aspect + 0.5, radius * np.sin(angle) + 0.5]
        left, top = (1 - np.abs(one % 2 - 1) for one in seen)
        return across + amount * (left - across), down + amount * (top - down)

    return read(picture, *folded(*places(picture)))


def neighbours(picture: Picture, radius: float) -> list[tuple[int, int, Picture]]:
    height, width, _ = picture.shape
    step = max(radius * min(width, height), 1.0)
    x, y = places(picture)
    return [
        (right, down, read(picture, x + right * step / width, y + down * step / height))
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
    ]


def sharpen(picture: Picture, amount: float, radius: float) -> Picture:
    mean = np.mean([seen for _, _, seen in neighbours(picture, radius)], 0)
    return picture + amount * (picture - mean)  # type: ignore[no-any-return]  # arrays


def edges(picture: Picture, amount: float, gain: float, radius: float) -> Picture:
    across, down = np.zeros(picture.shape[:2]), np.zeros(picture.shape[:2])
    for right, below, seen in neighbours(picture, radius):
        across += right * (2 - abs(below)) * (seen @ LUMINANCE)
        down += below * (2 - abs(right)) * (seen @ LUMINANCE)
    lines = np.minimum(gain * 0.25 * np.hypot(across, down), 1)[..., None]
    return picture + amount * (lines - picture)


def blur(picture: Picture, radius: float) -> Picture:
    """Weights of a Gauss bell over all of a picture, whose edge is repeated."""
    height, width, _ = picture.shape
    sigma = radius * min(width, height)
    light = linear(picture)
    for axis, count in ((0, height), (1, width)):
        reach = math.ceil(5 * sigma) + 1
        offsets = np.arange(-reach, reach + 1)
        weights = np.exp(-0.5 * (offsets / sigma) ** 2)
        places_of = np.clip(np.arange(count)[:, None] + offsets, 0, count - 1)
        light = np.moveaxis(np.tensordot(np.take(light, places_of, axis), weights / weights.sum(), (axis + 1, 0)), 0, 0)
    return display(np.clip(light, 0, 1))


def displace(picture: Picture, amount: float, degrees: float, colours: float, guide: Picture | None = None) -> Picture:
    """Read where a guide (height, width, 4) says; without one nothing moves."""
    if guide is None:
        return picture
    height, width, _ = picture.shape
    way = guide[..., 3:] * (2 * guide[..., :3] - 1)
    light, short_side = way @ LUMINANCE, min(width, height)
    x, y = places(picture)
    across = (1 - colours) * light * math.cos(math.radians(degrees)) + colours * way[..., 0]
    down = (1 - colours) * light * math.sin(math.radians(degrees)) + colours * way[..., 1]
    return read(picture, x - amount * short_side / width * across, y - amount * short_side / height * down)


REFERENCES: dict[str, Callable[..., Picture]] = {
    "grade": grade,
    "blur": blur,
    "sharpen": sharpen,
    "grain": grain,
    "vignette": vignette,
    "threshold": threshold,
    "posterize": posterize,
    "edges": edges,
    "tile": tile,
    "kaleidoscope": kaleidoscope,
    "displace": displace,
}
