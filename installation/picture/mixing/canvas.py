"""A canvas: the finished picture of one output, in a texture for windows and files."""

from __future__ import annotations

from typing import NamedTuple

import moderngl
import numpy as np
from numpy.typing import NDArray

from installation.owner import Owner
from installation.picture.mixing.straightening import Straightening
from installation.picture.pixel_map import PixelMap
from installation.picture.target import Target


class Bent(NamedTuple):
    """A picture drawn for a monitor's own pixels, in a target of the map's size, with the object that straightens
    it."""

    pixel_map: PixelMap
    target: Target
    unbending: Straightening


class Canvas(Owner):
    """One output's picture, display-encoded; row 0 of the texture is the top row. It has 8 bits per channel, or single
    precision where `dtype` is "f4".

    `size_px` is (width, height). The mixer draws into the latest target from `begin` or `begin_bent`; sinks only read.
    If the picture was drawn for a monitor's own pixels, `bent` is the picture as the monitor shows it; a window then
    needs nothing else. Other readers get a straightened picture, made once for each frame, on the thread of the canvas.
    """

    def __init__(self, context: moderngl.Context, size_px: tuple[int, int], dtype: str = "f1") -> None:
        self.size_px = size_px
        self.dtype = dtype
        self.bent: Bent | None = None
        self._context = context
        self._target = Target(context, size_px, dtype)
        self._bent_target: Target | None = None
        self._is_straight = True

    @property
    def size_bytes(self) -> int:
        """The bytes of a picture, read as RGBX in the canvas's own precision."""
        return 4 * self.size_px[0] * self.size_px[1] * (4 if self.dtype == "f4" else 1)

    @property
    def texture(self) -> moderngl.Texture:
        """The picture; changes with the next frame."""
        return self._straight().textures[0]

    @property
    def framebuffer(self) -> moderngl.Framebuffer:
        """The picture, for reading or drawing over it."""
        return self._straight().framebuffer

    def begin(self) -> Target:
        """The target for the next picture."""
        self.bent, self._is_straight = None, True
        return self._target

    def begin_bent(self, pixel_map: PixelMap, unbending: Straightening) -> Target:
        """The target for the next picture, drawn for the pixels of a monitor."""
        if self._bent_target is None or self._bent_target.size_px != pixel_map.size_px:
            self._forget_bent()
            self._bent_target = Target(self._context, pixel_map.size_px)
        self.bent, self._is_straight = Bent(pixel_map, self._bent_target, unbending), False
        return self._bent_target

    def straighten(self) -> None:
        """Straighten the picture and drop the bent one, because the monitor's pixels have moved."""
        self._straight()
        self.bent = None

    def copy(self, other: Canvas) -> None:
        """Take the picture of another canvas of this size."""
        if other.bent is None:
            target, source = self.begin(), other._target
        else:
            pixel_map, source, unbending = other.bent
            target = self.begin_bent(pixel_map, unbending)
        self._context.copy_framebuffer(target.framebuffer, source.framebuffer)

    def pixels(self) -> NDArray[np.uint8]:
        """The picture (height, width, 4), top row first: RGB, and 255 unless the mixer draws alpha.

        Waits for the card. Four channels, because reading three took 12 times as long (llvmpipe, 640x360).
        """
        width, height = self.size_px
        return np.frombuffer(self.framebuffer.read(components=4), np.uint8).reshape(height, width, 4)

    def floats(self) -> NDArray[np.float32]:
        """The picture (height, width, 3) of a canvas of single precision, top row first. Waits for the card."""
        width, height = self.size_px
        read = self.framebuffer.read(components=4, dtype="f4")
        return np.frombuffer(read, np.float32).reshape(height, width, 4)[..., :3]

    def readback(self) -> Readback:
        """A reader of this canvas that does not wait; the caller owns it."""
        return Readback(self._context, self)

    def _straight(self) -> Target:
        if self.bent is not None and not self._is_straight:
            self.bent.unbending.draw(self.bent.target.textures[0], self.bent.pixel_map, self._target.framebuffer)
            self._is_straight = True
        return self._target

    def _forget_bent(self) -> None:
        if self._bent_target is not None:
            self._bent_target.close()
            self.bent = self._bent_target = None

    def close(self) -> None:
        self._forget_bent()
        self._target.close()


class Readback(Owner):
    """Reads a picture from the card while the mixer draws the next one; owns a pixel pack buffer."""

    def __init__(self, context: moderngl.Context, canvas: Canvas) -> None:
        self._canvas = canvas
        self._buffer = context.buffer(reserve=canvas.size_bytes, dynamic=True)

    def start(self) -> None:
        """Request the canvas's present picture; returns at once."""
        self._canvas.framebuffer.read_into(self._buffer, components=4, dtype=self._canvas.dtype)

    def finish(self) -> bytes:
        """The picture requested last, row by row from the top, four values a pixel; waits for it if necessary."""
        return bytes(self._buffer.read())

    def picture(self) -> NDArray[np.uint8] | NDArray[np.float32]:
        """The picture requested last, (height, width, 4), in the canvas's own precision."""
        width, height = self._canvas.size_px
        if self._canvas.dtype == "f4":
            return np.frombuffer(self.finish(), np.float32).reshape(height, width, 4)
        return np.frombuffer(self.finish(), np.uint8).reshape(height, width, 4)

    def close(self) -> None:
        self._buffer.release()
