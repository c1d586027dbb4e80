"""The safe picture: a dim light on every monitor while the player cannot play.

It needs no score, atlas, shaders or textures, so it also works when those are broken; it breathes, so that no projector
takes it for a still picture and goes to sleep.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import glfw

from installation.outputs.windows.toolkit import create_window, glfw_session, video_mode, window_context
from installation.picture.rectangle import Rectangle

DIM = (0.05, 0.045, 0.06)
BREATH_SECONDS = 8.0
STEP_SECONDS = 0.1


class SafePicture:
    """Owns a window over every monitor, and follows monitors that come and go. Only the main thread may touch it."""

    def __init__(self) -> None:
        self._windows: dict[Rectangle, SafeWindow] = {}

    def show(self, seconds: float) -> None:
        """Show the picture `seconds` after it first appeared."""
        places = set(_places())
        for place in places - self._windows.keys():
            self._windows[place] = SafeWindow(place)
        breath = 1 + 0.3 * math.sin(2 * math.pi * seconds / BREATH_SECONDS)
        for window in self._windows.values():
            window.show((breath * DIM[0], breath * DIM[1], breath * DIM[2]))
        for place in self._windows.keys() - places:
            self._windows.pop(place).close()

    def close(self) -> None:
        while self._windows:
            self._windows.popitem()[1].close()


class SafeWindow:
    """Owns a window of one colour over a place on the desktop, without a frame."""

    def __init__(self, place: Rectangle) -> None:
        with ExitStack() as cleanup:
            self._window = create_window((place.width, place.height), "The Neural Image", borderless=True)
            cleanup.callback(glfw.destroy_window, self._window)
            glfw.set_window_pos(self._window, place.left, place.top)
            glfw.set_input_mode(self._window, glfw.CURSOR, glfw.CURSOR_HIDDEN)
            glfw.make_context_current(self._window)
            glfw.swap_interval(0)
            self._context = window_context()
            cleanup.callback(self._context.release)
            cleanup.callback(glfw.make_context_current, self._window)  # done first on exit
            self._cleanup = cleanup.pop_all()

    def show(self, colour: tuple[float, float, float]) -> None:
        glfw.make_context_current(self._window)
        glfw.show_window(self._window)
        self._context.screen.use()
        self._context.screen.clear(*colour)
        glfw.swap_buffers(self._window)

    def close(self) -> None:
        self._cleanup.close()


def _places() -> Iterator[Rectangle]:
    """The monitors' places on the desktop."""
    for monitor in glfw.get_monitors():
        mode = video_mode(monitor)
        if mode is not None:  # otherwise it was just unplugged
            x, y = glfw.get_monitor_pos(monitor)
            yield Rectangle(x, y, x + mode.size.width, y + mode.size.height)


def show_until(goes_on: Callable[[], bool], stands: Callable[[], object]) -> None:
    """Show the safe picture while `goes_on` returns True; call `stands` when it is visible."""
    begun = time.monotonic()
    with glfw_session(), ExitStack() as owned:
        picture = SafePicture()
        owned.callback(picture.close)
        picture.show(0.0)
        stands()
        while goes_on():
            picture.show(time.monotonic() - begun)
            glfw.wait_events_timeout(STEP_SECONDS)
