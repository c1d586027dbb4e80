"""OpenGL functions beyond moderngl: to wait while other threads continue, and to detect a reset of the card."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import glfw

from installation.errors import DeviceError

RESETS = {0x8253: "by this show", 0x8254: "by another program", 0x8255: "for an unknown reason"}
"""The results of glGetGraphicsResetStatus (OpenGL 4.6, 2.3.2)."""

RESET_STATUS = {
    "GL_KHR_robustness": "glGetGraphicsResetStatus",
    "GL_ARB_robustness": "glGetGraphicsResetStatusARB",
}
"""The extensions, each with its name of the function."""


FRAMEBUFFER, BACK_LEFT, RED_SIZE = 0x8D40, 0x0402, 0x8212
"""Names of glGetFramebufferAttachmentParameteriv (OpenGL 3.3, 6.1.3)."""


class GlFunctions:
    """Functions of the GL context that is current when this is made; call them with such a context current.

    `load` gives a function's address by name, or none; `offers` says whether the driver has an extension.
    """

    def __init__(
        self,
        load: Callable[[str], Any] = glfw.get_proc_address,
        offers: Callable[[str], int] = glfw.extension_supported,
    ) -> None:
        self._parameter = ctypes.CFUNCTYPE(None, *3 * (ctypes.c_uint,), ctypes.POINTER(ctypes.c_int))(
            load("glGetFramebufferAttachmentParameteriv") or 0
        )
        self._finish = ctypes.CFUNCTYPE(None)(load("glFinish") or 0)
        names = [name for extension, name in RESET_STATUS.items() if offers(extension)]
        address = load(names[0]) if names else None
        self._reset_status = ctypes.CFUNCTYPE(ctypes.c_uint)(address) if address else None

    def window_bits(self) -> int:
        """The bits of a channel of the window, which must be the framebuffer in use; 8 if the driver does not say."""
        found = ctypes.c_int()
        self._parameter(FRAMEBUFFER, BACK_LEFT, RED_SIZE, ctypes.byref(found))
        return found.value or 8

    def finish(self) -> None:
        """Wait until the context has finished all its work. (moderngl's own call holds the interpreter's lock.)"""
        self._finish()

    def check(self) -> None:
        """Raise DeviceError if the card was reset: all textures and programs are then lost, and nothing is drawn."""
        status = self._reset_status() if self._reset_status else 0
        if status:
            why = RESETS.get(status, f"with status {status:#x}")
            raise DeviceError(
                f"the graphics card was reset {why}; restart the show; `installation house` does so by itself"
            )
