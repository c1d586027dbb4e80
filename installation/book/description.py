"""Describes pictures in numbers: measures with everyday names, and an embedding in which similar pictures lie close.

It uses no network, so a search in an atlas needs no weights. The embedding has three parts, each of unit length: the
layout of colours (CIE Lab on a grid of 8 x 8), the directions of edges (8 directions on a grid of 4 x 4, at two
scales), and the amounts of colours (roots of a histogram, 6 x 6 x 6).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from installation.book.order import MEASURES

Floats = NDArray[np.float32]

SIDE_PX = 96
"""Side of a picture for its description."""

LAYOUT, CELLS, DIRECTIONS, BINS = 8, 4, 8, 6
SCALES = 1, 3
"""Edges lie between pixels, and between means of 3 x 3 pixels."""

WEIGHTS = {"layout": 0.8, "edges": 0.7, "colours": 1.0}
"""Weights of an embedding's parts, chosen by looking at neighbours in the shipped atlas."""

LIGHTNESS, CHROMA = (0.0, 100.0), (-90.0, 90.0)
"""Ranges of the histogram."""

OPPOSITES = {"dark": "bright", "grey": "colourful", "cold": "warm", "calm": "busy", "soft": "contrasty"}
"""Measures that are 1 minus another one."""


class Description(NamedTuple):
    """The `measures` of one picture (in the order of MEASURES), and its `embedding`, of unit length."""

    measures: Floats
    embedding: Floats


def describe(picture: NDArray[np.uint8]) -> Description:
    """Describe a picture (SIDE_PX, SIDE_PX, 3)."""
    lab = lab_of(picture)
    parts = {"layout": _layout(lab), "edges": _edges(lab[..., 0]), "colours": np.sqrt(histogram(lab))}
    joined = np.concatenate([WEIGHTS[name] * _unit(part) for name, part in parts.items()])
    return Description(_measures(lab), _unit(joined).astype(np.float32))


COLOURS = slice(LAYOUT * LAYOUT * 3 + len(SCALES) * CELLS * CELLS * DIRECTIONS, None)
"""The histogram's part of an embedding: the roots of shares, times one factor."""


def colour_weights(rgb: tuple[int, int, int]) -> Floats:
    """Closeness of each bin of the histogram to a colour: 1 for the colour itself, towards 0 for others."""
    wanted = lab_of(np.array([[rgb]], np.uint8))[0, 0]
    away = np.linalg.norm(_centres() - wanted, axis=-1)
    near: Floats = np.exp(-((away / 22) ** 2)).astype(np.float32)
    return near


def lab_of(picture: NDArray[np.uint8]) -> Floats:
    """CIE Lab under D65 of display-encoded sRGB (..., 3)."""
    display = picture.astype(np.float32) / 255
    light = np.where(display > 0.04045, ((display + 0.055) / 1.055) ** 2.4, display / 12.92)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32)
    ratios = light @ matrix.T / np.array([0.9505, 1.0, 1.089], np.float32)
    root = np.where(ratios > (6 / 29) ** 3, np.cbrt(ratios), ratios * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1).astype(np.float32)


def histogram(lab: Floats) -> Floats:
    """Shares of the picture in each bin of Lab (BINS^3,)."""
    span = (LIGHTNESS, CHROMA, CHROMA)
    bins = [
        np.clip((BINS * (lab[..., axis] - low) / (high - low)).astype(int), 0, BINS - 1)
        for axis, (low, high) in enumerate(span)
    ]
    counts = np.bincount((bins[0] * BINS + bins[1]).ravel() * BINS + bins[2].ravel(), minlength=BINS**3)
    found: Floats = (counts / counts.sum()).astype(np.float32)
    return found


def _centres() -> Floats:
    along = (np.arange(BINS) + 0.5) / BINS
    axes = [low + along * (high - low) for low, high in (LIGHTNESS, CHROMA, CHROMA)]
    found: Floats = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3).astype(np.float32)
    return found


def _layout(lab: Floats) -> Floats:
    side = SIDE_PX // LAYOUT
    grid = lab.reshape(LAYOUT, side, LAYOUT, side, 3).mean((1, 3))
    found: Floats = (grid - np.array([50, 0, 0], np.float32)).ravel()
    return found


def _edges(lightness: Floats) -> Floats:
    found = []
    for scale in SCALES:
        side = SIDE_PX // scale
        coarse = lightness.reshape(side, scale, side, scale).mean((1, 3))
        down, across = np.gradient(coarse)
        strength, turn = np.hypot(down, across), np.arctan2(down, across) % np.pi
        direction = (turn / np.pi * DIRECTIONS).astype(int) % DIRECTIONS
        cell = np.arange(side) * CELLS // side
        place = (cell[:, None] * CELLS + cell[None, :]) * DIRECTIONS + direction
        counts = np.bincount(place.ravel(), strength.ravel(), CELLS * CELLS * DIRECTIONS)
        found.append(_unit(np.sqrt(counts)))
    return np.concatenate(found).astype(np.float32)


def _measures(lab: Floats) -> Floats:
    lightness, chroma = lab[..., 0] / 100, np.hypot(lab[..., 1], lab[..., 2])
    down, across = np.gradient(lab[..., 0])
    mirrored = lightness[:, ::-1]
    spread = lightness.std()
    alike = ((lightness - lightness.mean()) * (mirrored - lightness.mean())).mean() / max(spread**2, 1e-6)
    values = {
        "bright": lightness.mean(),
        "colourful": min(chroma.mean() / 60, 1.0),
        "warm": 0.5 + np.clip((lab[..., 1] + lab[..., 2]).mean() / 80, -0.5, 0.5),
        "busy": min(np.hypot(down, across).mean() / 12, 1.0),
        "contrasty": min(spread / 0.35, 1.0),
        "symmetric": max(alike, 0.0),
    }
    values |= {word: 1 - values[opposite] for word, opposite in OPPOSITES.items()}
    return np.array([values[word] for word in MEASURES], np.float32)


def _unit(values: NDArray[np.floating]) -> Floats:
    length = float(np.linalg.norm(values))
    return (values / length if length > 0 else values).astype(np.float32)
