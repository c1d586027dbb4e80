"""What lies between neurons that are drawn alike, for every way of drawing: a protocol and its implementations.

`Interpolator` asks; it knows families, shares and what lies between families, and no way of drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from torch import Tensor

from installation.atlas.architecture import Architecture
from installation.atlas.cppn_blending import CppnBlending
from installation.atlas.drawing import WayOfDrawing
from installation.atlas.spectrum import Spectrum
from installation.atlas.spectrum_blending import SpectrumBlending
from installation.show.frame import Address

Latents = Callable[[Address], Tensor]
"""The whole latent of a neuron, float32 (size,)."""


class Blending(Protocol):
    """Weights of the neurons of one way of drawing, and of what lies between them. Safe for several threads.

    Weights (count, ...) float32 are what decoders draw with; none is written after it was given. Pictures are looked at
    on an even grid of the whole picture, both end points included (`cppn.grid`): logits are (count, outputs, points).
    """

    def of(self, neuron: Address) -> Tensor:
        """Of one neuron, (...); the same object every time."""

    def mixed(self, neurons: Sequence[Address], shares: Tensor, repair: bool) -> tuple[Tensor, Tensor | None]:
        """Between neurons, at `shares` (count, neurons) that sum to one in every row; and the logits, if known by then.

        With `repair` what lies between is to be as rich in contrast as its ends.
        """

    def logits(self, weights: Tensor) -> Tensor:
        """Of weights (count, ...)."""

    def stretched(self, weights: Tensor, mean: Tensor, gain: Tensor) -> Tensor:
        """New weights; logits of red, green and blue then lie `gain` (count, 3) times as far from `mean` (count, 3)."""

    def drawn_at(self, weights: Tensor, phase: float) -> tuple[WayOfDrawing, Tensor]:
        """What a decoder draws of one picture's weights (...) at a time, 0..1 round, of a drawing that has a cycle."""


BLENDINGS: dict[type[Any], Callable[[Any, Latents, int], Blending]] = {
    Architecture: CppnBlending,
    Spectrum: SpectrumBlending,
}
"""Of every way of drawing what makes its Blending: from the drawing, the latents, and the grid's points a side."""
