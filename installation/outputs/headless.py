"""OpenGL without a display, for mixing films, stills and rehearsals on a server."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import Any

import moderngl

from installation.errors import DeviceError
from installation.owner import Owner

# Without development packages distributions have only the numbered names.
_LINUX: tuple[dict[str, Any], ...] = (
    {"backend": "egl"},
    {"backend": "egl", "libgl": "libGL.so.1", "libegl": "libEGL.so.1"},
    {},
)
_ELSEWHERE: tuple[dict[str, Any], ...] = ({},)


class Headless(Owner):
    """Owns a GL context without a window, and makes it current."""

    def __init__(self) -> None:
        self.context = _context()
        self._cleanup = ExitStack()
        self._cleanup.callback(self.context.release)
        # On exit no context is current. Otherwise a window's GLX context could not become current afterwards.
        self._cleanup.enter_context(self.context)

    def close(self) -> None:
        self._cleanup.close()


def _context() -> moderngl.Context:
    """The first way that works: EGL, then the system's own (X11, macOS, Windows)."""
    refusals = []
    for ways in _LINUX if sys.platform.startswith("linux") else _ELSEWHERE:
        try:
            return moderngl.create_context(require=330, standalone=True, **ways)
        # glcontext raises plain Exception for every refusal of a driver or a missing library
        except Exception as refusal:
            refusals.append(f"{ways.get('libegl') or ways.get('backend', 'system')}: {refusal}")
    raise DeviceError(
        f"no OpenGL 3.3 without a display ({'; '.join(refusals)}); "
        "on Debian or Ubuntu: apt install libegl1 libgl1 libgl1-mesa-dri"
    )
