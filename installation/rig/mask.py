"""Masks of a head: parts of its monitor that stay dark because of a door, a frame or a neighbour."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from installation.errors import RigError
from installation.files import read_regular
from installation.rig.warp import Point

LightShares = NDArray[np.float32]

MAX_PX = 16_384

MAX_PIXELS = 80_000_000
"""More than twice the pixels of an 8K projector; Pillow, which reads PNG for imageio, warns above 89 million."""

MAX_BYTES = 512 * 2**20
"""A grey picture of the largest size without compression has 256 MiB."""

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

PNG_SIZE_AT = 16
"""The offset of width and height, four bytes each."""


@dataclass(frozen=True, slots=True)
class Polygon:
    """Lets light pass only inside, or only outside if it `hides`; points are fractions of the monitor as it hangs.

    Light fades out over `feather`, a fraction of the monitor's height, centred on the outline.
    """

    points: tuple[Point, ...]
    hides: bool = False
    feather: float = 0.0

    def shares(self, size_px: tuple[int, int]) -> LightShares:
        """The share of light of every pixel (height, width)."""
        width, height = size_px
        across, down = np.arange(0.5, width), np.arange(0.5, height)
        corners = [(point.x * width, point.y * height) for point in self.points]
        sides = list(zip(corners, corners[1:] + corners[:1], strict=True))
        reach = max(self.feather * height, 1.0) / 2  # without a feather the outline fades over one pixel
        inside = np.zeros((height, width), bool)
        near = np.full((height, width), reach, np.float32)
        for (x0, y0), (x1, y1) in sides:
            if y0 != y1:
                rows = slice(*np.searchsorted(down, sorted((y0, y1))))
                crossings = x0 + (down[rows] - y0) * (x1 - x0) / (y1 - y0)
                inside[rows] ^= across > crossings[:, None]
            _lower_distances(near, across, down, (x0, y0), (x1, y1), reach)
        into = np.where(inside, near, -near) / (2 * reach) + 0.5
        shares: LightShares = (
            (into * into * (3 - 2 * into)).astype(np.float32) if self.feather else into.astype(np.float32)
        )
        return 1 - shares if self.hides else shares


@dataclass(frozen=True, slots=True)
class PictureMask:
    """A grey picture, stretched over the monitor as it hangs; white lets light pass.

    `pixels` has one byte for each pixel. `file` is its path in the rig.
    """

    width: int
    height: int
    pixels: bytes
    file: str = field(default="", compare=False)

    def shares(self, size_px: tuple[int, int]) -> LightShares:
        """The share of light of every pixel (height, width)."""
        image = Image.frombytes("L", (self.width, self.height), self.pixels)
        if image.size != size_px:
            image = image.resize(size_px, Image.Resampling.BILINEAR)
        return np.asarray(image, np.float32) / np.float32(255)


Mask = Polygon | PictureMask


def shares_of(masks: Sequence[Mask], size_px: tuple[int, int]) -> LightShares:
    """The share of light of every pixel (height, width) after all masks."""
    shares = np.ones((size_px[1], size_px[0]), np.float32)
    for mask in masks:
        shares *= mask.shares(size_px)
    return shares


def read_picture(path: Path) -> PictureMask:
    """Read a mask from a PNG; raises RigError for any other file."""
    try:
        data = read_regular(path, MAX_BYTES)
    except OSError as error:
        raise RigError(f"{path}: {error.strerror}; paths are relative to the rig's folder") from None
    return parse_picture(data, str(path))


def parse_picture(data: bytes, where: str) -> PictureMask:
    """A mask from the bytes of a PNG; `where` begins every message. Raises RigError."""
    if not data.startswith(PNG_SIGNATURE):
        raise RigError(f"{where}: not a PNG file; save the mask as PNG")
    try:
        width, height = struct.unpack_from(">II", data, PNG_SIZE_AT)
        if max(width, height) > MAX_PX or width * height > MAX_PIXELS:
            allowed = f"{MAX_PX} a side and {MAX_PIXELS:,} in all at most"
            raise RigError(f"{where}: {width}x{height} pixels; {allowed}")
        grey = _grey(data, where)
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        raise RigError(f"{where}: this PNG is damaged ({error}); save the mask again") from None
    return PictureMask(width, height, grey.tobytes())


def _grey(data: bytes, where: str) -> NDArray[np.uint8]:
    """The brightness of each pixel (height, width) in 8 bits; raises RigError for a transparent picture."""
    # Imported only here: it takes longer to load than all masks of most venues.
    import imageio.v3 as imageio

    read = partial(imageio.imread, data, extension=".png", plugin="pillow")
    properties = imageio.improps(data, extension=".png", plugin="pillow")
    metadata = imageio.immeta(data, extension=".png", plugin="pillow")
    may_be_transparent = properties.shape[2:] in ((2,), (4,)) or "transparency" in metadata
    if may_be_transparent and read(mode="RGBA")[..., 3].min() < 255:
        raise RigError(
            f"{where}: this picture is transparent in places, and a mask is not: white lets light through, black does "
            "not; flatten it onto one of them, then save it again"
        )
    if properties.dtype == np.uint16:  # 16-bit grey, which a conversion would clip at 255
        return np.rint(read() / np.float32(257)).astype(np.uint8)
    return np.asarray(read(mode="L"))


def _lower_distances(
    near: LightShares,
    across: NDArray[np.float64],
    down: NDArray[np.float64],
    start: tuple[float, float],
    end: tuple[float, float],
    reach: float,
) -> None:
    """Lower `near` to the distance from one side of a polygon wherever it is within `reach`; both in pixels."""
    (x0, y0), (x1, y1) = start, end
    columns = slice(*np.searchsorted(across, (min(x0, x1) - reach, max(x0, x1) + reach)))
    rows = slice(*np.searchsorted(down, (min(y0, y1) - reach, max(y0, y1) + reach)))
    x, y = across[columns] - x0, (down[rows] - y0)[:, None]
    dx, dy = x1 - x0, y1 - y0
    length = dx * dx + dy * dy
    along = np.clip((x * dx + y * dy) / length, 0, 1) if length else 0.0
    distances = np.hypot(x - along * dx, y - along * dy).astype(np.float32)
    near[rows, columns] = np.minimum(near[rows, columns], distances)
