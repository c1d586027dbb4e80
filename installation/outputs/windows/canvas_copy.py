"""Copies a canvas into a window, pixel for pixel: without a program, in almost no processor time."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import glfw

from installation.owner import Owner
from installation.picture.mixing.canvas import Canvas

TEXTURE_2D, NEAREST = 0x0DE1, 0x2600
COLOUR_BIT = 0x4000
READ_FRAMEBUFFER, COLOUR_ATTACHMENT = 0x8CA8, 0x8CE0
"""OpenGL's constants."""

Area = tuple[int, int, int, int]
"""A place in a window: left, bottom, width, height in pixels."""


class Copier(Owner):
    """Owns the framebuffer for reading canvases, in the GL context that is current when this is made.

    OpenGL copies between windows and textures of any context that shares them. A canvas has the top row first and a
    window the bottom row, and moderngl's own call cannot flip the rows. `load` gives a function's address by name.
    """

    def __init__(self, load: Callable[[str], Any] = glfw.get_proc_address) -> None:
        number, whole = ctypes.c_uint, ctypes.c_int
        self._generate = ctypes.CFUNCTYPE(None, whole, ctypes.POINTER(number))(load("glGenFramebuffers"))
        self._delete = ctypes.CFUNCTYPE(None, whole, ctypes.POINTER(number))(load("glDeleteFramebuffers"))
        self._bind = ctypes.CFUNCTYPE(None, number, number)(load("glBindFramebuffer"))
        self._attach = ctypes.CFUNCTYPE(None, number, number, number, number, whole)(load("glFramebufferTexture2D"))
        self._blit = ctypes.CFUNCTYPE(None, *[whole] * 8, number, number)(load("glBlitFramebuffer"))
        self._framebuffer = number()
        self._generate(1, self._framebuffer)

    def copy(self, canvas: Canvas, area: Area) -> None:
        """Copy a canvas to a place of its size in the framebuffer in use. The canvas may be closed afterwards."""
        left, bottom, width, height = area
        self._bind(READ_FRAMEBUFFER, self._framebuffer.value)
        self._attach(READ_FRAMEBUFFER, COLOUR_ATTACHMENT, TEXTURE_2D, canvas.texture.glo, 0)
        self._blit(0, 0, width, height, left, bottom + height, left + width, bottom, COLOUR_BIT, NEAREST)
        self._attach(READ_FRAMEBUFFER, COLOUR_ATTACHMENT, TEXTURE_2D, 0, 0)
        self._bind(READ_FRAMEBUFFER, 0)

    def close(self) -> None:
        self._delete(1, self._framebuffer)
        self._framebuffer.value = 0
