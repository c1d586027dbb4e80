"""The safe picture: a dim light on every monitor while the player cannot play.

`python -m installation.outputs.windows_safe` shows it until it is ended. It needs no score, no atlas, no shaders and no
textures, so that it can be seen where those are what is broken; it breathes, so that no projector takes it for a still
picture and goes to sleep.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import glfw
import moderngl

from installation.outputs.windows_glfw import create_window, monitors_from_left, opened
from installation.signals import stopped_by_signals

DIM = (0.05, 0.045, 0.06)
BREATH_SECONDS = 8.0
STEP_SECONDS = 0.1


class SafePicture:
    """Owns a window on every monitor; monitors that come and go are followed. Only the main thread may touch it."""

    def __init__(self) -> None:
        self._windows = ExitStack()
        self._contexts: list[tuple[Any, moderngl.Context]] = []
        self._layout: tuple[object, ...] | None = None

    def show(self, seconds: float) -> None:
        """The picture `seconds` after it was first seen."""
        layout = tuple((*glfw.get_monitor_pos(one), glfw.get_video_mode(one)) for one in monitors_from_left())
        if layout != self._layout:
            self._open()
            self._layout = layout
        breath = 1 + 0.3 * math.sin(2 * math.pi * seconds / BREATH_SECONDS)
        for window, context in self._contexts:
            glfw.make_context_current(window)
            context.screen.use()
            red, green, blue = (breath * part for part in DIM)
            context.screen.clear(red, green, blue)
            glfw.swap_buffers(window)

    def _open(self) -> None:
        self.close()
        for monitor in monitors_from_left():
            mode = glfw.get_video_mode(monitor)
            if mode is not None:  # else it was unplugged just now
                window = create_window(mode.size, "The Neural Image", monitor=monitor)
                self._windows.callback(glfw.destroy_window, window)
                glfw.make_context_current(window)
                glfw.swap_interval(0)
                glfw.set_input_mode(window, glfw.CURSOR, glfw.CURSOR_HIDDEN)
                context = moderngl.create_context(require=330)
                self._windows.callback(context.release)
                self._windows.callback(glfw.make_context_current, window)  # the first thing done on the way out
                self._contexts.append((window, context))
                glfw.show_window(window)

    def close(self) -> None:
        self._contexts.clear()
        self._windows.close()
        self._windows = ExitStack()


def show_until(goes_on: Callable[[], bool]) -> None:
    """Show the safe picture for as long as `goes_on` says so."""
    begun = time.monotonic()
    with opened(), ExitStack() as owned:
        picture = SafePicture()
        owned.callback(picture.close)
        while goes_on():
            picture.show(time.monotonic() - begun)
            glfw.wait_events_timeout(STEP_SECONDS)


def main() -> None:
    """Until SIGTERM or SIGINT."""
    stopped: list[bool] = []
    with stopped_by_signals(lambda: stopped.append(True)):
        show_until(lambda: not stopped)


if __name__ == "__main__":
    main()
