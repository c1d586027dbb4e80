"""NVIDIA's swap groups: a driver that supports them shows all windows of a group at the same refresh.

GLX_NV_swap_group and WGL_NV_swap_group, with their specifications' names and types.
"""

from __future__ import annotations

import ctypes
import logging
import sys
from collections.abc import Callable, Sequence
from typing import Any

import glfw

log = logging.getLogger(__name__)

GROUP = 1


class SwapGroup:
    """Swap group 1, if the driver has one; needs a current GL context when it is made.

    `handles` gives the driver's handles of a window: its display and drawable on X, its device context on Windows.
    """

    def __init__(
        self,
        load: Callable[[str], Any] = glfw.get_proc_address,
        offers: Callable[[str], int] = glfw.extension_supported,
        system: str = sys.platform,
        handles: Callable[[Any], Sequence[int]] | None = None,
    ) -> None:
        prefix = "wgl" if system == "win32" else "glX"
        self._handles = handles or (_handles_on_windows if system == "win32" else _handles_on_x)
        self._join: Callable[..., int] | None = None
        if offers(f"{prefix.upper()}_NV_swap_group") and (address := load(f"{prefix}JoinSwapGroupNV")):
            types = (ctypes.c_void_p,) if system == "win32" else (ctypes.c_void_p, ctypes.c_ulong)
            self._join = ctypes.CFUNCTYPE(ctypes.c_int, *types, ctypes.c_uint)(address)

    def join(self, window: Any) -> None:
        """From now on the driver shows the window with the others; does nothing without swap groups."""
        if self._join is not None:
            if self._join(*self._handles(window), GROUP):
                log.info("a window has joined the driver's swap group %d", GROUP)
            else:
                log.warning(
                    "the driver refuses a window in its swap group %d; only the barrier keeps it in step", GROUP
                )

    def leave(self, window: Any) -> None:
        """Show the window on its own: otherwise the driver would let the others wait for a frozen one."""
        if self._join is not None:
            self._join(*self._handles(window), 0)


def _handles_on_x(window: Any) -> Sequence[int]:
    return glfw.get_x11_display(), glfw.get_glx_window(window)  # type: ignore[no-untyped-call]  # glfw declares only one


def _handles_on_windows(window: Any) -> Sequence[int]:
    user32 = ctypes.CDLL("user32")  # 64-bit Windows has one calling convention
    user32.GetDC.restype = ctypes.c_void_p
    user32.GetDC.argtypes = [ctypes.c_void_p]
    return (user32.GetDC(glfw.get_win32_window(window)),)  # a GLFW window keeps it for its lifetime
