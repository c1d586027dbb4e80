"""A supply of your own: whatever another supply gives, on twos, as hand-drawn animation is shot."""

from __future__ import annotations

from collections.abc import Callable

from installation.owner import Owner
from installation.picture.source import LayerPicture
from installation.picture.supply.supply import LayerKey, Sizes, Supply, SupplyStatistics, layers_of
from installation.show.frame import Frame


class OnTwos(Owner):
    """Asks `supply` at every second frame, and shows what it gave once more at the frame between. Owns it."""

    def __init__(self, supply: Supply) -> None:
        self._supply = supply
        self._shown: dict[LayerKey, LayerPicture] = {}
        self._number = -2

    def sources(self, frame: Frame, sizes: Sizes) -> dict[LayerKey, LayerPicture]:
        """What was shown a frame ago, where this frame has the same layers; else what is new."""
        layers = {layer for layer, _, _ in layers_of(frame, sizes)}
        if frame.number != self._number + 1 or layers != self._shown.keys():
            self._shown, self._number = self._supply.sources(frame, sizes), frame.number
        return self._shown

    def prefetch(self, frame_at: Callable[[int], Frame], frame_number: int, sizes: Sizes) -> Callable[[], bool]:
        """The other supply draws ahead."""
        return self._supply.prefetch(frame_at, frame_number, sizes)

    def statistics(self) -> SupplyStatistics:
        """What the other supply did."""
        return self._supply.statistics()

    def close(self) -> None:
        """Close the other supply."""
        self._supply.close()
