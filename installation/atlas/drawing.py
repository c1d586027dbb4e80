"""How a family is drawn: a kind and its numbers. The table of kinds is the only place that lists them.

A kind concerns three rooms, in each of which it is one module and one line of a table: here what a latent is, with
`blending.py` for what lies between two of them; in `picture/ways/kinds.py` how its pixels are computed; in the
studio how it is trained. Importing this loads no torch: to check a score needs names only.
"""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Protocol

from installation.atlas.architecture import Architecture
from installation.atlas.spectrum import Spectrum


class WayOfDrawing(Protocol):
    """A frozen dataclass of what all neurons of a family have in common, of JSON values only."""

    kind: ClassVar[str]
    """What an atlas and a score call it, `name@kind`."""

    since: ClassVar[str]
    """The first version of this program that draws it: what an older one tells whoever opens such an atlas there."""

    from_root: ClassVar[bool]
    """Whether an atlas keeps a neuron as its difference from its family's first."""

    @property
    def size(self) -> int:
        """How many numbers a latent has."""

    @property
    def has_alpha(self) -> bool:
        """Whether its pictures have places where nothing is."""

    @property
    def has_cycle(self) -> bool:
        """Whether its pictures move in a circle of time."""


def words_of(drawing: WayOfDrawing) -> str:
    """A way of drawing in a few words: its kind, and what is not as usual."""
    told = [drawing.kind]
    for field in dataclasses.fields(drawing):  # type: ignore[arg-type]  # every drawing is a dataclass
        value = getattr(drawing, field.name)
        if value != field.default:
            told.append(field.name if value is True else f"{field.name} {value}")
    return ", ".join(told)


KINDS: dict[str, type[Any]] = {one.kind: one for one in (Architecture, Spectrum)}
"""Every way of drawing by its kind, each a class that fills `WayOfDrawing`."""
