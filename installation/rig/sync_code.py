"""The sync code: a frame number in large black and white cells, read back from screenshots and photos.

A ring of white cells surrounds a ring of black ones, which surrounds eight rows of eight: the frame number's 32 bits
and the CRC-32 of its bytes, which detects every error in up to eight cells. The reader refuses a code that is torn
between two frames, faded or half hidden, and never guesses.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FRAME_NUMBERS = 2**32
"""Then the code starts again: after 2.2 years at 60 frames a second."""

CELLS = 12
"""Along each side, rings included."""

MIN_CONTRAST = 24
"""Between white and black, of 255: the contrast of a dim projector in a lit room on a photo."""

AMBIGUOUS = (0.35, 0.65)
"""A cell that is neither black nor white was photographed during the change of a frame."""

THRESHOLDS = (0.5, 0.3, 0.7)
"""Thresholds of white between the darkest and the brightest pixel: the screens on a photo differ in brightness."""


class DetectedCode(NamedTuple):
    """A code in a picture, and its centre in pixels from the top left."""

    frame_number: int
    x: float
    y: float


def cells(frame_number: int) -> NDArray[np.bool_]:
    """The code (12, 12), true where white."""
    number = (frame_number % FRAME_NUMBERS).to_bytes(4, "big")
    bits = np.unpackbits(np.frombuffer(number + zlib.crc32(number).to_bytes(4, "big"), np.uint8))
    return np.pad(np.pad(bits.reshape(8, 8), 1), 1, constant_values=1).astype(bool)


def draw(frame_number: int, size_px: tuple[int, int]) -> NDArray[np.uint8]:
    """The code (height, width) of 0 and 255 in the middle of a black picture of `size_px`, (width, height).

    Raises ValueError for pictures that are too small for it: below 14 pixels on a side.
    """
    width, height = size_px
    cell_px = min(size_px) // (CELLS + 2)
    if not cell_px:
        raise ValueError(f"{width}x{height} pixels: a sync code needs {CELLS + 2} on each side")
    picture = np.zeros((height, width), np.uint8)
    side = CELLS * cell_px
    left, top = (width - side) // 2, (height - side) // 2
    picture[top : top + side, left : left + side] = np.kron(cells(frame_number), np.full((cell_px, cell_px), 255))
    return picture


def read(picture: NDArray[np.uint8]) -> int | None:
    """The frame number of the only code in a picture; None if no code is whole, or if there are several."""
    found = find(picture)
    return found[0].frame_number if len(found) == 1 else None


def find(picture: NDArray[np.uint8]) -> list[DetectedCode]:
    """All whole codes in a picture (height, width) or (height, width, channels), from the left.

    They may be scaled, turned by quarters, and tilted or distorted as by a rig's corners or in a visitor's photo.
    """
    grey = picture if picture.ndim == 2 else picture[..., :3].mean(axis=2)
    if not grey.size or (contrast := float(grey.max()) - float(grey.min())) < MIN_CONTRAST:
        return []
    found: list[DetectedCode] = []
    taken: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    before: NDArray[np.bool_] | None = None
    for level in THRESHOLDS:
        white = grey > float(grey.min()) + level * contrast
        if before is not None and (white == before).all():
            continue
        before = white
        for corners in _white_shapes(white):
            low, high = corners.min(axis=0), corners.max(axis=0)
            if any(_is_within(low, high, least, most) for least, most in taken):
                continue  # a cell of a code that was already read, or the same code
            if (number := _decode(grey, corners)) is not None:
                taken.append((low, high))
                found.append(DetectedCode(number, *map(float, corners.mean(axis=0))))
    return sorted(found, key=lambda seen: (seen.x, seen.y))


def _is_within(
    low: NDArray[np.float64], high: NDArray[np.float64], least: NDArray[np.float64], most: NDArray[np.float64]
) -> bool:
    """Whether a shape lies within a code, give or take half a cell: noise moves its outline between thresholds."""
    slack = (most - least) / (2 * CELLS)
    return bool((low >= least - slack).all() and (high <= most + slack).all())


def _white_shapes(white: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """The corners (4, 2), clockwise from the top left, of every connected white shape that may be a code's outer ring.

    Runs of white are connected if they touch in neighbouring rows. The largest shapes come first.
    """
    edges = np.flatnonzero(np.diff(np.pad(white, ((0, 0), (1, 1))), axis=1))
    if not edges.size:
        return []
    rows, lefts = np.divmod(edges[0::2], white.shape[1] + 1)
    rights = edges[1::2] - rows * (white.shape[1] + 1)
    shape = _connected(rows, lefts, rights, white.shape[1])
    # Each corner is where a shape reaches furthest along a diagonal.
    corners = []
    for reach, x, y in (
        (lefts + rows, lefts, rows),
        (rows - rights, rights, rows),
        (-rights - rows, rights, rows + 1),
        (lefts - rows, lefts, rows + 1),
    ):
        order = np.lexsort((reach, shape))
        first = order[np.diff(shape[order], prepend=-1) > 0]
        corners.append(np.stack([x[first], y[first]], axis=1))
    shapes = np.stack(corners, axis=1).astype(np.float64)  # (shapes, 4, 2)
    sides = np.linalg.norm(shapes - np.roll(shapes, 1, axis=1), axis=2)
    order = np.argsort(-sides.sum(axis=1))
    return list(shapes[order[sides.min(axis=1)[order] >= CELLS]])


def _connected(
    rows: NDArray[np.intp], lefts: NDArray[np.intp], rights: NDArray[np.intp], width: int
) -> NDArray[np.intp]:
    """The shape number of each run; runs are ordered by row, then from the left."""
    stride = width + 2
    first = np.searchsorted(rows * stride + rights, (rows + 1) * stride + lefts, side="right")
    last = np.searchsorted(rows * stride + lefts, (rows + 1) * stride + rights, side="left")
    touching = np.maximum(last - first, 0)
    above = np.repeat(np.arange(rows.size), touching)
    below = np.arange(touching.sum()) + np.repeat(first - np.cumsum(touching) + touching, touching)
    shape = np.arange(rows.size)
    while True:
        before = shape.copy()
        least = np.minimum(shape[above], shape[below])
        np.minimum.at(shape, above, least)
        np.minimum.at(shape, below, least)
        shape = shape[shape]
        if (shape == before).all():
            return shape


def _decode(grey: NDArray[np.floating] | NDArray[np.uint8], corners: NDArray[np.float64]) -> int | None:
    """The frame number of the code between these corners, in any of four rotations; None if there is none."""
    x, y = _places(corners)
    inside = (x >= 0) & (y >= 0) & (x < grey.shape[1]) & (y < grey.shape[0])
    if not inside.all():
        return None
    samples = grey[y.astype(np.intp), x.astype(np.intp)].astype(np.float64)
    light = samples.reshape(CELLS, 3, CELLS, 3).mean(axis=(1, 3))
    outer, inner = _rings()
    white, black = np.median(light[outer]), np.median(light[inner])
    if white - black < MIN_CONTRAST:
        return None
    share = (light - black) / (white - black)
    if ((share > AMBIGUOUS[0]) & (share < AMBIGUOUS[1])).any():
        return None
    whole = share > 0.5
    if not whole[outer].all() or whole[inner].any():
        return None
    for turns in range(4):
        content = np.packbits(np.rot90(whole[2:-2, 2:-2], turns)).tobytes()
        if zlib.crc32(content[:4]).to_bytes(4, "big") == content[4:]:
            return int.from_bytes(content[:4], "big")
    return None


def _rings() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The masks of the white and the black ring (12, 12)."""
    depth = np.minimum(np.arange(CELLS), np.arange(CELLS)[::-1])
    depth = np.minimum(depth[:, None], depth)
    return depth == 0, depth == 1


def _places(corners: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The sampling points of the cells, nine in each (36, 36): x and y in pixels.

    They follow from the projective map of the unit square onto four corners, solved for its eight numbers.
    """
    unit = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float64)
    rows, values = [], []
    for (u, v), (x, y) in zip(unit, corners, strict=True):
        rows += [[u, v, 1, 0, 0, 0, -x * u, -x * v], [0, 0, 0, u, v, 1, -y * u, -y * v]]
        values += [x, y]
    a, b, c, d, e, f, g, h = np.linalg.lstsq(np.array(rows), np.array(values), rcond=None)[0]
    along = (np.arange(CELLS)[:, None] + (0.3, 0.5, 0.7)).ravel() / CELLS
    u, v = along[None, :], along[:, None]
    depth = g * u + h * v + 1
    return (a * u + b * v + c) / depth, (d * u + e * v + f) / depth
