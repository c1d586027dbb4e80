"""PNG files: the same picture always gives the same bytes, and a file under its name is always whole."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from installation.errors import DeviceError


def png_bytes(picture: NDArray[np.uint8]) -> bytes:
    """A picture (height, width, 3 or more channels, the first three RGB) as PNG, tagged sRGB, with no time in it."""
    tags = PngInfo()
    tags.add(b"sRGB", b"\0")  # rendering intent: perceptual
    file = io.BytesIO()
    rgb = np.ascontiguousarray(picture[..., :3])
    Image.fromarray(rgb).save(file, "PNG", pnginfo=tags, compress_level=4)
    return file.getvalue()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file under a temporary name and rename it when it is on the disk, replacing what was there."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if not path.parent.is_dir():
            raise DeviceError(f"{path}: there is no folder {path.parent}; make it first") from error
        raise DeviceError(f"{path}: cannot be written: {error.strerror}; what was there is unchanged") from error


def write_still(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write one picture as `path`; see `png_bytes` for its shape."""
    write_atomically(path, png_bytes(picture))
