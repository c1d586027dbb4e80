"""A decoder that does not give up: others stand behind it."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from installation.errors import DeviceError, InstallationError
from installation.picture.decoding.decoder import Decoder, decode_all, decode_part, max_batch_px
from installation.picture.order import Order
from installation.picture.pixel_map import PixelMap
from installation.picture.rectangle import Rectangle
from installation.picture.source import DecodedPicture
from installation.show.frame import Shot

log = logging.getLogger(__name__)

MakeDecoder = Callable[[], Decoder]
T = TypeVar("T")

DECODER_FAILURES = (InstallationError, RuntimeError, MemoryError, OSError, ImportError)
"""What a driver, a card or torch may raise; RuntimeError is what torch raises for anything from lack of memory on, and
ImportError what numba and triton do where they meet a numpy or a system that they do not know."""


MAX_OUT_OF_MEMORY = 30
"""Pictures one after the other for which a card has no memory, before it is given up: half a second, or some more."""


def _is_short_of_memory(error: Exception) -> bool:
    """Whether a card had no room for a picture; told by its name, since whoever reads reports loads no torch."""
    return type(error).__name__ == "OutOfMemoryError"


class FallbackDecoder:
    """The first of several decoders; when it fails, the next one takes over for good, with one line in the log.

    A card that is short of memory costs pictures, and is given up only where that lasts.
    """

    def __init__(self, makes: Mapping[str, MakeDecoder]) -> None:
        self._waiting = list(makes.items())
        self._out_of_memory_count = 0
        self._decoder = self._next(None)

    @property
    def name(self) -> str:
        """Of the decoder in use."""
        return self._decoder.name

    @property
    def max_batch_px(self) -> int:
        """Of the decoder in use; see BatchDecoder."""
        return max_batch_px(self._decoder)

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
        """See Decoder.decode. Raises what the last decoder raises."""
        return self._tried(lambda decoder: decoder.decode(shot, width, height, pixel_map))

    def decode_part(self, shot: Shot, size_px: tuple[int, int], part: Rectangle) -> DecodedPicture:
        """See PartDecoder.decode_part. Raises what the last decoder raises."""
        return self._tried(lambda decoder: decode_part(decoder, shot, size_px, part))

    def decode_all(self, orders: Sequence[Order]) -> list[DecodedPicture]:
        """See BatchDecoder.decode_all. Raises what the last decoder raises."""
        return self._tried(lambda decoder: decode_all(decoder, orders))

    def _tried(self, draw: Callable[[Decoder], T]) -> T:
        while True:
            try:
                found = draw(self._decoder)
                self._out_of_memory_count = 0
                return found
            except (DeviceError, RuntimeError, MemoryError, OSError, ImportError) as error:
                if _is_short_of_memory(error):  # it comes and goes with what else the card does
                    self._out_of_memory_count += 1
                    if self._out_of_memory_count < MAX_OUT_OF_MEMORY:
                        raise
                if not self._waiting:
                    raise
                with contextlib.suppress(*DECODER_FAILURES):  # What lost its card may not even be able to let go of it.
                    self._decoder.close()
                self._decoder = self._next(error)

    def _next(self, error: Exception | None) -> Decoder:
        while True:
            name, make = self._waiting.pop(0)
            if error is not None:
                log.warning("the decoder failed, decoding continues with %s: %s", name, error)
            try:
                return make()
            except Exception as failure:  # whatever is wrong with one decoder, there are others
                if not self._waiting:
                    raise
                error = failure

    def close(self) -> None:
        """Release the decoder in use."""
        self._decoder.close()
