"""A supply for a show whose atlas may change: every cue is drawn with the atlas that it names.

While the pictures of a new atlas fade in, two supplies draw side by side, each only its own cues. When the old one is
no longer visible, another thread closes it, because it may still be drawing a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from installation.owner import Owner
from installation.picture.source import LayerPicture
from installation.picture.supply.supply import LayerKey, Sizes, Supply, SupplyStatistics
from installation.show.frame import Frame, OutputFrame

NO_STATISTICS = SupplyStatistics("", 0, 0, 0, 0, {}, 1)


class AtlasSupplies(Owner):
    """Owns a supply for each visible atlas, and one for a coming atlas. `atlas` is the digest of the first."""

    def __init__(self, atlas: str, supply: Supply) -> None:
        self._supplies = {atlas: supply}
        self._coming: tuple[str, Future[Supply]] | None = None
        self._past = NO_STATISTICS
        # Supplies are made and closed beside the show: either may take longer than a frame.
        self._background = ThreadPoolExecutor(1, "atlas supplies")

    def prepare(self, atlas: str, make: Callable[[], Supply]) -> Supply | None:
        """The supply for an atlas; None while another thread makes it. Raises the maker's error, once.

        The first frame with a cue of that atlas needs it. A supply that was prepared for another atlas and not yet
        needed is closed.
        """
        if atlas in self._supplies:
            return self._supplies[atlas]
        if self._coming is None or self._coming[0] != atlas:
            self._drop_coming()
            self._coming = atlas, self._background.submit(make)
        made = self._coming[1]
        if made.done() and made.exception():
            self._coming = None
        return made.result() if made.done() else None

    def sources(self, frame: Frame, sizes: Sizes) -> dict[LayerKey, LayerPicture]:
        """See Supply.sources."""
        if self._coming is None and len(self._supplies) == 1:
            return next(iter(self._supplies.values())).sources(frame, sizes)
        seen = {cue.atlas for output in frame.outputs for cue in output.cues}
        if self._coming and self._coming[0] in seen:
            self._supplies[self._coming[0]] = self._coming[1].result()
            self._coming = None
        for atlas in self._supplies.keys() - seen if seen else ():
            self._retire(self._supplies.pop(atlas))
        found: dict[LayerKey, LayerPicture] = {}
        for atlas, supply in self._supplies.items():
            part = frame_for_atlas(frame, atlas)
            numbers = {output.output: cue_numbers(output, atlas) for output in frame.outputs}
            for (output, cue, layer), source in supply.sources(part, sizes).items():
                found[output, numbers[output][cue], layer] = source
        return found

    def prefetch(self, frame_at: Callable[[int], Frame], frame_number: int, sizes: Sizes) -> Callable[[], bool]:
        """See Supply.prefetch: for the visible atlas, or for the newer of two."""
        return list(self._supplies.values())[-1].prefetch(frame_at, frame_number, sizes)

    def statistics(self) -> SupplyStatistics:
        """See Supply.statistics: those of the newest visible supply, with the counters of all supplies."""
        *others, newest = (supply.statistics() for supply in self._supplies.values())
        return _sum(newest, *others, self._past)

    def _retire(self, supply: Supply) -> None:
        self._past = _sum(self._past, supply.statistics())
        self._background.submit(supply.close)

    def _drop_coming(self) -> None:
        if self._coming is not None:
            self._coming[1].add_done_callback(_close_made)
            self._coming = None

    def close(self) -> None:
        """Release everything, and wait for supplies that are being made or closed."""
        self._drop_coming()
        self._background.shutdown()
        while self._supplies:
            self._supplies.popitem()[1].close()


def _close_made(made: Future[Supply]) -> None:
    if not made.cancelled() and made.exception() is None:
        made.result().close()


def frame_for_atlas(frame: Frame, atlas: str) -> Frame:
    """The frame with only the cues of an atlas."""
    if all(cue.atlas == atlas for output in frame.outputs for cue in output.cues):
        return frame
    outputs = (
        replace(output, cues=tuple(cue for cue in output.cues if cue.atlas == atlas)) for output in frame.outputs
    )
    return replace(frame, outputs=tuple(outputs))


def cue_numbers(output: OutputFrame, atlas: str) -> list[int]:
    """The numbers in the whole frame of the cues that `frame_for_atlas` keeps."""
    return [number for number, cue in enumerate(output.cues) if cue.atlas == atlas]


def _sum(shown: SupplyStatistics, *others: SupplyStatistics) -> SupplyStatistics:
    """The counters of all together; everything else is the first one's."""
    counters = ("decoded", "reused", "late", "failed")
    return replace(shown, **{name: sum(getattr(one, name) for one in (shown, *others)) for name in counters})
