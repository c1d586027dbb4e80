"""The decoder of all subjects of layers: their atlas's decoder draws neurons, and the drawer of its kind everything
else."""

from __future__ import annotations

from collections.abc import Sequence

from installation.picture.decoding.decoder import Decoder, cut, decode_all, decode_part, max_batch_px
from installation.picture.order import Order
from installation.picture.pixel_map import PixelMap
from installation.picture.rectangle import Rectangle
from installation.picture.source import DecodedPicture
from installation.picture.sources.drawer import Drawer, SourceKind
from installation.picture.sources.kinds import kind_of
from installation.show.frame import Shot

MAX_WHOLES = 4
"""How many whole pictures are kept for drawing in parts; a new one replaces the oldest."""


class SubjectDecoder:
    """A BatchDecoder that owns the decoder of neurons, and the drawers of all kinds used so far."""

    def __init__(self, neurons: Decoder) -> None:
        self._neurons = neurons
        self._drawers: dict[SourceKind, Drawer] = {}
        self._wholes: dict[Order, DecodedPicture] = {}

    @property
    def name(self) -> str:
        """The name of the decoder of neurons, which determines the speed."""
        return self._neurons.name

    @property
    def max_batch_px(self) -> int:
        """See BatchDecoder."""
        return max_batch_px(self._neurons)

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
        """See Decoder.decode."""
        return self.decode_all([Order(shot, width, height, pixel_map=pixel_map)])[0]

    def decode_all(self, orders: Sequence[Order]) -> list[DecodedPicture]:
        """See BatchDecoder.decode_all."""
        kinds = [kind_of(order.shot.subject) for order in orders]
        of_neurons = [order for order, kind in zip(orders, kinds, strict=True) if kind is None]
        neurons = iter(decode_all(self._neurons, of_neurons) if of_neurons else ())
        return [
            next(neurons) if kind is None else self._drawer(kind).draw(order.shot.subject, order)
            for order, kind in zip(orders, kinds, strict=True)
        ]

    def decode_part(self, shot: Shot, size_px: tuple[int, int], part: Rectangle) -> DecodedPicture:
        """See PartDecoder.decode_part. Subjects other than neurons are drawn whole, once, and kept for their other
        parts."""
        if kind_of(shot.subject) is None:
            return decode_part(self._neurons, shot, size_px, part)
        order = Order(shot, *size_px)
        if order not in self._wholes:
            if len(self._wholes) == MAX_WHOLES:
                self._wholes.pop(next(iter(self._wholes)))
            self._wholes[order] = self.decode_all([order])[0]
        return cut(self._wholes[order], part)

    def _drawer(self, kind: SourceKind) -> Drawer:
        if kind not in self._drawers:
            self._drawers[kind] = kind.open(self)
        return self._drawers[kind]

    def close(self) -> None:
        """Release the decoder and all drawers."""
        self._wholes.clear()
        while self._drawers:
            self._drawers.popitem()[1].close()
        self._neurons.close()
