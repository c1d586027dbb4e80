"""A decoder with others to fall back on."""

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
"""The errors of drivers, cards and torch: torch raises RuntimeError for many causes, from lack of memory on; numba and
triton raise ImportError on an unknown numpy or system."""


MAX_OUT_OF_MEMORY = 30
"""How many pictures in a row may fail for lack of the card's memory before the next decoder takes over: half a second
or a little more."""


def _is_short_of_memory(error: Exception) -> bool:
    """Whether a card had no memory for a picture; compares the class's name, because readers of reports do not load
    torch."""
    return type(error).__name__ == "OutOfMemoryError"


class FallbackDecoder:
    """The first of several decoders; when it fails, the next one takes over for good, with one line in the log.

    A card that runs out of memory loses pictures, and is given up only if this lasts.
    """

    def __init__(self, makes: Mapping[str, MakeDecoder]) -> None:
        self._waiting = list(makes.items())
        self._out_of_memory_count = 0
        self._decoder = self._next(None)

    @property
    def name(self) -> str:
        """The name of the decoder in use."""
        return self._decoder.name

    @property
    def max_batch_px(self) -> int:
        """The limit of the decoder in use; see BatchDecoder."""
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
                if _is_short_of_memory(error):  # it depends on the card's other work
                    self._out_of_memory_count += 1
                    if self._out_of_memory_count < MAX_OUT_OF_MEMORY:
                        raise
                if not self._waiting:
                    raise
                with contextlib.suppress(*DECODER_FAILURES):  # After the loss of a card even close() may fail.
                    self._decoder.close()
                self._decoder = self._next(error)

    def _next(self, error: Exception | None) -> Decoder:
        while True:
            name, make = self._waiting.pop(0)
            if error is not None:
                log.warning("the decoder failed, decoding continues with %s: %s", name, error)
            try:
                return make()
            except Exception as failure:  # any failure of one decoder leaves the others
                if not self._waiting:
                    raise
                error = failure

    def close(self) -> None:
        """Release the decoder in use."""
        self._decoder.close()
