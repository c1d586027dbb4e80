"""PNG files: the same picture always gives the same bytes, and a file under its name is always whole."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from installation.files import write_atomically


def png_bytes(picture: NDArray[np.uint8]) -> bytes:
    """A picture (height, width, 3 or more channels, the first three RGB) as PNG, tagged sRGB, with no time in it."""
    tags = PngInfo()
    tags.add(b"sRGB", b"\0")  # rendering intent: perceptual
    file = io.BytesIO()
    rgb = np.ascontiguousarray(picture[..., :3])
    Image.fromarray(rgb).save(file, "PNG", pnginfo=tags, compress_level=4)
    return file.getvalue()


def write_still(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write one picture as `path`; see `png_bytes` for its shape."""
    write_atomically(path, png_bytes(picture))
