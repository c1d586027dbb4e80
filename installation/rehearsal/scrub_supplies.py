"""Supplies for rehearsals: the running show's pictures, or exact ones while the show stands still."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack

from installation.editions.edition import Edition
from installation.outputs.headless import Headless
from installation.picture.decoding.choosing.choice import choose, cpu_decoder
from installation.picture.supply.live_supply import LiveSupply
from installation.picture.supply.supply import ExactSupply, Supply
from installation.player.supplies import FrameAt
from installation.rehearsal.scrub_supply import ScrubSupply
from installation.show.control import Control


class ScrubSupplies:
    """See supplies.SupplyFactory. Set `scrubbing` while a person moves the show's time."""

    def __init__(self) -> None:
        self.scrubbing = False
        self._speeds: Mapping[str, float] = {}

    def is_still(self, control: Control) -> bool:
        """Whether the show needs exact pictures: while scrubbing, or paused without an audition, which goes on."""
        return self.scrubbing or (control.playhead.paused and not any(control.auditions.values()))

    def __call__(self, edition: Edition, frame_at: FrameAt, control: Callable[[], Control]) -> Supply:
        """See SupplyFactory."""
        interpolator, fps = edition.production.interpolator, float(edition.score.fps)
        with ExitStack() as cleanup:
            choice = choose(interpolator, time.monotonic, open_gl=Headless, measured=self._speeds)
            self._speeds = choice.speeds
            running = LiveSupply(choice.decoder, frame_at, fps, time.monotonic, priority=edition.score.priority)
            cleanup.callback(running.close)
            exact = ExactSupply(cpu_decoder(interpolator))
            cleanup.pop_all()
        return ScrubSupply(running, exact, lambda: self.is_still(control()))
