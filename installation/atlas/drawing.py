"""The ways of drawing a family: a kind and its numbers. The table of kinds is the only place that lists them.

A kind has one module and one line of a table in each of three rooms. Here it defines its latents, and in `blending.py`
how to blend them; in `picture/ways/kinds.py` how to compute pixels; in the studio how to train. This module does not
import torch, because checking a score needs only names.
"""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Protocol

from installation.atlas.architecture import Architecture
from installation.atlas.spectrum import Spectrum


class WayOfDrawing(Protocol):
    """A frozen dataclass of the properties that all neurons of a family share, with JSON values only."""

    kind: ClassVar[str]
    """Its name in an atlas and a score, `name@kind`."""

    since: ClassVar[str]
    """The first version of this program that draws it; older versions name it when they refuse such an atlas."""

    from_root: ClassVar[bool]
    """Whether an atlas keeps a neuron as its difference from its family's first."""

    @property
    def size(self) -> int:
        """How many numbers a latent has."""

    @property
    def has_alpha(self) -> bool:
        """Whether its pictures may be transparent."""

    @property
    def has_cycle(self) -> bool:
        """Whether its pictures move in a cycle of time."""


def words_of(drawing: WayOfDrawing) -> str:
    """A way of drawing in a few words: its kind, and values other than the defaults."""
    told = [drawing.kind]
    for field in dataclasses.fields(drawing):  # type: ignore[arg-type]  # every drawing is a dataclass
        value = getattr(drawing, field.name)
        if value != field.default:
            told.append(field.name if value is True else f"{field.name} {value}")
    return ", ".join(told)


KINDS: dict[str, type[Any]] = {one.kind: one for one in (Architecture, Spectrum)}
"""Every way of drawing by its kind, each a class that implements `WayOfDrawing`."""
