"""Pixel maps as textures that shaders/cppn.glsl and shaders/reveal.glsl read."""

from __future__ import annotations

import moderngl
import numpy as np

from installation.owner import Owner
from installation.picture.pixel_map import PixelMap

MAX_MAPS = 8
"""How many heads' maps stay on the card, 16 MB each at 1920x1080; a new one replaces the oldest."""


class GlslMaps(Owner):
    """Owns the textures of the latest maps; belongs to the thread of the GL context."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._textures: dict[PixelMap, moderngl.Texture] = {}

    def use(self, pixel_map: PixelMap, unit: int) -> None:
        """Bind this map to a texture unit for the shaders."""
        if pixel_map not in self._textures:
            if len(self._textures) == MAX_MAPS:
                self._textures.pop(next(iter(self._textures))).release()
            texels = np.ascontiguousarray(np.moveaxis(pixel_map.offsets, 0, 2))
            self._textures[pixel_map] = self._context.texture(pixel_map.size_px, 2, texels, dtype="f4")
        self._textures[pixel_map].use(unit)

    def close(self) -> None:
        while self._textures:
            self._textures.popitem()[1].release()
