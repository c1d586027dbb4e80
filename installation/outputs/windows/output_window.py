"""An output window: on the desktop or over monitors, with a thread that draws into it and shows the result."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from fractions import Fraction
from typing import Any

import glfw

from installation.outputs.windows.toolkit import can_place_windows, create_window, video_mode
from installation.outputs.windows.window_drawing import WindowDrawing
from installation.outputs.windows.worker_thread import WorkerThread
from installation.picture.mixing.canvas import Canvas
from installation.picture.rectangle import Rectangle
from installation.rig.head import Head

log = logging.getLogger(__name__)

CLOSE_SECONDS = 0.5
"""How long to wait for a thread's end; if it still waits for its display, it is abandoned with its window hidden."""


class OutputWindow:
    """Owns a window and its thread; see window_drawing.py for `parts` and `heads`. For the main thread only.

    `area` is the place of a borderless window on the desktop, `monitor` the monitor of a full-screen window, which an
    area may describe; otherwise the window has a frame and is at `position`. `refresh` is its display's rate in Hz,
    None if no display paces it. With `black` the window appears at once, in black; otherwise with its first picture.

    Windows over monitors are borderless because GLFW moves a full-screen window to another monitor when its own is
    unplugged; it was visible there for one frame (Xorg). On Wayland only a full-screen window chooses its monitor.
    """

    def __init__(
        self,
        title: str,
        parts: Mapping[str, Rectangle],
        share: Any,
        *,
        monitor: Any = None,
        area: Rectangle | None = None,
        position: tuple[int, int] = (0, 0),
        heads: Sequence[Head] = (),
        refresh: float | None = None,
        fps: Fraction = Fraction(60),
        black: bool = True,
    ) -> None:
        self.parts = parts
        self.refresh = refresh
        self.outputs = frozenset(parts)
        self.is_closed = False
        self._canvases: Mapping[str, Canvas] = {}
        self._visible = False
        size = (area.width, area.height) if area else whole_size(parts)
        mode = video_mode(monitor) if monitor else None
        self.window = create_window(
            mode.size if mode else size,
            title,
            monitor=monitor,
            share=share,
            borderless=area is not None and not monitor,
        )
        # Kept, because a query at every frame would wait for X behind all pictures on their way to it.
        self._size_px: tuple[int, int] = glfw.get_framebuffer_size(self.window)
        glfw.set_framebuffer_size_callback(self.window, self._resized)
        self._thread = WorkerThread(self.name)
        with ExitStack() as undone:
            undone.callback(self._close_thread, CLOSE_SECONDS)
            if not monitor and can_place_windows():
                glfw.set_window_pos(self.window, *((area.left, area.top) if area else position))
            if area or monitor:
                glfw.set_input_mode(self.window, glfw.CURSOR, glfw.CURSOR_HIDDEN)
            interval = swap_interval(refresh, fps)
            self._drawing = self._thread.submit(WindowDrawing, self.window, parts, heads, interval, size).result()
            undone.callback(self._thread.submit, self._drawing.close)
            if black:
                self._show_black()
            self._cleanup = undone.pop_all()

    @property
    def name(self) -> str:
        """Its name in messages: the outputs in it."""
        return f"output {', '.join(self.parts)}"

    @property
    def error(self) -> str:
        """The latest OpenGL error in this window, `GL_NO_ERROR` if there was none."""
        return self._thread.submit(lambda: self._drawing.error).result()

    def take_head(self, head: Head) -> None:
        """From the next frame on draw with this head, which has the same output and monitor."""
        self._drawing.take_head(head)

    def show_only(self, outputs: frozenset[str]) -> None:
        """From the next frame on show only these outputs; the other parts are black."""
        self.outputs = self._drawing.outputs = outputs

    def set_canvases(self, canvases: Mapping[str, Canvas]) -> None:
        """Set the canvases for `draw`; they are complete and stay unchanged until it is done."""
        self._canvases = canvases

    def draw(self) -> Future[None]:
        """See barrier.Screen."""
        return self._thread.submit(self._drawing.draw, self._canvases, self._size_px)

    def swap(self) -> Future[float]:
        """See barrier.Screen."""
        if not self._visible:
            self._show_window()
        return self._thread.submit(self._drawing.swap)

    def _show_black(self) -> None:
        """Draw black before the window appears, and again after: some systems give a new window other memory."""
        self._thread.submit(self._drawing.show_black, self._size_px).result()
        self._show_window()
        self._thread.submit(self._drawing.show_black, self._size_px).result()

    def _resized(self, _window: Any, width: int, height: int) -> None:
        self._size_px = width, height

    def _show_window(self) -> None:
        self._visible = True
        glfw.show_window(self.window)

    def _close_thread(self, timeout_seconds: float) -> None:
        """Destroy the window after its context's thread has ended."""
        if self._thread.close(timeout_seconds):
            glfw.destroy_window(self.window)
            self.is_closed = True
        elif timeout_seconds:
            log.warning("the window of %s does not respond; it is hidden until it does", self.name)
            glfw.hide_window(self.window)

    def close(self) -> None:
        """Close the window; twice is fine. A frozen window is only hidden, and `is_closed` stays false: call it again
        later."""
        self._cleanup.close()
        if not self.is_closed:
            self._cleanup.callback(self._close_thread, 0.0)


def whole_size(parts: Mapping[str, Rectangle]) -> tuple[int, int]:
    """The size in pixels of a window that contains all its parts."""
    return max(part.right for part in parts.values()), max(part.bottom for part in parts.values())


RATE_TOLERANCE = 0.02
"""GLFW gives refresh rates in whole Hz, and calls 59.94 60."""


def swap_interval(refresh: float | None, fps: Fraction) -> int:
    """How many refreshes of a display a frame lasts: a display whose rate fits the show's paces the show.

    If its rate does not fit, a swap only waits for the next refresh, so that nothing tears, and the clock paces.
    Without a pacing display a swap does not wait: it took 30 to 50 ms on a virtual one (two windows, Xvfb, software
    GL).
    """
    if refresh is None:
        return 0
    refreshes = refresh / float(fps)
    whole = max(round(refreshes), 1)
    return whole if abs(refreshes - whole) < RATE_TOLERANCE * whole else 1
