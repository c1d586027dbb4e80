"""Pictures as the monitors of a rig show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import moderngl
import numpy as np
from numpy.typing import NDArray

from installation.outputs.heads.drawing import HeadDrawing
from installation.owner import Owner
from installation.picture.mixing.canvas import Canvas
from installation.rig.head import Head

Picture = NDArray[np.uint8]
"""(height, width, 3), display-encoded, top row first."""


class HeadPictures(Owner):
    """Draws canvases as their monitors show them: warped, coloured, with soft edges and masks. Owns what it draws with.

    `sizes` are those of the canvases; an output without a head is shown as it is.
    """

    def __init__(self, context: moderngl.Context, heads: Sequence[Head], sizes: Mapping[str, tuple[int, int]]) -> None:
        self._context = context
        self._sizes = sizes
        with ExitStack() as cleanup:
            self._drawn = {
                head.output: (
                    cleanup.enter_context(HeadDrawing(context, head)),
                    cleanup.enter_context(Canvas(context, _turned(head, sizes[head.output]))),
                )
                for head in heads
                if head.output in sizes
            }
            self._cleanup = cleanup.pop_all()

    def of(self, output: str, canvas: Canvas) -> Picture:
        if output not in self._drawn:
            return canvas.pixels()[..., :3]
        drawing, screen = self._drawn[output]
        screen.framebuffer.use()
        screen.framebuffer.clear()
        drawing.draw(canvas.texture, screen.size_px)
        return screen.pixels()[::-1, :, :3]  # a monitor's top is where GL has its highest row

    def of_grey(self, share: float) -> dict[str, Picture]:
        """What every monitor shows of an even canvas, 0 black to 1 white."""
        found = {}
        for output, size_px in self._sizes.items():
            with Canvas(self._context, size_px) as canvas:
                canvas.framebuffer.clear(share, share, share, 1.0)
                found[output] = self.of(output, canvas)
        return found

    def close(self) -> None:
        self._cleanup.close()


def _turned(head: Head, size_px: tuple[int, int]) -> tuple[int, int]:
    """The shape of the monitor on which a picture of this size is turned."""
    return size_px if head.rotation in (0, 180) else size_px[::-1]
