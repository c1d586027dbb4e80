"""A show made of functions, a clock and a decoder that count, for tests of the supply."""

from __future__ import annotations

import threading

import numpy as np

from installation.errors import DeviceError
from installation.picture.order import Order
from installation.picture.pixel_map import PixelMap
from installation.picture.source import DecodedPicture
from installation.show.frame import CueFrame, Frame, LatentPoint, LayerFrame, OutputFrame, Shot, View

ONE = LatentPoint((("test/near/0", 1.0),))
WHOLE = View()
SIZES = {"wall": (64, 36)}


def standing(view: View = WHOLE, subject: LatentPoint = ONE) -> LayerFrame:
    return LayerFrame("picture", Shot(subject, view))


def walking(number: int, view: View = WHOLE) -> LayerFrame:
    """A layer whose subject is a little different at every frame."""
    share = (number % 1000) / 1000
    return LayerFrame("picture", Shot(LatentPoint((("test/near/1", 1 - share), ("test/near/2", share))), view))


def frame_of(number: int, *layers: LayerFrame, cue: str = "one", outputs: tuple[str, ...] = ("wall",)) -> Frame:
    return Frame(number, number / 30, tuple(OutputFrame(name, (CueFrame(cue, layers),)) for name in outputs))


class CountingDecoder:
    """Draws flat pictures whose red is a share of the subject; can be made to wait, or to fail."""

    name = "counting"

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.fails = False
        self.failure: Exception = DeviceError("the card is gone")
        self.open = threading.Event()
        self.open.set()
        self.closed = 0

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
        assert self.open.wait(10)
        order = Order(shot, width, height, pixel_map=pixel_map)
        self.orders.append(order)
        if self.fails:
            raise self.failure
        share = shot.subject.shares[-1][1] if isinstance(shot.subject, LatentPoint) else 1.0
        return DecodedPicture(np.full((height, width, 3), share, np.float16), shot.view, pixel_map)

    def neurons(self) -> list[str]:
        """The first neuron of every picture that was ordered, in order."""
        return [order.shot.subject.shares[0][0] for order in self.orders if isinstance(order.shot.subject, LatentPoint)]

    def close(self) -> None:
        self.closed += 1
