"""The size at which effects are drawn: reduced if frames are skipped, effects cost much, and the reduction helps."""

from __future__ import annotations

from collections.abc import Iterator

from installation.picture.supply.overload import Overload
from installation.picture.supply.supply import LayerKey, Sizes, layers_of
from installation.show.effects import price_of
from installation.show.frame import Frame

MIN_PRICE = 0.5
"""As a share of the cost of all pictures without effects: cheaper effects are not the cause of skipped frames."""

HALVINGS = 2
"""The most halvings: a quarter of the width, a sixteenth of the cost."""


class EffectScale:
    """`scale` is the width at which effects are drawn, as a share of the place's: 1, a half or a quarter.

    Effects applied in the pass that places a picture stay at full size: they cost little, and show each pixel.
    """

    def __init__(self, frames_per_second: float) -> None:
        self._overload = Overload(frames_per_second)

    @property
    def scale(self) -> float:
        return 0.5 ** min(self._overload.rungs, HALVINGS)

    def note(self, frame: Frame, sizes: Sizes, skipped: int) -> list[LayerKey]:
        """Note a frame and how many before it were skipped; returns the layers whose effects to scale, and those of
        cues and outputs whose effects to scale."""
        pixels = sum(width * height for width, height in sizes.values())
        priced = [(keys, price) for keys, price in _prices(frame, sizes) if price > 0]
        dear = sum(price for _, price in priced) >= MIN_PRICE * pixels
        self._overload.note(frame.number, skipped if dear else 0)
        return list(dict.fromkeys(key for keys, _ in priced for key in keys)) if self.scale < 1 else []


def _prices(frame: Frame, sizes: Sizes) -> Iterator[tuple[list[LayerKey], float]]:
    """The cost of the scalable effects of every layer, cue and output, in pixels of a picture without effects, with the
    layers that they change."""
    layers = layers_of(frame, sizes)
    for key, layer, (width, height) in layers:
        yield [key], price_of(layer.effects) * width * height
    for output in frame.outputs:
        width, height = sizes.get(output.output, (0, 0))
        own = [key for key, _, _ in layers if key[0] == output.output]
        yield own, price_of(output.effects) * width * height
        for number, cue in enumerate(output.cues):
            if cue.effects and cue.reveal.progress > 0:
                yield [key for key in own if key[1] == number], price_of(cue.effects) * width * height
