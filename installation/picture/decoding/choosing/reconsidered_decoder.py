"""A decoder chosen while the machine had no time to compare, and chosen again when it has time."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Sequence

from installation.picture.decoding.decoder import Decoder, decode_all, max_batch_px
from installation.picture.order import Order
from installation.picture.pixel_map import PixelMap
from installation.picture.source import DecodedPicture
from installation.picture.thread_priority import lower_thread_priority
from installation.show.frame import Shot

log = logging.getLogger(__name__)

AGAIN_SECONDS = 60.0
"""The seconds between two checks for room: the period of the system's load average."""

Choice = Callable[[], Decoder]
"""Makes the quickest decoder."""


class ReconsideredDecoder:
    """Decodes with `first` until `compare` has found a quicker decoder. `compare` measures during the show, in a thread
    with lower priority, and returns a maker of the quickest decoder; it is called once, as soon as `has_room` is True.
    `clock` gives seconds.
    """

    def __init__(
        self,
        first: Decoder,
        compare: Callable[[], Choice | None],
        has_room: Callable[[], bool],
        clock: Callable[[], float],
        start: Callable[[Callable[[], None]], object] | None = None,
    ) -> None:
        self._decoder, self._compare, self._has_room, self._clock = first, compare, has_room, clock
        self._start = start or _beside_the_show
        self._look_at: float | None = clock() + AGAIN_SECONDS
        self._found: Choice | None = None

    @property
    def name(self) -> str:
        """The name of the decoder in use."""
        return self._decoder.name

    @property
    def max_batch_px(self) -> int:
        """The limit of the decoder in use; see BatchDecoder."""
        return max_batch_px(self._decoder)

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
        """See Decoder.decode."""
        return self._now().decode(shot, width, height, pixel_map)

    def decode_all(self, orders: Sequence[Order]) -> list[DecodedPicture]:
        """See BatchDecoder.decode_all."""
        return decode_all(self._now(), orders)

    def _now(self) -> Decoder:
        """The decoder in use; only here, between two pictures, it is replaced."""
        if self._look_at is not None and self._clock() >= self._look_at:
            self._look_at = self._clock() + AGAIN_SECONDS
            if self._has_room():
                self._look_at = None
                self._start(self._choose)
        if self._found is not None:
            make, self._found = self._found, None
            try:
                better = make()
            except Exception as error:  # any failure of the new one leaves the present one
                log.warning("the decoder stays %s: %s", self.name, error)
                return self._decoder
            with contextlib.suppress(Exception):
                self._decoder.close()
            self._decoder = better
            log.info("the machine has room now, decoding continues with %s", better.name)
        return self._decoder

    def _choose(self) -> None:
        try:
            self._found = self._compare()
        except Exception:  # a failed comparison changes nothing else
            log.exception("the decoder stays %s", self.name)

    def close(self) -> None:
        """Release the decoder in use."""
        self._look_at = self._found = None
        self._decoder.close()


def _beside_the_show(choose: Callable[[], None]) -> None:
    def run() -> None:
        lower_thread_priority()
        choose()

    threading.Thread(target=run, name="decoder choice", daemon=True).start()
