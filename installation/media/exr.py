"""OpenEXR by PyAV, which is the extra `clips`."""

from __future__ import annotations

import io

import av
import numpy as np
from numpy.typing import NDArray


def decode_exr(content: bytes) -> NDArray[np.float32]:
    """The light of a picture, (height, width, 4) with alpha. Raises OSError or ValueError for a damaged one."""
    with av.open(io.BytesIO(content), mode="r", format="exr_pipe") as container:
        frame = next(container.decode(video=0))
        planes = frame.to_ndarray(format="gbrapf32le")  # (height, width, 4): red, green, blue, alpha
        return np.asarray(planes, np.float32)
