"""Blends neurons with the same way of drawing: a protocol, and its implementation for every way.

`Interpolator` calls it; that class handles families, shares and cross-fades between families, and no way of drawing.
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
    """Weights of the neurons of one way of drawing, and of points between them. Safe for several threads.

    Decoders draw with weights (count, ...) float32; nobody writes to them afterwards. Pictures are sampled on an even
    grid of the whole picture, both end points included (`cppn.grid`): logits are (count, outputs, points).
    """

    def of(self, neuron: Address) -> Tensor:
        """The weights of one neuron, (...); the same object every time."""

    def mixed(self, neurons: Sequence[Address], shares: Tensor, repair: bool) -> tuple[Tensor, Tensor | None]:
        """The weights between neurons, at `shares` (count, neurons) that sum to one in every row; and the logits, if
        known.

        With `repair` the points between keep the contrast of their ends.
        """

    def logits(self, weights: Tensor) -> Tensor:
        """The logits of weights (count, ...)."""

    def stretched(self, weights: Tensor, mean: Tensor, gain: Tensor) -> Tensor:
        """New weights that move the logits of red, green and blue `gain` (count, 3) times as far from `mean` (count,
        3)."""

    def drawn_at(self, weights: Tensor, phase: float) -> tuple[WayOfDrawing, Tensor]:
        """The drawing and weights for a decoder, from one picture's weights (...) at a `phase` 0..1 of its cycle, if
        any."""


BLENDINGS: dict[type[Any], Callable[[Any, Latents, int], Blending]] = {
    Architecture: CppnBlending,
    Spectrum: SpectrumBlending,
}
"""The maker of a Blending for each way of drawing; takes the drawing, the latents, and the grid's points a side."""
