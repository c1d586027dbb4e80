"""The supply of a running show: it decodes pictures ahead, as finely as the machine can, and no frame waits.

Key pictures are decoded every few frames, a little wider than the camera's view. The mixer places two of them under the
exact camera and cross-fades, so that motion is smooth at the full rate. They follow the control state with a delay of
some key steps; opacities, levels and, within the pictures' margin, the camera follow at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import replace

from installation.owner import Owner
from installation.picture.decoding.decoder import Decoder, max_batch_px
from installation.picture.source import LayerPicture
from installation.picture.sources.subject_decoder import SubjectDecoder
from installation.picture.supply.decode_queue import DecodeQueue
from installation.picture.supply.effect_scale import EffectScale
from installation.picture.supply.governor import Governor, Rung
from installation.picture.supply.lookahead import Lookahead, PixelMapOf
from installation.picture.supply.supply import CACHE_BYTES, LayerKey, Sizes, SupplyStatistics
from installation.picture.supply.track import KeyPictureTrack
from installation.show.frame import Frame, Shot

FIRST_PICTURE_SECONDS = 5.0
"""The very first frame waits at most this long for its pictures, because no earlier picture can hold."""

MIN_BUSY_SHARE = 0.25
"""A skipped frame counts as the decoder's fault if the decoder was busy for this share of the time."""


class LiveSupply(Owner):
    """Key pictures with load shedding.

    `frame_at` evaluates a coming frame under the present control; `clock` gives seconds, only for measuring decoding
    times. `fixed` holds one rung of the ladder; outputs in `priority` are kept finer than the others. `pixel_map_of`
    gives the present map of the monitor on which an output is bent: such an output is decoded for the monitor's own
    pixels if all its pictures belong to their own frame. `reason` says why the decoder was chosen, for reports.
    Expensive effects are drawn smaller if that keeps frames on time.
    """

    def __init__(
        self,
        decoder: Decoder,
        frame_at: Callable[[int], Frame],
        frames_per_second: float,
        clock: Callable[[], float],
        *,
        fixed: Rung | None = None,
        priority: Collection[str] = (),
        pixel_map_of: PixelMapOf = lambda _: None,
        cache_bytes: int = CACHE_BYTES,
        reason: str = "",
    ) -> None:
        self._decoder = decoder
        self._reason = reason
        self._governor = Governor(frames_per_second, fixed, priority=priority, batch_px=lambda: max_batch_px(decoder))
        self._effect_scale = EffectScale(frames_per_second)
        self._queue = DecodeQueue(SubjectDecoder(decoder), clock, cache_bytes)
        self._pixel_map_of = pixel_map_of
        self._lookahead = Lookahead(frame_at, self._governor, self._queue, pixel_map_of)
        self._held: dict[tuple[str, int], LayerPicture] = {}
        self._quality: dict[str, float] = {}
        self._late = 0
        self._clock = clock
        self._latest: tuple[int, float, float] | None = None

    def sources(self, frame: Frame, sizes: Sizes) -> dict[LayerKey, LayerPicture]:
        """See Supply.sources. A layer without its first picture shows the picture that its output and layer number had
        before."""
        tracked = self._lookahead.tracks_at(frame, sizes)
        if not self._held:
            _await_first(tracked)
        found: dict[LayerKey, LayerPicture] = {}
        late = False
        self._quality = {}
        for key, shot, track in tracked:
            output, _, layer = key
            source = track.source(frame.number, shot.view)
            if source is None or track.is_late(frame.number):
                late = True
                self._late += 1
            if source is None:
                source = self._held.get((output, layer))
            if source is not None:
                found[key] = self._held[output, layer] = source
                self._quality[output] = min(self._quality.get(output, math.inf), track.quality)
        self._queue.replace(pair for _, _, track in tracked for pair in track.overtaken(frame.number))
        skipped, at_work = self._skipped(frame.number)
        measured = self._queue.measured()
        self._governor.decide(frame.number, self._lookahead.demands, measured, late, skipped if at_work else 0)
        for key in self._effect_scale.note(frame, sizes, skipped):
            if key in found:
                found[key] = replace(found[key], effects_scale=self._effect_scale.scale)
        return found

    def _skipped(self, number: int) -> tuple[int, bool]:
        """How many frames were skipped before this one, and whether the decoder was busy meanwhile.

        Less decoding does not help against other causes, such as a window that freezes.
        """
        now, busy = self._clock(), self._queue.busy_seconds()
        latest, then, busy_then = self._latest or (number, now, busy)
        self._latest = number, now, busy
        return max(number - latest - 1, 0), busy - busy_then > MIN_BUSY_SHARE * (now - then)

    def prefetch(self, frame_at: Callable[[int], Frame], frame_number: int, sizes: Sizes) -> Callable[[], bool]:
        """See Supply.prefetch. Each call of the returned function costs a few evaluations."""
        lookahead = Lookahead(frame_at, self._governor, self._queue, self._pixel_map_of, idle=True)
        last = lookahead.begin(frame_number, sizes)
        return lambda: lookahead.extend_to(last) and all(job.finished.is_set() for job in lookahead.ordered())

    def statistics(self) -> SupplyStatistics:
        """See Supply.statistics."""
        shop = self._queue
        step = self._governor.step_frames()
        return SupplyStatistics(
            self._decoder.name, shop.decoded, shop.reused, self._late, shop.failed, self._quality, step, self._reason
        )

    def close(self) -> None:
        """Stop decoding and release everything."""
        self._queue.close()
        self._held.clear()


def _await_first(tracked: list[tuple[LayerKey, Shot, KeyPictureTrack]]) -> None:
    for _, _, track in tracked:
        if track.keys:
            track.keys[0].job.finished.wait(FIRST_PICTURE_SECONDS)
