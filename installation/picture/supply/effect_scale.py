"""How finely effects are drawn: smaller where frames are skipped, they cost much, and drawing them small helps."""

from __future__ import annotations

from collections.abc import Iterator

from installation.picture.supply.overload import Overload
from installation.picture.supply.supply import LayerKey, Sizes, layers_of
from installation.show.effects import price_of
from installation.show.frame import Frame

MIN_PRICE = 0.5
"""Of all pictures without effects: what costs less than that share of them is not what holds frames up."""

HALVINGS = 2
"""A quarter of the width at least: a sixteenth of the price."""


class EffectScale:
    """`scale` is the width at which effects are drawn, as a share of the place's: 1, a half or a quarter.

    Effects that the pass does which lays a picture stay as they are: they cost little, and show each pixel.
    """

    def __init__(self, frames_per_second: float) -> None:
        self._overload = Overload(frames_per_second)

    @property
    def scale(self) -> float:
        return 0.5 ** min(self._overload.rungs, HALVINGS)

    def note(self, frame: Frame, sizes: Sizes, skipped: int) -> list[LayerKey]:
        """A frame is made, and so many before it were skipped. Gives the layers whose effects are to be scaled."""
        pixels = sum(width * height for width, height in sizes.values())
        priced = {key: price for key, price in _prices(frame, sizes) if price > 0}
        dear = sum(priced.values()) >= MIN_PRICE * pixels
        self._overload.note(frame.number, skipped if dear else 0)
        return list(priced) if self.scale < 1 else []


def _prices(frame: Frame, sizes: Sizes) -> Iterator[tuple[LayerKey, float]]:
    """What the effects of every layer cost that can be scaled, in pixels of a picture without any."""
    for key, layer, (width, height) in layers_of(frame, sizes):
        yield key, price_of(layer.effects) * width * height
