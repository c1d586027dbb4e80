"""An output window: on the desktop or over monitors, with a thread that draws in it and shows what it drew."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from fractions import Fraction
from typing import Any

import glfw

from installation.outputs.windows.toolkit import create_window, video_mode
from installation.outputs.windows.window_drawing import WindowDrawing
from installation.outputs.windows.worker_thread import WorkerThread
from installation.picture.mixing.canvas import Canvas
from installation.picture.rectangle import Rectangle
from installation.rig.head import Head

log = logging.getLogger(__name__)

CLOSE_SECONDS = 0.5
"""For a thread to end; one that still waits for its display is left to itself, with its window hidden."""


class OutputWindow:
    """Owns a window and its thread; see drawing.py for `parts` and `heads`. For the main thread only.

    `area` is where on the desktop a borderless window lies, `monitor` whom a window in full screen belongs to; else it
    has a frame and is at `position`. `refresh` is its display's rate in Hz, None where none paces. With `black` it is
    seen at once, in black; else from its first picture on.

    A window over a monitor is borderless because one in full screen GLFW puts onto another monitor when its own is
    unplugged, where it was seen for one frame (Xorg).
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
            mode.size if mode else size, title, monitor=monitor, share=share, borderless=area is not None
        )
        # Asked for every frame it would be an answer to wait for, behind all pictures on their way to X.
        self._size_px: tuple[int, int] = glfw.get_framebuffer_size(self.window)
        glfw.set_framebuffer_size_callback(self.window, self._resized)
        self._thread = WorkerThread(self.name)
        with ExitStack() as undone:
            undone.callback(self._close_thread, CLOSE_SECONDS)
            if area or not monitor:
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
        """For messages: the outputs in it."""
        return f"output {', '.join(self.parts)}"

    @property
    def error(self) -> str:
        """The last OpenGL error in this window, `GL_NO_ERROR` if there was none."""
        return self._thread.submit(lambda: self._drawing.error).result()

    def take_head(self, head: Head) -> None:
        """From the next frame on the picture lies as this head wants it: another one of the same output and monitor."""
        self._drawing.take_head(head)

    def show_only(self, outputs: frozenset[str]) -> None:
        """From the next frame on the parts of all others are black."""
        self.outputs = self._drawing.outputs = outputs

    def set_canvases(self, canvases: Mapping[str, Canvas]) -> None:
        """What `draw` draws from now on: canvases that are complete and stay so until that is done."""
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
        """Black before it is seen, and once more when it is there: some systems hand new windows other memory."""
        self._thread.submit(self._drawing.show_black, self._size_px).result()
        self._show_window()
        self._thread.submit(self._drawing.show_black, self._size_px).result()

    def _resized(self, _window: Any, width: int, height: int) -> None:
        self._size_px = width, height

    def _show_window(self) -> None:
        self._visible = True
        glfw.show_window(self.window)

    def _close_thread(self, timeout_seconds: float) -> None:
        """The window goes after the thread that its context belongs to."""
        if self._thread.close(timeout_seconds):
            glfw.destroy_window(self.window)
            self.is_closed = True
        elif timeout_seconds:
            log.warning("the window of %s does not respond; it is hidden until it does", self.name)
            glfw.hide_window(self.window)

    def close(self) -> None:
        """Twice is fine. A window that is frozen is only hidden, and `is_closed` false: then it takes another time."""
        self._cleanup.close()
        if not self.is_closed:
            self._cleanup.callback(self._close_thread, 0.0)


def whole_size(parts: Mapping[str, Rectangle]) -> tuple[int, int]:
    """The size in pixels of a window that is as large as its parts together."""
    return max(part.right for part in parts.values()), max(part.bottom for part in parts.values())


RATE_TOLERANCE = 0.02
"""GLFW gives refresh rates in whole Hz, and calls 59.94 60."""


def swap_interval(refresh: float | None, fps: Fraction) -> int:
    """For how many refreshes of a display a frame stays: where its rate fits the show's it paces the show.

    Where it does not fit, a swap only waits for the next refresh, so that nothing tears, and the clock paces. Where no
    display paces a swap does not wait: it took 30 to 50 ms on a virtual one (two windows, Xvfb, software GL).
    """
    if refresh is None:
        return 0
    refreshes = refresh / float(fps)
    whole = max(round(refreshes), 1)
    return whole if abs(refreshes - whole) < RATE_TOLERANCE * whole else 1
