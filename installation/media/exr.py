"""OpenEXR by PyAV (extra `clips`)."""

from __future__ import annotations

import io
from collections.abc import Callable

import av
import numpy as np
from numpy.typing import NDArray


def decode_exr(content: bytes, require_size: Callable[[int, int], None]) -> NDArray[np.float32]:
    """The linear light of a picture, (height, width, 4) with alpha.

    `require_size` may refuse the picture before it is decoded. A damaged file raises any exception of the library.
    """
    with av.open(io.BytesIO(content), mode="r", format="exr_pipe") as container:
        require_size(container.streams.video[0].width, container.streams.video[0].height)
        frame = next(container.decode(video=0))
        planes = frame.to_ndarray(format="gbrapf32le")  # (height, width, 4): red, green, blue, alpha
        return np.asarray(planes, np.float32)
