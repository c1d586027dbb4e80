"""A canvas: the finished picture of one output, in a texture that windows draw and files read."""

from __future__ import annotations

import moderngl
import numpy as np
from numpy.typing import NDArray

from installation.owner import Owner
from installation.picture.target import Target


class Canvas(Owner):
    """One output's picture, 8 bits per channel, display-encoded; row 0 of the texture is the top row.

    `size_px` is (width, height). The mixer draws into `framebuffer`; sinks only read.
    """

    def __init__(self, context: moderngl.Context, size_px: tuple[int, int]) -> None:
        self.size_px = size_px
        self._context = context
        self._target = Target(context, size_px)
        self.framebuffer = self._target.framebuffer
        self.texture = self._target.textures[0]

    @property
    def size_bytes(self) -> int:
        """How many bytes a picture has, read as RGBX."""
        return 4 * self.size_px[0] * self.size_px[1]

    def pixels(self) -> NDArray[np.uint8]:
        """The picture (height, width, 4), RGB and a fourth that is always 255, top row first.

        Waits for the card. Four channels because reading three took 12 times as long (llvmpipe, 640x360).
        """
        width, height = self.size_px
        return np.frombuffer(self.framebuffer.read(components=4), np.uint8).reshape(height, width, 4)

    def readback(self) -> Readback:
        """A way to read this canvas without waiting; the caller owns it."""
        return Readback(self._context, self)

    def close(self) -> None:
        self._target.close()


class Readback(Owner):
    """A picture on its way from the card to memory while the next one is mixed; owns a pixel pack buffer."""

    def __init__(self, context: moderngl.Context, canvas: Canvas) -> None:
        self._canvas = canvas
        self._buffer = context.buffer(reserve=canvas.size_bytes, dynamic=True)

    def start(self) -> None:
        """Ask for the canvas as it is now; returns at once."""
        self._canvas.framebuffer.read_into(self._buffer, components=4)

    def finish(self) -> bytes:
        """The picture asked for last, as `Canvas.pixels` has it; waits for it if need be."""
        return bytes(self._buffer.read())

    def close(self) -> None:
        self._buffer.release()
