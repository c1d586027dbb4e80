"""Draws one window, in a GL context that belongs to one thread."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import glfw
import moderngl

from installation.outputs.heads.drawing import HeadDrawing
from installation.outputs.windows.canvas_copy import Area, Copier
from installation.outputs.windows.gl import GlFunctions
from installation.outputs.windows.toolkit import window_context
from installation.picture.mixing.canvas import Canvas
from installation.picture.programs import Program
from installation.picture.rectangle import Rectangle
from installation.rig.head import Head

MAX_TEXTURES = 64
"""How many canvases are known at a time: every reload of a score brings new ones."""


class WindowDrawing:
    """Owns a window's programs and textures; made, used and closed in one thread, to which the context belongs.

    `parts` gives each output's place in the window, in pixels of a window of `size_px`. With `heads` each output fills
    its part according to the rig. Without, the outputs are scaled together to the window, with black bars if the shape
    differs. `outputs` are the visible ones; the parts of others are black.

    All windows share textures with the hidden window, but not vertex arrays, so each window has its own programs.
    """

    def __init__(
        self,
        window: Any,
        parts: Mapping[str, Rectangle],
        heads: Sequence[Head],
        swap_interval: int,
        size_px: tuple[int, int],
    ) -> None:
        self.outputs = frozenset(parts)
        self._window = window
        self._parts = parts
        self._size_px = size_px
        self._textures: dict[tuple[int, tuple[int, int]], moderngl.Texture] = {}
        with ExitStack() as cleanup:
            glfw.make_context_current(window)
            cleanup.callback(glfw.make_context_current, None)  # type: ignore[arg-type]  # None releases it
            glfw.swap_interval(swap_interval)
            self._context = window_context()
            cleanup.callback(self._context.release)
            self._card = GlFunctions()
            self._copier = cleanup.enter_context(Copier())
            self._context.screen.use()
            bits = self._card.window_bits() if heads else 8
            self._heads = {head.output: cleanup.enter_context(HeadDrawing(self._context, head, bits)) for head in heads}
            self._program = None if heads else cleanup.enter_context(Program(self._context, "present.frag"))
            self._cleanup = cleanup.pop_all()

    @property
    def error(self) -> str:
        """The latest OpenGL error, `GL_NO_ERROR` if there was none."""
        return self._context.error

    def take_head(self, head: Head) -> None:
        """From the next picture on draw with this head; any thread may call it."""
        self._heads[head.output].head = head

    def draw(self, canvases: Mapping[str, Canvas], size_px: tuple[int, int]) -> None:
        """Draw into a window of this size, and wait until it is done; a minimised window has no pixels."""
        if not all(size_px):
            return
        shown = [
            (output, canvases[output], self._area(part, size_px))
            for output, part in self._parts.items()
            if output in canvases and output in self.outputs
        ]
        copied = {output for output, canvas, area in shown if self._is_pixel_exact(output, canvas, area)}
        self._context.screen.use()
        if sum(area[2] * area[3] for output, _, area in shown if output in copied) < size_px[0] * size_px[1]:
            self._clear(size_px)
        for output, canvas, area in shown:
            if output in copied:
                self._copier.copy(canvas, area)
            else:
                self._draw(output, canvas, area)
        self._card.finish()

    def _is_pixel_exact(self, output: str, canvas: Canvas, area: Area) -> bool:
        """Whether each pixel of the canvas is a pixel of the window with the same colour."""
        is_plain = not self._heads or self._heads[output].head.is_plain
        return is_plain and canvas.bent is None and canvas.size_px == area[2:]

    def _draw(self, output: str, canvas: Canvas, area: Area) -> None:
        self._context.screen.viewport = area
        if self._program is None:
            self._heads[output].draw(self._texture(canvas), area[2:], bent=canvas.bent is not None)
        else:
            self._texture(canvas).use(0)
            self._program.set("area", area)
            self._program.draw()

    def show_black(self, size_px: tuple[int, int]) -> None:
        self._clear(size_px)
        self.swap()

    def swap(self) -> float:
        """Show the drawn picture; returns the time at which it was shown, in steady seconds. Waits for the display, if
        any."""
        glfw.swap_buffers(self._window)
        return time.monotonic()

    def _clear(self, size_px: tuple[int, int]) -> None:
        self._context.screen.use()
        self._context.screen.viewport = (0, 0, *size_px)
        self._context.screen.clear(alpha=1.0)

    def _area(self, part: Rectangle, size_px: tuple[int, int]) -> Area:
        """A part's place in a window of this size."""
        (width, height), (whole_width, whole_height) = size_px, self._size_px
        across, down = width / whole_width, height / whole_height
        if not self._heads:
            across = down = min(across, down)
        left, bottom = (width - across * whole_width) / 2, (height - down * whole_height) / 2
        return (
            round(left + across * part.left),
            round(bottom + down * (whole_height - part.bottom)),
            round(across * part.width),
            round(down * part.height),
        )

    def _texture(self, canvas: Canvas) -> moderngl.Texture:
        """The canvas's texture in this context; the mixer keeps owning it, and a release here does not delete it."""
        texture = canvas.bent.target.textures[0] if canvas.bent else canvas.texture
        key = texture.glo, texture.size
        if key not in self._textures:
            if len(self._textures) == MAX_TEXTURES:
                self._textures.clear()
            self._textures[key] = self._context.external_texture(key[0], key[1], 4, 0, "f1")
        return self._textures[key]

    def close(self) -> None:
        self._cleanup.close()
