"""Pictures between decoders and mixer: decoded pictures, and the ones that a layer shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from installation.picture.pixel_map import PixelMap
from installation.picture.rectangle import Rectangle
from installation.show.frame import View

if TYPE_CHECKING:
    from installation.picture.card_pixels import CardPixels


class Part(NamedTuple):
    """Which pixels of a picture of `whole_px` (width, height) these are."""

    rectangle: Rectangle
    whole_px: tuple[int, int]


class Box(NamedTuple):
    """A part of a picture, as shares of its width and height from its top left corner."""

    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0


WHOLE = Box()


@dataclass(frozen=True, slots=True, eq=False)
class DecodedPicture:
    """A decoded picture and the view that it was decoded for. Compared by identity: equal objects, one texture.

    `pixels` (height, width, 3) float16 are display-encoded RGB 0..1, top row first; nobody writes them afterwards. A
    decoder on the card may leave them there. A fourth channel is straight alpha, 0..1: how far the colour covers the
    background. A pixel with alpha 0 has a neighbour's colour, because filters interpolate between pixels. With a
    `pixel_map` they are the pixels of the monitor over which the picture is bent. With a `part` they are some of a
    larger picture's pixels, and may be float32, for prints of 16 bits. Outside its `box` the picture is transparent.
    """

    pixels: NDArray[np.float16] | NDArray[np.float32] | CardPixels
    view: View
    pixel_map: PixelMap | None = None
    part: Part | None = None
    box: Box = WHOLE

    @property
    def is_drawn(self) -> bool:
        """Whether `prepare` returns without waiting."""
        return isinstance(self.pixels, np.ndarray) or self.pixels.is_drawn

    def prepare(self) -> None:
        """Wait until it is drawn; see CardPixels.prepare. Pixels in the host's memory are drawn already."""
        if not isinstance(self.pixels, np.ndarray):
            self.pixels.prepare()

    @property
    def has_alpha(self) -> bool:
        """Whether anything behind it may be seen."""
        return bool(self.pixels.shape[2] == 4)

    @property
    def aspect(self) -> float:
        """Width / height of the place that the view is seen through."""
        if self.pixel_map is not None:
            return self.pixel_map.aspect
        if self.part is not None:
            return self.part.whole_px[0] / self.part.whole_px[1]
        height, width, _ = self.pixels.shape
        return float(width / height)


@dataclass(frozen=True, slots=True)
class LayerPicture:
    """The mixer's input for one layer: one or two decoded pictures with weights that sum to one, seen through `view`.

    A single part with the same view is drawn unchanged; key pictures have wider views, and the mixer places and
    cross-fades them. Effects that read neighbouring pixels, also those of its cue and output, are drawn at
    `effects_scale` times their size.
    """

    view: View
    parts: tuple[tuple[DecodedPicture, float], ...]
    effects_scale: float = 1.0

    @property
    def has_alpha(self) -> bool:
        """Whether anything behind it may be seen."""
        return any(decoded.has_alpha for decoded, weight in self.parts if weight > 0)
