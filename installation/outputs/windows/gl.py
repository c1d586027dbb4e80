"""What windows ask of OpenGL beside moderngl: to wait while other threads go on, and whether the card was reset."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import glfw

from installation.errors import DeviceError

RESETS = {0x8253: "by this show", 0x8254: "by another program", 0x8255: "for an unknown reason"}
"""What glGetGraphicsResetStatus answers (OpenGL 4.6, 2.3.2)."""

RESET_STATUS = {
    "GL_KHR_robustness": "glGetGraphicsResetStatus",
    "GL_ARB_robustness": "glGetGraphicsResetStatusARB",
}
"""Extension and the name that it gives the function."""


class GlFunctions:
    """The functions of the GL context that is current when this is made; to be called where such a context is current.

    `load` gives a function's address by name, or none; `offers` says whether the driver has an extension.
    """

    def __init__(
        self,
        load: Callable[[str], Any] = glfw.get_proc_address,
        offers: Callable[[str], int] = glfw.extension_supported,
    ) -> None:
        self._finish = ctypes.CFUNCTYPE(None)(load("glFinish") or 0)
        names = [name for extension, name in RESET_STATUS.items() if offers(extension)]
        address = load(names[0]) if names else None
        self._reset_status = ctypes.CFUNCTYPE(ctypes.c_uint)(address) if address else None

    def finish(self) -> None:
        """Wait until all that the context was asked for is done. (moderngl's own keeps the interpreter to itself.)"""
        self._finish()

    def check(self) -> None:
        """Raises DeviceError when the card was reset: all textures and programs are lost then, and nothing is drawn."""
        status = self._reset_status() if self._reset_status else 0
        if status:
            why = RESETS.get(status, f"with status {status:#x}")
            raise DeviceError(
                f"the graphics card was reset {why}; restart the show; `installation house` does so by itself"
            )
