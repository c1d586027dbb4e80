"""The protocol of objects that draw subjects of one kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from installation.picture.decoding.decoder import Decoder
from installation.picture.order import Order
from installation.picture.source import DecodedPicture


class Drawer(Protocol):
    """Draws the subjects of one kind; belongs to the thread that calls it, beside the show. Closing twice is fine."""

    def draw(self, subject: Any, order: Order) -> DecodedPicture:
        """The ordered picture of a subject: filtered for its own pixels, so it needs no supersampling.

        It is transparent outside the subject. Raises InstallationError.
        """

    def close(self) -> None:
        """Release its resources."""


@dataclass(frozen=True, slots=True)
class SourceKind:
    """How to draw one kind of subject: `open` makes its drawer at the first such subject.

    `every_frame`: every frame needs its own picture, because cross-fading would blur the motion in it. `of_neurons`:
    the given decoder draws its pictures of neurons; so it costs the same as neurons, and is drawn ahead and at reduced
    quality like them.
    """

    open: Callable[[Decoder], Drawer]
    every_frame: bool = False
    of_neurons: bool = False
