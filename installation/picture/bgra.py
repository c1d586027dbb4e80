"""The order of a texture's bytes: blue first, as windows have them.

Where a processor draws, it shows such a texture in a window by copying memory: 640x360 pixels in 0.05 ms of its time,
where drawing them with a program took 3.3 and putting their bytes in order 1.5 (llvmpipe). To graphics cards it is all
the same. Reading it back in the order red, green, blue takes 0.3 ms more.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any

import moderngl

TEXTURE_2D, RGBA, BGRA, UNSIGNED_BYTE = 0x0DE1, 0x1908, 0x80E1, 0x1401
"""OpenGL's numbers."""


def use_bgra(texture: moderngl.Texture) -> None:
    """Give a texture of 8 bits and four channels this order; its content is lost. Without effect but on Linux.

    moderngl has no words for it. The context of the texture must be current.
    """
    if define := _define_texture():
        texture.use()
        define(TEXTURE_2D, 0, RGBA, *texture.size, 0, BGRA, UNSIGNED_BYTE, None)


@cache
def _define_texture() -> Any:
    """glTexImage2D for whatever context is current; None where it has no such name."""
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
