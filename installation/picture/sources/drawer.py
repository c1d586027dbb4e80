"""What draws subjects of one kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from installation.picture.decoding.decoder import Decoder
from installation.picture.order import Order
from installation.picture.source import DecodedPicture


class Drawer(Protocol):
    """Draws the subjects of one kind; belongs to the thread that asks, beside the show. Closing twice is fine."""

    def draw(self, subject: Any, order: Order) -> DecodedPicture:
        """The picture that was ordered, of its subject: filtered for its own pixels, so that no order asks for more.

        Where the picture does not cover its place it is transparent. Raises InstallationError.
        """

    def close(self) -> None:
        """Release what it holds."""


@dataclass(frozen=True, slots=True)
class SourceKind:
    """How one kind of subject is drawn: `open` makes its drawer, when the first of them is seen.

    `every_frame`: no picture of it stands for the frames beside it, since what moves in it may not be cross-faded.
    `of_neurons`: it is made of neurons' pictures, which the given decoder draws; so it costs what these cost, and is
    drawn ahead and coarser as they are.
    """

    open: Callable[[Decoder], Drawer]
    every_frame: bool = False
    of_neurons: bool = False
