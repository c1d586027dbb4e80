"""A kind of subject for tests: a flag of one colour, half of it cut away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from installation.picture.order import Order
from installation.picture.source import DecodedPicture
from installation.picture.sources.drawer import SourceKind
from installation.picture.sources.kinds import KINDS
from installation.show.frame import Subject


@dataclass(frozen=True, slots=True)
class Flag:
    """`red` is its colour, and stands for the moment of what moves."""

    red: float = 1.0


class FlagDrawer:
    """Counts what it drew."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.closed = 0

    def draw(self, subject: Any, order: Order) -> DecodedPicture:
        self.orders.append(order)
        pixels = np.zeros((order.height, order.width, 4), np.float16)
        pixels[..., 0] = subject.red
        pixels[: order.height // 2, :, 3] = 1.0
        return DecodedPicture(pixels, order.shot.view, order.pixel_map)

    def close(self) -> None:
        self.closed += 1


@contextmanager
def flags(*, every_frame: bool = False) -> Iterator[FlagDrawer]:
    """Have flags drawn by what is given, as long as the block lasts."""
    drawer = FlagDrawer()
    KINDS[Flag] = SourceKind(lambda _: drawer, every_frame)
    try:
        yield drawer
    finally:
        del KINDS[Flag]


def flag(red: float = 1.0) -> Subject:
    """A flag where a subject is wanted; it is none that a score has a word for."""
    return cast(Subject, Flag(red))
