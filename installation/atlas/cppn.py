"""The CPPN: a small network from picture coordinates to colour; its weights are a neuron's latent.

Source of the formulas: Mordvintsev et al., "Differentiable Image Parameterizations", Distill 2018.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from installation.atlas.architecture import WAVE_GAIN, Architecture, Curve

HALF_RANGE = math.sqrt(3.0)
"""Half the short side of a picture in CPPN input units: a uniform grid then has unit variance."""

CURVES: dict[Curve, Callable[[Tensor], Tensor]] = {
    "atan": torch.atan,
    "relu": torch.relu,
    "abs": torch.abs,
    "sine": torch.sin,
}


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
    """The weights of the same CPPN with all constants folded into the matrices: units then give plain values, waves
    plain sines.

    Linear in `latent` (..., size), so folding and interpolating commute.
    """
    width = architecture.width
    layers = unflatten(latent, architecture)
    first, shift = layers[0]
    parts = [(first * WAVE_GAIN if architecture.waves else first).flatten(-2), shift]
    for weight, bias in layers[1:]:
        folded = []
        for number, (offset, scale) in enumerate(architecture.features):
            on_feature = weight[..., number * width : (number + 1) * width] / scale
            folded.append(on_feature)
            bias = bias - offset * on_feature.sum(-1)
        parts += [torch.cat(folded, -1).flatten(-2), bias]
    return torch.cat(parts, -1)


def at_time(weights: Tensor, architecture: Architecture, phase: float) -> Tensor:
    """The weights (..., size) of a loop at a `phase` 0..1, for `architecture.at_one_time`. Others stay unchanged."""
    if not architecture.has_cycle:
        return weights
    (weight, bias), *_ = unflatten(weights, architecture)
    around = weight.new_tensor([math.cos(2 * math.pi * phase), math.sin(2 * math.pi * phase)])
    later = weights[..., weight.shape[-2] * (weight.shape[-1] + 1) :]
    return torch.cat([weight[..., :2].flatten(-2), bias + weight[..., 2:] @ around, later], -1)


def inputs(coordinates: Tensor, architecture: Architecture, phase: float | Tensor = 0.0) -> Tensor:
    """The inputs of the first layer (N, inputs) at `coordinates` (N, 2) from `grid`.

    A loop's `phase` is one number for all places, or (N,).
    """
    if architecture.waves:
        across, down, phases = coordinates.new_tensor(architecture.waves).t()
        place = coordinates / HALF_RANGE
        return WAVE_GAIN * torch.sin(place[:, :1] * across + place[:, 1:] * down + phases)
    if not architecture.has_cycle:
        return coordinates
    turns = 2 * math.pi * torch.as_tensor(phase, dtype=coordinates.dtype).expand(len(coordinates))  # (N,)
    return torch.cat([coordinates, torch.cos(turns)[:, None], torch.sin(turns)[:, None]], 1)


def grid(height: int, width: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Input coordinates of a training picture, (height * width, 2) as (x, y), both end points included.

    The short side runs from -HALF_RANGE to HALF_RANGE. (The player samples at pixel centres instead, so that a picture
    keeps its framing at every size; see picture/view.py.)
    """
    short = min(height, width)
    span = [HALF_RANGE * max(side - 1, 1) / max(short - 1, 1) for side in (height, width)]
    ys, xs = (torch.linspace(-half, half, side, dtype=dtype) for half, side in zip(span, (height, width), strict=True))
    return torch.stack([xs.expand(height, width), ys[:, None].expand(height, width)], -1).reshape(-1, 2)  # (H*W, 2)


def logits(latent: Tensor, coordinates: Tensor, architecture: Architecture, phase: float | Tensor = 0.0) -> Tensor:
    """Decode an unfolded `latent` (size,) at `coordinates` (N, 2): logits (N, outputs); sigmoid makes display RGB.

    The reference: differentiable, any dtype. Decoders must agree with it in float64 to within 1/255.
    """
    layers = unflatten(latent, architecture)
    signal = inputs(coordinates, architecture, phase)
    for weight, bias in layers[:-1]:
        value = CURVES[architecture.curve](torch.addmm(bias, signal, weight.t()))  # (N, width)
        powers = (value, value.square())
        pairs = zip(powers, architecture.features, strict=False)
        signal = torch.cat([(power - offset) / scale for power, (offset, scale) in pairs], -1)  # (N, features width)
    weight, bias = layers[-1]
    return torch.addmm(bias, signal, weight.t())  # (N, outputs)
