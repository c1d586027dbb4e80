"""Canvases with pictures that were drawn for the pixels of a monitor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import moderngl
import numpy as np
from numpy.typing import NDArray

from installation.picture.mixing.canvas import Canvas
from installation.picture.mixing.straightening import Straightening
from installation.picture.pixel_map import PixelMap

Picture = NDArray[np.uint8]
Draw = Callable[[Picture], None]


@contextmanager
def bent_canvas(
    context: moderngl.Context, pixel_map: PixelMap, size_px: tuple[int, int]
) -> Iterator[tuple[Canvas, Draw]]:
    """A canvas for a picture of `size_px`, and what draws (height, width, 3) at the monitor's pixels."""
    with Straightening(context) as unbending, Canvas(context, size_px) as canvas:

        def draw(picture: Picture) -> None:
            target = canvas.begin_bent(pixel_map, unbending)
            target.textures[0].write(np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)]).tobytes())

        yield canvas, draw


def smooth(pixel_map: PixelMap) -> Picture:
    """Brighter to the right of the picture in red, downwards in green, over the monitor."""
    across, down = pixel_map.offsets + 0.5
    seen: NDArray[np.float64] = np.clip(np.stack([across, down, np.full_like(across, 0.5)], -1), 0, 1)
    return np.round(255 * seen).astype(np.uint8)
