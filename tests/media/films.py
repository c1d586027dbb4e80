"""Films for tests, made on the spot: every frame is grey, as light as its number says."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

FPS = 25
STEP = 4
"""From frame to frame, of 255."""

WITH_ALPHA = "qtrle"
"""A codec of QuickTime files that every build of FFmpeg has."""


def save_film(
    path: Path, frames: int = 50, *, size_px: tuple[int, int] = (64, 36), codec: str = "libx264", gop: int = 12
) -> Path:
    """A film whose frame n is grey of STEP * n; its left half is transparent if the codec keeps alpha."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=FPS)
        stream.width, stream.height = size_px
        stream.pix_fmt = "argb" if codec == WITH_ALPHA else "yuv420p"
        stream.options = {"g": str(gop), "crf": "4"} if codec != WITH_ALPHA else {}
        for number in range(frames):
            pixels = np.full((size_px[1], size_px[0], 4), (STEP * number) % 256, np.uint8)
            pixels[..., 3] = 255
            if codec == WITH_ALPHA:
                pixels[:, : size_px[0] // 2, 3] = 0
            frame = av.VideoFrame.from_ndarray(pixels, "rgba")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
