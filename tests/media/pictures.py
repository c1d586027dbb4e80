"""Picture files for tests, made on the spot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def save(path: Path, pixels: NDArray[np.uint8], **options: Any) -> Path:
    """Write (height, width, 3 or 4) as whatever the name says."""
    Image.fromarray(pixels).save(path, **options)
    return path


def plain(
    red: int, green: int, blue: int, alpha: int | None = None, size_px: tuple[int, int] = (8, 4)
) -> NDArray[np.uint8]:
    """One colour."""
    colour = (red, green, blue) if alpha is None else (red, green, blue, alpha)
    return np.full((size_px[1], size_px[0], len(colour)), colour, np.uint8)
