"""The CPPN: a small network from picture coordinates to colour, whose weights are a neuron's latent.

Source of the formulas: Mordvintsev et al., "Differentiable Image Parameterizations", Distill 2018.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Activation = Literal["unbiased", "biased"]

HALF_RANGE = math.sqrt(3.0)
"""Half the short side of a picture in CPPN input units: a uniform grid then has unit variance."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """Shape of a CPPN: `depth` hidden layers of `width` units, each unit giving two activations.

    The latent is the flat concatenation W0, b0, W1, b1 ... with W of shape (units out, units in).
    """

    width: int = 24
    depth: int = 8
    activation: Activation = "unbiased"

    @property
    def layers(self) -> tuple[tuple[int, int], ...]:
        """(units in, units out) of every layer, first to last."""
        hidden = 2 * self.width
        return ((2, self.width), *((hidden, self.width),) * (self.depth - 1), (hidden, 3))

    @property
    def size(self) -> int:
        """How many numbers a latent has: 8,451 for 8 layers of 24."""
        return sum(fan_in * fan_out + fan_out for fan_in, fan_out in self.layers)

    @property
    def constants(self) -> tuple[float, float, float]:
        """(scale of atan, offset and scale of its square): activations are a/s and (a^2 - o)/q."""
        return (0.67, 0.45, 0.396) if self.activation == "unbiased" else (0.67, 0.0, 0.6)


def unflatten(latent: Tensor, architecture: Architecture) -> list[tuple[Tensor, Tensor]]:
    """Views of `latent` (..., size) as [(W (..., out, in), b (..., out))] per layer."""
    if latent.shape[-1] != architecture.size:
        raise ValueError(f"a latent of {latent.shape[-1]} numbers does not fit a CPPN of {architecture.size}")
    shape = latent.shape[:-1]
    layers = []
    start = 0
    for fan_in, fan_out in architecture.layers:
        weight = latent[..., start : start + fan_in * fan_out].reshape(*shape, fan_out, fan_in)  # (..., out, in)
        start += fan_in * fan_out
        layers.append((weight, latent[..., start : start + fan_out]))
        start += fan_out
    return layers


def initial(architecture: Architecture, generator: torch.Generator) -> Tensor:
    """A random latent (size,): W ~ N(0, 1/sqrt(fan in)), b 0, output W 0, so the picture starts grey."""
    parts = []
    for number, (fan_in, fan_out) in enumerate(architecture.layers):
        weight = torch.randn(fan_out, fan_in, generator=generator) / math.sqrt(fan_in)
        parts += [weight * (number < architecture.depth), torch.zeros(fan_out)]
    return torch.cat([part.flatten() for part in parts])


def fold(latent: Tensor, architecture: Architecture) -> Tensor:
    """The same CPPN with the activation's constants inside the matrices: a unit then gives plain a and a^2.

    Linear in `latent` (..., size), so folding and interpolating commute.
    """
    atan_scale, offset, square_scale = architecture.constants
    width = architecture.width
    layers = unflatten(latent, architecture)
    parts = [layers[0][0].flatten(-2), layers[0][1]]
    for weight, bias in layers[1:]:
        on_atan, on_square = weight[..., :width] / atan_scale, weight[..., width:] / square_scale
        parts += [torch.cat([on_atan, on_square], -1).flatten(-2), bias - offset * on_square.sum(-1)]
    return torch.cat(parts, -1)


def grid(height: int, width: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Input coordinates of a training picture, (height * width, 2) as (x, y), both end points included.

    The short side runs from -HALF_RANGE to HALF_RANGE. (The player samples at pixel centres instead, so that a picture
    keeps its framing at every size; see picture/view.py.)
    """
    short = min(height, width)
    span = [HALF_RANGE * max(side - 1, 1) / max(short - 1, 1) for side in (height, width)]
    ys, xs = (torch.linspace(-half, half, side, dtype=dtype) for half, side in zip(span, (height, width), strict=True))
    return torch.stack([xs.expand(height, width), ys[:, None].expand(height, width)], -1).reshape(-1, 2)  # (H*W, 2)


def logits(latent: Tensor, coordinates: Tensor, architecture: Architecture) -> Tensor:
    """Decode an unfolded `latent` (size,) at `coordinates` (N, 2): logits (N, 3); sigmoid makes display RGB.

    The reference: differentiable, any dtype. Decoders must agree with it in float64 to within 1/255.
    """
    atan_scale, offset, square_scale = architecture.constants
    layers = unflatten(latent, architecture)
    signal = coordinates
    for weight, bias in layers[:-1]:
        angle = torch.atan(torch.addmm(bias, signal, weight.t()))  # (N, width)
        signal = torch.cat([angle / atan_scale, (angle.square() - offset) / square_scale], -1)  # (N, 2 width)
    weight, bias = layers[-1]
    return torch.addmm(bias, signal, weight.t())  # (N, 3)
