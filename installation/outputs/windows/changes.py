"""Learns from X at once that a monitor has changed its mode or place, which GLFW does not report.

Polling would take half a millisecond of every frame (three monitors), and longer while X is busy with pictures.
"""

from __future__ import annotations

import ctypes
from contextlib import ExitStack
from typing import Any

import glfw

SCREEN_CHANGED, CRTC_CHANGED, OUTPUT_CHANGED = 1, 2, 4
"""Masks of RRSelectInput (RandR 1.2, 7)."""

EVENT_BYTES = 192
"""The size of an XEvent: 24 longs."""


class LayoutChanges:
    """Owns a connection to the X server that receives only monitor events; on other systems it receives nothing."""

    def __init__(self) -> None:
        self._x: Any = None
        with ExitStack() as cleanup:
            if glfw.get_platform() == glfw.PLATFORM_X11 and (libraries := _libraries()):
                self._x, randr = libraries
                self._display = ctypes.c_void_p(self._x.XOpenDisplay(None))
                if self._display:
                    cleanup.callback(self._x.XCloseDisplay, self._display)
                    root = ctypes.c_ulong(self._x.XDefaultRootWindow(self._display))
                    randr.XRRSelectInput(self._display, root, SCREEN_CHANGED | CRTC_CHANGED | OUTPUT_CHANGED)
                else:
                    self._x = None
            self._cleanup = cleanup.pop_all()

    @property
    def are_reported(self) -> bool:
        """Whether changes are reported here at all."""
        return self._x is not None

    def have_occurred(self) -> bool:
        """Whether anything has changed since the last call; costs one look at a socket."""
        if self._x is None:
            return False
        told = False
        event = ctypes.create_string_buffer(EVENT_BYTES)
        while self._x.XPending(self._display):
            self._x.XNextEvent(self._display, event)
            told = True
        return told

    def close(self) -> None:
        self._x = None
        self._cleanup.close()


def _libraries() -> tuple[Any, Any] | None:
    """Xlib and its RandR extension, which GLFW has loaded already; None if they have other names."""
    try:
        x, randr = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXrandr.so.2")
    except OSError:
        return None
    x.XOpenDisplay.restype = ctypes.c_void_p
    x.XDefaultRootWindow.restype = ctypes.c_ulong
    return x, randr
