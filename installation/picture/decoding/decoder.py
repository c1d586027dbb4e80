"""What every decoder does: draw a shot at a size in pixels; and what those can do that draw several at once."""

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
    """Draws shots. All decoders agree with `numpy_decoder` to within 1/255; they differ in speed and in what they need.

    Samples lie at pixel centres, mapped through `view.picture_coordinates`; a CPPN takes picture coordinates times
    `cppn.HALF_RANGE`. Closing twice is fine.
    """

    @property
    def name(self) -> str:
        """What reports call it, such as `torch-cpu`."""

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
        """The picture of `shot`, `width` x `height` pixels.

        With a map of that size the pixels are those of a monitor that the picture is bent over, as far as it covers
        them, and black elsewhere. All of it must show one picture then: a Point, or one cell of a Plate.

        Raises ScoreError for a neuron that the atlas lacks and DeviceError when the device gives up.
        """

    def close(self) -> None:
        """Release what the decoder holds."""


@runtime_checkable
class BatchDecoder(Decoder, Protocol):
    """A decoder that is quicker with several pictures at once than one by one, as those on cards are."""

    @property
    def max_batch_px(self) -> int:
        """The pixels of the pictures that it is given at once, at most; 0 where it draws one after the other."""

    def decode_all(self, orders: Sequence[Order]) -> list[DecodedPicture]:
        """The pictures of several orders, each sampled once a pixel. Raises what `decode` raises, for all of them.

        They may still be drawn: each is whole when its `prepare` has returned, which raises what goes wrong till then.
        """


@runtime_checkable
class PartDecoder(Decoder, Protocol):
    """A decoder that draws a part of a picture without the rest, for pictures that are larger than memory."""

    def decode_part(self, shot: Shot, size_px: tuple[int, int], part: Rectangle) -> DecodedPicture:
        """Some of the pixels of the picture of `size_px` (width, height), the very same, before they are rounded to
        half precision: float32. Raises what `decode` raises."""


def decode_part(decoder: Decoder, shot: Shot, size_px: tuple[int, int], part: Rectangle) -> DecodedPicture:
    """See PartDecoder; other decoders draw the whole picture, and all but the part is forgotten."""
    if isinstance(decoder, PartDecoder):
        return decoder.decode_part(shot, size_px, part)
    return cut(decoder.decode(shot, *size_px), part)


def cut(whole: DecodedPicture, part: Rectangle) -> DecodedPicture:
    """Some of the pixels of a picture, as PartDecoder gives them."""
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
    found: int = getattr(decoder, "max_batch_px", 0)  # asked at every frame, where isinstance takes 40 us
    return found
