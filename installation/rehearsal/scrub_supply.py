"""Pictures for scrubbing: exact pictures of the frame, as fine as the machine can draw at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from installation.owner import Owner
from installation.picture.source import LayerPicture
from installation.picture.supply.supply import ExactSupply, LayerKey, Sizes, Supply, SupplyStatistics, layers_of
from installation.show.frame import Frame, OutputFrame

SHARES = (1.0, 0.75, 0.5, 0.35, 0.25, 0.15)
"""Possible shares of an output's width and height."""

MOVING_SECONDS = 0.1
RESTING_SECONDS = 0.5
"""The time limits for all pictures of a frame, while the hand moves and once it rests."""

RESTING_FRAMES = 8

FIRST_PIXELS_PER_SECOND = 2e6


class ScrubSupply(Owner):
    """Exact pictures while `still()`, those of the running show otherwise. Owns both supplies.

    While the hand moves, every frame is drawn at once, at a smaller size on a slow machine, but never late. When the
    hand rests, the same frame becomes finer. `now` gives seconds.
    """

    def __init__(
        self,
        running: Supply,
        exact: ExactSupply,
        still: Callable[[], bool],
        now: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._running = running
        self._exact = exact
        self._still = still
        self._now = now
        self._pixels_per_second = FIRST_PIXELS_PER_SECOND
        self._shown: tuple[OutputFrame, ...] = ()
        self._rested = 0
        self.share = 1.0

    def sources(self, frame: Frame, sizes: Sizes) -> dict[LayerKey, LayerPicture]:
        """See Supply.sources."""
        if not self._still():
            self._shown = ()
            return self._running.sources(frame, sizes)
        self._rested = self._rested + 1 if frame.outputs == self._shown else 0
        self._shown = frame.outputs
        self.share = self._share(frame, sizes)
        small = {output: _scaled(size, self.share) for output, size in sizes.items()}
        drawn, begun = self._exact.statistics().decoded, self._now()
        found = self._exact.sources(frame, small)
        seconds = self._now() - begun
        if self._exact.statistics().decoded > drawn and seconds > 0.0:
            speed = _pixels(frame, small) / seconds
            self._pixels_per_second += (speed - self._pixels_per_second) / 2
        return found

    def prefetch(self, frame_at: Callable[[int], Frame], frame_number: int, sizes: Sizes) -> Callable[[], bool]:
        """See Supply.prefetch."""
        return (self._exact if self._still() else self._running).prefetch(frame_at, frame_number, sizes)

    def close(self) -> None:
        """Close both supplies."""
        self._running.close()
        self._exact.close()

    def statistics(self) -> SupplyStatistics:
        """See Supply.statistics."""
        running = self._running.statistics()
        if not self._still():
            return running
        return replace(running, quality=dict.fromkeys(running.quality, self.share), key_step_frames=1)

    def _share(self, frame: Frame, sizes: Sizes) -> float:
        """The largest share that can be drawn in time; for a resting frame it never shrinks."""
        budget = RESTING_SECONDS if self._rested >= RESTING_FRAMES else MOVING_SECONDS
        within = (one for one in SHARES if self._seconds(frame, sizes, one) <= budget)
        share = next(within, SHARES[-1])
        return max(share, self.share) if self._rested else share

    def _seconds(self, frame: Frame, sizes: Sizes, share: float) -> float:
        small = {output: _scaled(size, share) for output, size in sizes.items()}
        return _pixels(frame, small) / self._pixels_per_second


def _scaled(size_px: tuple[int, int], share: float) -> tuple[int, int]:
    return max(round(size_px[0] * share), 1), max(round(size_px[1] * share), 1)


def _pixels(frame: Frame, sizes: Sizes) -> int:
    """The pixels to decode for a frame; equal pictures count once."""
    return sum(width * height for _, (width, height) in {(one.shot, size) for _, one, size in layers_of(frame, sizes)})
