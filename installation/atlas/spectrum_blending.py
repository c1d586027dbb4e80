"""Blends pictures that are spectra: by their logits, or by their magnitudes and phases."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from installation.atlas.cppn import HALF_RANGE, grid
from installation.atlas.spectrum import Spectrum, level_of, level_sizes, logit_spectrum, spline
from installation.atlas.spline_sampling import sampled
from installation.show.frame import Address

MIN_DEVIATION = 1e-6


class SpectrumBlending:
    """See blending.Blending; weights (count, 3, height, width // 2 + 1, 2) are spectra of logits."""

    def __init__(self, drawing: Spectrum, latents: Callable[[Address], Tensor], grid_side: int) -> None:
        self._drawing = drawing
        self._latents = latents
        self._pixel = 2 / grid_side
        self._points = (grid(grid_side, grid_side).double() / HALF_RANGE).t()  # (2, points)
        self._weights: dict[Address, Tensor] = {}

    def of(self, neuron: Address) -> Tensor:
        """See Blending."""
        if neuron not in self._weights:
            spectrum = logit_spectrum(self._latents(neuron), self._drawing)
            self._weights[neuron] = torch.view_as_real(spectrum).contiguous()
        return self._weights[neuron]

    def mixed(self, neurons: Sequence[Address], shares: Tensor, repair: bool) -> tuple[Tensor, Tensor | None]:
        """See Blending."""
        ends = torch.stack([self.of(neuron) for neuron in neurons])
        weights = torch.tensordot(shares, ends, 1)  # (count, 3, height, width // 2 + 1, 2)
        if self._drawing.morph == "phase":
            whole = torch.view_as_complex(ends)
            magnitude = torch.tensordot(shares, whole.abs(), 1)
            direction = torch.view_as_complex(
                torch.tensordot(shares, torch.view_as_real(torch.sgn(whole)).contiguous(), 1)
            )
            turned = magnitude * torch.sgn(direction)
            turned[..., 0, 0] = torch.view_as_complex(weights)[..., 0, 0]  # the mean has no phase
            weights = torch.view_as_real(turned).contiguous()
        if repair:
            wanted = torch.tensordot(shares, self._deviation(ends), 1)  # (count, 3)
            gain = wanted / self._deviation(weights).clamp_min(MIN_DEVIATION)
            weights = self.stretched(weights, self._mean(weights), gain)
        return weights, None

    def logits(self, weights: Tensor) -> Tensor:
        """See Blending."""
        level = round(level_of(self._drawing, self._pixel))
        size = level_sizes(self._drawing)[level]
        pictures = [spline(torch.view_as_complex(one.contiguous()), self._drawing, size) for one in weights]
        return torch.stack([sampled(one, *self._points) for one in pictures])

    def stretched(self, weights: Tensor, mean: Tensor, gain: Tensor) -> Tensor:
        """See Blending."""
        scaled = weights * gain[..., None, None, None]
        scaled[..., 0, 0, 0] += (mean * (1 - gain)) * math.sqrt(self._drawing.height * self._drawing.width)
        return scaled

    def drawn_at(self, weights: Tensor, phase: float) -> tuple[Spectrum, Tensor]:  # noqa: ARG002  # it has no cycle
        """See Blending."""
        return self._drawing, weights

    def _mean(self, weights: Tensor) -> Tensor:
        """The mean of the logits of pictures (count, ...): (count, 3)."""
        return weights[..., 0, 0, 0] / math.sqrt(self._drawing.height * self._drawing.width)

    def _deviation(self, weights: Tensor) -> Tensor:
        """The deviation of the logits of pictures (count, ...), by Parseval's theorem: (count, 3)."""
        power = weights.square().sum(-1)
        both = power.sum((-2, -1)) + power[..., 1 : (self._drawing.width + 1) // 2].sum((-2, -1))
        alone = both - power[..., 0, 0]
        return (alone.clamp_min(0) / (self._drawing.height * self._drawing.width)).sqrt()
