"""A decoder of your own: rings instead of neurons, to see where every shot lies and how far its camera has gone."""

from __future__ import annotations

import numpy as np

from installation.picture.pixel_map import PixelMap
from installation.picture.source import DecodedPicture
from installation.picture.view import picture_coordinates
from installation.show.frame import Shot


class RingsDecoder:
    """Draws rings around the middle of every picture, one for each tenth of its half height."""

    name = "rings"

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
        """The rings as the camera sees them: rows from the top, colours 0..1 as a display takes them, in float16."""
        if pixel_map is None:
            u, v = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)  # pixel centres
            covered, aspect = np.ones((height, width), bool), width / height
        else:
            u, v = pixel_map.offsets.astype(np.float64) + 0.5
            covered, aspect = np.zeros((height, width), bool), pixel_map.aspect
            covered.flat[pixel_map.covered] = True
        x, y = picture_coordinates(shot.view, aspect).at(u, v)
        grey = (0.5 + 0.5 * np.cos(20 * np.pi * np.hypot(x, y))) * covered
        return DecodedPicture(grey[..., None].repeat(3, axis=2).astype(np.float16), shot.view, pixel_map)

    def close(self) -> None:
        """Nothing is held; a decoder that holds a device lets go of it here, and closing twice is fine."""
