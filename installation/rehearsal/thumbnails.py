"""Thumbnails for the timeline: one output at regular times of the score, drawn one by one while there is time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Self

import moderngl
from PIL import Image

from installation.errors import InstallationError
from installation.picture.decoder import Decoder
from installation.production import Production
from installation.rehearsal.board import THUMBNAIL_PX
from installation.rehearsal.glimpses import Glimpses, reduced
from installation.show.performance import Performance


class Thumbnails:
    """Owns what draws them. `made` are those drawn so far, by their slot from the left; `width_px` has to be filled.

    The output in the middle of the room stands for all. The decoder stays whose it is.
    """

    def __init__(self, production: Production, context: moderngl.Context, decoder: Decoder, width_px: int) -> None:
        outputs = list(production.sizes)
        middle = outputs[len(outputs) // 2]
        small = reduced(replace(production, sizes={middle: production.sizes[middle]}), THUMBNAIL_PX)
        self._output = middle
        self._slot_px = small.sizes[middle][0]
        self._width_px = width_px
        with ExitStack() as cleanup:
            self._glimpses = cleanup.enter_context(Glimpses(small, context=context, decoder=_Lent(decoder)))
            self._cleanup = cleanup.pop_all()
        self.begin(production)

    def begin(self, production: Production) -> None:
        """All anew, of an edited score."""
        self.made: dict[int, Image.Image] = {}
        self._frames = production.frames
        self._frames_per_slot = self._frames * self._slot_px / self._width_px
        self._slots = self._order(-(-self._width_px // self._slot_px))
        self._glimpses.performance = Performance(production.score, [self._output])

    def add(self) -> bool:
        """Draw one more; False when all are there."""
        slot = next(self._slots, None)
        if slot is None:
            return False
        try:
            glimpse = self._glimpses.at(min(int((slot + 0.5) * self._frames_per_slot), self._frames - 1))
        except InstallationError:
            return True  # what cannot be drawn is told where it is played
        self.made[slot] = Image.fromarray(glimpse.pictures[self._output]).convert("RGBA")
        return True

    def _order(self, count: int) -> Iterator[int]:
        """First a few over the whole score, then those between."""
        seen: set[int] = set()
        step = 8
        while step:
            for slot in range(0, count, step):
                if slot not in seen:
                    seen.add(slot)
                    yield slot
            step //= 2

    def close(self) -> None:
        self._cleanup.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Lent:
    """A decoder that whoever borrows it cannot close."""

    def __init__(self, decoder: Decoder) -> None:
        self.name = decoder.name
        self.decode = decoder.decode

    def close(self) -> None:
        pass
