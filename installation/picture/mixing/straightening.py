"""Straightens a picture that was drawn for a monitor's own pixels, for viewers elsewhere."""

from __future__ import annotations

from contextlib import ExitStack

import moderngl
import numpy as np

from installation.owner import Owner
from installation.picture.pixel_map import PixelMap
from installation.picture.programs import Program

MAX_MAPS = 8
"""How many maps' surfaces are kept, 256 KB each at most; a new one replaces the oldest."""


class Straightening(Owner):
    """Owns the straightening program, and the surfaces of the latest maps."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._surfaces: dict[PixelMap, moderngl.Texture] = {}
        with ExitStack() as cleanup:
            cleanup.callback(self._forget)
            self._program = cleanup.enter_context(Program(context, "unbend.frag"))
            self._program.set("monitor", 0)
            self._program.set("places", 1)
            self._cleanup = cleanup.pop_all()

    def draw(self, bent: moderngl.Texture, pixel_map: PixelMap, target: moderngl.Framebuffer) -> None:
        """Fill a framebuffer with the straightened picture; `bent` has one texel for each pixel of the map.

        Parts that the monitor does not show repeat the edge. The framebuffer in use stays the same.
        """
        before = self._context.fbo
        target.use()
        target.viewport = (0, 0, *target.size)
        bent.use(0)
        self._surface(pixel_map).use(1)
        self._program.set("size", tuple(map(float, target.size)))
        self._program.draw()
        before.use()

    def _surface(self, pixel_map: PixelMap) -> moderngl.Texture:
        if pixel_map not in self._surfaces:
            if len(self._surfaces) == MAX_MAPS:
                self._surfaces.pop(next(iter(self._surfaces))).release()
            rows, columns, _ = pixel_map.surface.shape
            places = pixel_map.surface.astype(np.float32)
            texture = self._context.texture((columns, rows), 3, places.tobytes(), dtype="f4")
            texture.repeat_x = texture.repeat_y = False
            self._surfaces[pixel_map] = texture
        return self._surfaces[pixel_map]

    def _forget(self) -> None:
        while self._surfaces:
            self._surfaces.popitem()[1].release()

    def close(self) -> None:
        self._cleanup.close()
