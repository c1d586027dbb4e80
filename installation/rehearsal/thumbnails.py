"""Thumbnails for the timeline: one output at regular times of the score, drawn one by one in spare time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import moderngl
from PIL import Image

from installation.editions.production import Production
from installation.errors import InstallationError
from installation.owner import Owner
from installation.rehearsal.layout import THUMBNAIL_PX
from installation.rehearsal.previews import Previews, scaled_to_height
from installation.show.playing.performance import Performance


class Thumbnails(Owner):
    """Owns the drawing of thumbnails. `made` are the finished ones, by slot from the left.

    They show the output in the middle of the room.
    """

    def __init__(self, context: moderngl.Context) -> None:
        self.made: dict[int, Image.Image] = {}
        self._context = context
        self._resources = ExitStack()
        self._previews: Previews | None = None
        self._drawn_for: tuple[object, ...] = ()
        self._slots: Iterator[int] = iter(())

    def begin(self, production: Production, width_px: int) -> None:
        """Start again, with as many thumbnails as fill the width."""
        outputs = list(production.sizes)
        middle = outputs[len(outputs) // 2]
        small = scaled_to_height(replace(production, sizes={middle: production.sizes[middle]}), THUMBNAIL_PX)
        # Keep the previews if possible: making them takes longer than a frame.
        drawn_of = production.interpolator, *small.sizes.items()
        if self._previews is None or drawn_of != self._drawn_for:
            self._resources.close()
            self._previews = self._resources.enter_context(Previews(small, context=self._context))
            self._drawn_for = drawn_of
        self._previews.performance = Performance(production.score, [middle])
        self._output = middle
        slot_px = small.sizes[middle][0]
        self.made = {}
        self._frames = production.frames
        self._frames_per_slot = self._frames * slot_px / width_px
        self._slots = self._order(-(-width_px // slot_px))

    def add(self) -> bool:
        """Draw one more thumbnail; returns False when all are done."""
        slot = next(self._slots, None)
        if slot is None or self._previews is None:
            return False
        try:
            preview = self._previews.at(min(int((slot + 0.5) * self._frames_per_slot), self._frames - 1))
        except InstallationError:
            return True  # the player reports what cannot be drawn
        self.made[slot] = Image.fromarray(preview.pictures[self._output]).convert("RGBA")
        return True

    def _order(self, count: int) -> Iterator[int]:
        """The order of drawing: first a few over the whole score, then those between."""
        seen: set[int] = set()
        step = 8
        while step:
            for slot in range(0, count, step):
                if slot not in seen:
                    seen.add(slot)
                    yield slot
            step //= 2

    def close(self) -> None:
        self._resources.close()
        self._previews = None
