"""A target: textures to draw into, with their framebuffer."""

from __future__ import annotations

from contextlib import ExitStack

import moderngl

from installation.owner import Owner
from installation.picture.bgra import use_bgra


class Target(Owner):
    """Owns `count` RGBA textures of `size_px` (width, height) and the framebuffer that draws into all of them.

    `dtype` is moderngl's: "f1" for 8 bits, which windows show at once, "f2" for half floats.
    """

    def __init__(self, context: moderngl.Context, size_px: tuple[int, int], dtype: str = "f1", count: int = 1) -> None:
        self._context = context
        self.size_px = size_px
        with ExitStack() as cleanup:
            self.textures = []
            for _ in range(count):
                texture = context.texture(size_px, 4, dtype=dtype)
                cleanup.callback(texture.release)
                if dtype == "f1":
                    use_bgra(texture)
                texture.repeat_x = texture.repeat_y = False
                self.textures.append(texture)
            self.framebuffer = context.framebuffer(self.textures)
            cleanup.callback(self.framebuffer.release)
            # After many calls moderngl binds the framebuffer in use again, even if it has been released since.
            cleanup.callback(self._unbind)
            self._cleanup = cleanup.pop_all()

    def _unbind(self) -> None:
        self._context.detect_framebuffer(0).use()

    def close(self) -> None:
        self._cleanup.close()
