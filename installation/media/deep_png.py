"""PNG with 16 bits per channel by PyAV (extra `clips`): Pillow reads such files with 8 bits."""

from __future__ import annotations

import io
from collections.abc import Callable

import av
import numpy as np
from numpy.typing import NDArray

DEEP = ("rgb48be", "rgba64be")


def decode_deep_png(content: bytes, require_size: Callable[[int, int], None]) -> NDArray[np.uint16] | None:
    """The values of a picture, (height, width, 4) with alpha; None if it has 8 bits, or is grey.

    `require_size` may refuse the picture before it is decoded. A damaged file raises any exception of the library.
    """
    with av.open(io.BytesIO(content), mode="r", format="png_pipe") as container:
        stream = container.streams.video[0]
        require_size(stream.width, stream.height)
        frame = next(container.decode(video=0))
        if frame.format.name not in DEEP:
            return None
        numbers = frame.to_ndarray().astype(np.uint16)  # in the machine's own order of bytes
        if numbers.shape[2] == 4:
            return numbers
        opaque = np.full((*numbers.shape[:2], 1), 65_535, np.uint16)
        return np.concatenate([numbers, opaque], axis=2)
