"""What every decoder does: draw a shot at a size in pixels."""

from __future__ import annotations

from typing import Protocol

from installation.picture.pixel_map import PixelMap
from installation.picture.source import Decoded
from installation.show.frame import Shot


class Decoder(Protocol):
    """Draws shots. All decoders agree with `numpy_decoder` to within 1/255; they differ in speed and in what they need.

    Samples lie at pixel centres, mapped through `view.picture_coordinates`; a CPPN takes picture coordinates times
    `cppn.HALF_RANGE`. Closing twice is fine.
    """

    @property
    def name(self) -> str:
        """What reports call it, such as `torch-cpu`."""

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> Decoded:
        """The picture of `shot`, `width` x `height` pixels.

        With a map of that size the pixels are those of a monitor that the picture is bent over, as far as it covers
        them, and black elsewhere. All of it must show one picture then: a Point, or one cell of a Plate.

        Raises ScoreError for a neuron that the atlas lacks and DeviceError when the device gives up.
        """

    def close(self) -> None:
        """Release what the decoder holds."""
