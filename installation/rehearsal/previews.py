"""Previews: exact small pictures of any frame of a production, drawn by the same code as the show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import moderngl

from installation.editions.production import Production
from installation.outputs.headless import Headless
from installation.owner import Owner
from installation.picture.decoding.choosing.choice import cpu_decoder
from installation.picture.decoding.decoder import Decoder
from installation.picture.mixing.mixer import Mixer
from installation.picture.supply.supply import ExactSupply
from installation.rehearsal.head_pictures import HeadPictures, Picture
from installation.rig.head import Head
from installation.show.frame import Frame
from installation.show.playing.performance import Performance


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """One frame, with a small picture of each output."""

    frame: Frame
    pictures: Mapping[str, Picture]


def scaled_to_height(production: Production, height_px: int) -> Production:
    """The same production with outputs of this height; widths keep the outputs' aspect ratios."""
    sizes = {
        output: (max(round(height_px * width / height), 1), height_px)
        for output, (width, height) in production.sizes.items()
    }
    return replace(production, sizes=sizes)


class Previews(Owner):
    """Draws frames of a production at its sizes, as the monitors of `heads` show them.

    Owns a mixer and a decoder, and a GL context unless it gets one.
    """

    def __init__(
        self,
        production: Production,
        *,
        context: moderngl.Context | None = None,
        decoder: Decoder | None = None,
        heads: Sequence[Head] = (),
    ) -> None:
        self.performance = Performance(production.score, production.sizes)
        self._sizes = production.sizes
        with ExitStack() as cleanup:
            if context is None:
                context = cleanup.enter_context(Headless()).context
            self._mixer = cleanup.enter_context(Mixer(context, production.sizes, dither=False))
            self._supply = cleanup.enter_context(ExactSupply(decoder or cpu_decoder(production.interpolator)))
            self.monitors = cleanup.enter_context(HeadPictures(context, heads, production.sizes))
            self._cleanup = cleanup.pop_all()

    def at(self, frame_number: int) -> Preview:
        """The preview of a frame of the score, as if every waiting cue got its GO; for a day, as that day will play.

        Raises the decoder's errors.
        """
        frame = self.performance.rehearsed_at(frame_number)
        canvases = self._mixer.mix(frame, self._supply.sources(frame, self._sizes))
        return Preview(frame, {output: self.monitors.of(output, canvas) for output, canvas in canvases.items()})

    def along(self, frame_numbers: Iterable[int]) -> Iterator[Preview]:
        return map(self.at, frame_numbers)

    def close(self) -> None:
        self._cleanup.close()
