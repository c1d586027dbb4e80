"""The protocol of all decoders: draw a shot at a size in pixels; and further protocols for batches and parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from installation.picture.order import Order
from installation.picture.pixel_map import PixelMap
from installation.picture.rectangle import Rectangle
from installation.picture.source import DecodedPicture, Part
from installation.show.frame import Shot


class Decoder(Protocol):
    """Draws shots. All decoders agree with `numpy_decoder` to within 1/255; they differ in speed and requirements.

    Samples lie at pixel centres, mapped through `view.picture_coordinates`; a CPPN multiplies picture coordinates by
    `cppn.HALF_RANGE`. Closing twice is fine.
    """

    @property
    def name(self) -> str:
        """Its name in reports, such as `torch-cpu`."""

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
        """The picture of `shot`, `width` x `height` pixels.

        With a map of that size the pixels are those of the monitor over which the picture is bent, and black outside
        the picture. The shot must then show a single picture: a Point, or one cell of a Plate.

        Raises ScoreError for a neuron that the atlas lacks, and DeviceError if the device fails.
        """

    def close(self) -> None:
        """Release the decoder's resources."""


@runtime_checkable
class BatchDecoder(Decoder, Protocol):
    """A decoder that draws several pictures at once quicker than one by one, as on cards."""

    @property
    def max_batch_px(self) -> int:
        """The most pixels that it takes in one batch; 0 if it draws one picture after the other."""

    def decode_all(self, orders: Sequence[Order]) -> list[DecodedPicture]:
        """The pictures of several orders, each sampled once a pixel. Raises what `decode` raises, for all of them.

        The card may still be drawing them: each is complete when its `prepare` returns, which raises later errors.
        """


@runtime_checkable
class PartDecoder(Decoder, Protocol):
    """A decoder that draws a part of a picture without the rest, for pictures larger than memory."""

    def decode_part(self, shot: Shot, size_px: tuple[int, int], part: Rectangle) -> DecodedPicture:
        """The pixels of a part of the picture of `size_px` (width, height): float32, before rounding to half precision,
        otherwise equal to the whole picture's. Raises what `decode` raises."""


def decode_part(decoder: Decoder, shot: Shot, size_px: tuple[int, int], part: Rectangle) -> DecodedPicture:
    """See PartDecoder; other decoders draw the whole picture, and only the part is kept."""
    if isinstance(decoder, PartDecoder):
        return decoder.decode_part(shot, size_px, part)
    return cut(decoder.decode(shot, *size_px), part)


def cut(whole: DecodedPicture, part: Rectangle) -> DecodedPicture:
    """A part of a whole picture, in the form of PartDecoder.decode_part."""
    whole.prepare()
    pixels = whole.pixels if isinstance(whole.pixels, np.ndarray) else whole.pixels.host()
    height, width, _ = pixels.shape
    some = pixels[part.top : part.bottom, part.left : part.right].astype(np.float32)
    return DecodedPicture(some, whole.view, part=Part(part, (width, height)))


def decode_all(decoder: Decoder, orders: Sequence[Order]) -> list[DecodedPicture]:
    """See BatchDecoder.decode_all; other decoders draw one after the other."""
    if isinstance(decoder, BatchDecoder):
        return decoder.decode_all(orders)
    return [decoder.decode(order.shot, order.width, order.height, order.pixel_map) for order in orders]


def max_batch_px(decoder: Decoder) -> int:
    """See BatchDecoder; 0 for all others."""
    found: int = getattr(decoder, "max_batch_px", 0)  # called at every frame; isinstance would take 40 us
    return found
