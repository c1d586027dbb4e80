"""Draws pictures as the monitors of a rig show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import moderngl
import numpy as np
from numpy.typing import NDArray

from installation.outputs.heads.head_canvases import HeadCanvases
from installation.owner import Owner
from installation.picture.mixing.canvas import Canvas
from installation.rig.head import Head

Picture = NDArray[np.uint8]
"""(height, width, 3), display-encoded, top row first."""


class HeadPictures(Owner):
    """Pictures of canvases as their monitors show them; see HeadCanvases."""

    def __init__(self, context: moderngl.Context, heads: Sequence[Head], sizes: Mapping[str, tuple[int, int]]) -> None:
        self._context = context
        self._sizes = sizes
        self._canvases = HeadCanvases(context, heads, sizes)

    def of(self, output: str, canvas: Canvas) -> Picture:
        return self._canvases.of(output, canvas).pixels()[..., :3]

    def of_grey(self, share: float) -> dict[str, Picture]:
        """Every monitor's picture of an even canvas, from 0 (black) to 1 (white)."""
        found = {}
        for output, size_px in self._sizes.items():
            with Canvas(self._context, size_px) as canvas:
                canvas.framebuffer.clear(share, share, share, 1.0)
                found[output] = self.of(output, canvas)
        return found

    def close(self) -> None:
        self._canvases.close()
