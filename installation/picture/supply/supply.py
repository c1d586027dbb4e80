"""The source of the mixer's pictures: what to draw for every layer of a Frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Protocol, Self

from installation.owner import Owner
from installation.picture.decoding.decoder import Decoder
from installation.picture.decoding.supersampling import drawn, softness_of
from installation.picture.order import Order
from installation.picture.rectangle import rectangle_of
from installation.picture.source import DecodedPicture, LayerPicture
from installation.picture.sources.subject_decoder import SubjectDecoder
from installation.picture.supply.cache import PictureCache
from installation.show.frame import Frame, LayerFrame, Shot

Sizes = Mapping[str, tuple[int, int]]
"""Output -> (width, height) in pixels."""

LayerKey = tuple[str, int, int]
"""Output, number of the cue in its OutputFrame, number of the layer in its CueFrame."""

CACHE_BYTES = 256 * 1024 * 1024
"""21 pictures of 1920x1080 in half precision; 16 on a card, with four channels."""


@dataclass(frozen=True, slots=True)
class SupplyStatistics:
    """The supply's counters so far, and its present quality.

    `late` counts, over all frames, the layers whose picture was not ready, so that an older one held; `failed` the
    pictures that the decoder could not draw. `quality` is each output's decoded width as a share of its own (1 =
    native, 3 = 3 x 3 samples a pixel), and `key_step_frames` how many frames lie between two pictures (1 = every frame
    is decoded). `decoder_reason` says why this decoder was chosen, or is empty.
    """

    decoder: str
    decoded: int
    reused: int
    late: int
    failed: int
    quality: Mapping[str, float]
    key_step_frames: int
    decoder_reason: str = ""


class Supply(Protocol):
    """Gives every layer of a frame its picture. A context manager; the maker of the player opens and closes it."""

    def sources(self, frame: Frame, sizes: Sizes) -> dict[LayerKey, LayerPicture]:
        """What to draw for every layer of `frame`, for outputs of these sizes."""

    def prefetch(self, frame_at: Callable[[int], Frame], frame_number: int, sizes: Sizes) -> Callable[[], bool]:
        """Draw ahead the first pictures of a show that may start at a frame, beside the present show.

        Returns a function to call at every frame: it looks a little further and returns whether all pictures are ready.
        They are drawn and held only while you hold that function.
        """

    def statistics(self) -> SupplyStatistics:
        """The counters so far, and the present quality."""

    def close(self) -> None:
        """Stop, and release everything; twice is fine."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def layers_of(frame: Frame, sizes: Sizes) -> list[tuple[LayerKey, LayerFrame, tuple[int, int]]]:
    """Every layer that covers pixels on an output with a known size, with the size of its place in pixels."""
    found = []
    for output in frame.outputs:
        if output.output not in sizes:
            continue
        for cue_number, cue in enumerate(output.cues):
            for layer_number, layer in enumerate(cue.layers):
                place = rectangle_of(layer.place, sizes[output.output])
                if not place.empty:
                    found.append(((output.output, cue_number, layer_number), layer, (place.width, place.height)))
    return found


class ExactSupply(Owner):
    """Decodes every shot for its own pixels, immediately: for export, stills and tests. Equal shots are decoded once.

    With `supersampled` it takes more samples than pixels if detail is finer than a pixel, for films and stills.
    """

    def __init__(self, decoder: Decoder, cache_bytes: int = CACHE_BYTES, *, supersampled: bool = False) -> None:
        self._decoder = SubjectDecoder(decoder)
        self._supersampled = supersampled
        self._cache = PictureCache(cache_bytes)
        self._statistics = SupplyStatistics(decoder.name, 0, 0, 0, 0, {}, 1)

    def sources(self, frame: Frame, sizes: Sizes) -> dict[LayerKey, LayerPicture]:
        """See Supply.sources. Raises what the decoder raises."""
        wanted = [(key, layer, self._order(layer.shot, *size_px)) for key, layer, size_px in layers_of(frame, sizes)]
        pictures = self._decoded([order for _, _, order in wanted])
        return {key: LayerPicture(layer.shot.view, ((pictures[order], 1.0),)) for key, layer, order in wanted}

    def prefetch(self, frame_at: Callable[[int], Frame], frame_number: int, sizes: Sizes) -> Callable[[], bool]:  # noqa: ARG002 the protocol's
        """See Supply.prefetch: this supply decodes nothing ahead."""
        return lambda: True

    def _order(self, shot: Shot, width: int, height: int) -> Order:
        return Order(shot, width, height, softness_of(shot, width, height) if self._supersampled else 0.0)

    def _decoded(self, orders: Sequence[Order]) -> dict[Order, DecodedPicture]:
        """The pictures of a frame; missing ones are drawn together, if the decoder supports batches."""
        known = {order: picture for order in orders if (picture := self._cache.get(order)) is not None}
        missing = [order for order in dict.fromkeys(orders) if order not in known]
        for order, picture in zip(missing, drawn(self._decoder, missing), strict=True):
            picture.prepare()
            known[order] = picture
            self._cache.put(order, picture)
        now = self._statistics
        reused = now.reused + len(orders) - len(missing)
        self._statistics = replace(now, decoded=now.decoded + len(missing), reused=reused)
        return known

    def statistics(self) -> SupplyStatistics:
        """See Supply.statistics."""
        return self._statistics

    def close(self) -> None:
        """Release the pictures and the decoder."""
        self._cache.clear()
        self._decoder.close()
