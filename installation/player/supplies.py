"""Supplies for live shows: they draw an edition's pictures at the best quality that the machine can sustain."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Protocol

from installation.editions.edition import Edition
from installation.outputs.headless import Headless
from installation.picture.decoding.choosing.choice import choose
from installation.picture.pixel_map import PixelMap
from installation.picture.supply.live_supply import LiveSupply
from installation.picture.supply.supply import Supply
from installation.show.control import Control
from installation.show.frame import Frame

FrameAt = Callable[[int], Frame]


class SupplyFactory(Protocol):
    """Makes the supply that draws an edition's atlas. A background thread may call it, too."""

    def __call__(self, edition: Edition, frame_at: FrameAt, control: Callable[[], Control]) -> Supply:
        """`frame_at` gives future frames, `control` the present state of control."""


class LiveSupplies:
    """Supplies with the fastest decoder, or with the `wanted` one.

    The player measures each decoder's speed once; a `hurried` player skips this at its start. `pixel_map_of` gives the
    map of the monitor on which an output is warped, None for an output that is not.
    """

    def __init__(
        self, wanted: str | None, pixel_map_of: Callable[[str], PixelMap | None], *, hurried: bool = False
    ) -> None:
        self._wanted, self._pixel_map_of, self._hurried = wanted, pixel_map_of, hurried
        self._speeds: Mapping[str, float] = {}

    def __call__(self, edition: Edition, frame_at: FrameAt, control: Callable[[], Control]) -> Supply:  # noqa: ARG002
        """See SupplyFactory."""
        choice = choose(
            edition.production.interpolator,
            time.monotonic,
            wanted=self._wanted,
            open_gl=Headless,
            measured=self._speeds,
            hurried=self._hurried,
        )
        self._speeds = choice.speeds
        return LiveSupply(
            choice.decoder,
            frame_at,
            float(edition.score.fps),
            time.monotonic,
            priority=edition.score.priority,
            pixel_map_of=self._pixel_map_of,
            reason=choice.reason,
        )
