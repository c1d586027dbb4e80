"""A pane: one window on the desktop or on a whole monitor, showing one output or several side by side."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import glfw
import moderngl

from installation.outputs.head_drawing import HeadDrawing
from installation.outputs.rig import Head
from installation.outputs.windows_glfw import create_window, refresh_rate
from installation.picture.canvas import Canvas
from installation.picture.programs import Program
from installation.picture.rectangle import Rectangle


class Pane:
    """Owns a window, its GL context and what it draws with; textures are seen from the hidden window it shares with.

    With a `head` its output lies in the window as the rig wants it. Otherwise `parts` says where each output lies, in
    the outputs' pixels; the pane scales them together to the window, with black bars where the shape differs. Vertex
    arrays are not shared between contexts, so each pane has its program.
    """

    def __init__(
        self,
        title: str,
        parts: Mapping[str, Rectangle],
        share: Any,
        *,
        monitor: Any = None,
        position: tuple[int, int] = (0, 0),
        head: Head | None = None,
    ) -> None:
        self.parts = parts
        self._head: HeadDrawing | None = None
        self.refresh = refresh_rate(monitor or glfw.get_primary_monitor())
        self._size_px = max(part.right for part in parts.values()), max(part.bottom for part in parts.values())
        self._textures: dict[tuple[int, tuple[int, int]], moderngl.Texture] = {}
        mode = glfw.get_video_mode(monitor) if monitor else None
        with ExitStack() as cleanup:
            # With a rig a borderless window lies over the monitor: one in full screen GLFW puts onto another monitor
            # when its own is unplugged, where it was seen for one frame (Xorg).
            self.window = create_window(
                mode.size if mode else self._size_px,
                title,
                monitor=None if head else monitor,
                share=share,
                borderless=head is not None,
            )
            cleanup.callback(glfw.destroy_window, self.window)
            glfw.make_context_current(self.window)
            self._context = moderngl.create_context(require=330)
            cleanup.callback(self._context.release)
            if head:
                self._head = cleanup.enter_context(HeadDrawing(self._context, head))
            else:
                self._program = cleanup.enter_context(Program(self._context, "present.frag"))
            cleanup.callback(glfw.make_context_current, self.window)  # the first thing done on the way out
            if head or not monitor:
                glfw.set_window_pos(self.window, *(glfw.get_monitor_pos(monitor) if head else position))
            if monitor:
                glfw.set_input_mode(self.window, glfw.CURSOR, glfw.CURSOR_HIDDEN)
            self._show_black()
            self._cleanup = cleanup.pop_all()

    @property
    def error(self) -> str:
        """The last OpenGL error in this pane, `GL_NO_ERROR` if there was none."""
        glfw.make_context_current(self.window)
        return self._context.error

    def take_head(self, head: Head) -> None:
        """From the next frame on the picture lies as this head wants it: another one of the same output and monitor."""
        assert self._head is not None, "a pane without a head cannot get one"
        self._head.head = head

    def wait_for_display(self, wait: bool) -> None:
        """Whether `swap` waits for the display's refresh."""
        glfw.make_context_current(self.window)
        glfw.swap_interval(int(wait))

    def draw(self, canvases: Mapping[str, Canvas]) -> None:
        """Draw the canvases; they appear with `swap`. A minimised window draws nothing."""
        glfw.make_context_current(self.window)
        width, height = glfw.get_framebuffer_size(self.window)
        if not width or not height:
            return
        screen = self._context.screen
        screen.use()
        screen.viewport = (0, 0, width, height)
        screen.clear(alpha=1.0)
        if self._head:
            output = self._head.head.output
            if output in canvases:
                self._head.draw(self._texture(canvases[output]), (width, height))
            return
        scale = min(width / self._size_px[0], height / self._size_px[1])
        left, bottom = (width - scale * self._size_px[0]) / 2, (height - scale * self._size_px[1]) / 2
        for output, part in self.parts.items():
            if output in canvases:
                across, down = round(left + scale * part.left), round(bottom + scale * (self._size_px[1] - part.bottom))
                area = (across, down, round(scale * part.width), round(scale * part.height))
                self._texture(canvases[output]).use(0)
                screen.viewport = area
                self._program.set("area", area)
                self._program.draw()

    def swap(self) -> None:
        """Show what was drawn."""
        glfw.make_context_current(self.window)
        glfw.swap_buffers(self.window)

    def _texture(self, canvas: Canvas) -> moderngl.Texture:
        """The canvas as this context knows it; it stays the mixer's, and releasing this does not delete it."""
        key = canvas.texture.glo, canvas.size_px
        if key not in self._textures:
            self._textures[key] = self._context.external_texture(key[0], key[1], 4, 0, "f1")
        return self._textures[key]

    def _show_black(self) -> None:
        """Black before it is seen, and once more when it is there: some systems give new windows other memory."""
        for _ in range(2):
            self._context.screen.use()
            self._context.screen.clear(alpha=1.0)
            glfw.swap_buffers(self.window)
            glfw.show_window(self.window)

    def close(self) -> None:
        self._cleanup.close()
