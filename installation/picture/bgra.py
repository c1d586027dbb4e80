"""The order of a texture's bytes: blue first, as in windows.

A software driver shows such a texture in a window by copying memory: 640x360 pixels take 0.05 ms. Drawing them with a
program took 3.3 ms, and reordering their bytes 1.5 ms (llvmpipe). Graphics cards take the same time for either order.
Reading the texture back in the order red, green, blue takes 0.3 ms more.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any

import moderngl

TEXTURE_2D, RGBA, BGRA, UNSIGNED_BYTE = 0x0DE1, 0x1908, 0x80E1, 0x1401
"""OpenGL's constants."""


def use_bgra(texture: moderngl.Texture) -> None:
    """Give a texture of 8 bits and four channels this order; its content is lost. This has an effect on Linux only.

    moderngl has no call for it. The texture's context must be current.
    """
    if define := _define_texture():
        texture.use()
        define(TEXTURE_2D, 0, RGBA, *texture.size, 0, BGRA, UNSIGNED_BYTE, None)


@cache
def _define_texture() -> Any:
    """glTexImage2D for the current context; None on other systems than Linux and without libGL."""
    try:
        library = ctypes.CDLL("libGL.so.1") if sys.platform.startswith("linux") else None
    except OSError:
        return None
    if library is None:
        return None
    define = library.glTexImage2D
    define.argtypes = [ctypes.c_uint, *[ctypes.c_int] * 5, ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p]
    define.restype = None
    return define
