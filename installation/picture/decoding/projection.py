"""Folds a view into a CPPN: the first layer then takes a pixel's offsets from the picture's centre, -0.5 to 0.5.

This uses double precision, so that a view of 1/4000 of the picture loses nothing: offsets from the centre stay exact in
single precision, however small they are compared with the centre's own coordinates.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from installation.atlas.architecture import Architecture
from installation.atlas.cppn import HALF_RANGE, unflatten
from installation.picture.view import Affine


def maps_of(affines: Sequence[Affine]) -> tuple[Tensor, Tensor]:
    """Linear parts (count, 2, 2) of maps, and the images of the place's centre (count, 2), both float64."""
    linear = torch.tensor([[[one.a, one.b], [one.d, one.e]] for one in affines], dtype=torch.float64)
    return linear, torch.tensor([one.at(0.5, 0.5) for one in affines], dtype=torch.float64)


def first_layer(weight: Tensor, bias: Tensor, linear: Tensor, centres: Tensor) -> tuple[Tensor, Tensor]:
    """First layers (count, units, 2) and (count, units), float64, that take (u - 0.5, v - 0.5) instead of HALF_RANGE *
    map(u, v), each through its own map, or all through one: see maps_of."""
    double = HALF_RANGE * weight.double()
    return double @ linear, bias + (double @ centres[..., None])[..., 0]


def wave_layer(architecture: Architecture) -> tuple[Tensor, Tensor]:
    """The layer of sines (1, waves, 2) and (1, waves) float64 before a CPPN with waves, for HALF_RANGE times picture
    coordinates as inputs."""
    across, down, phase = torch.tensor(architecture.waves, dtype=torch.float64).t()
    return torch.stack([across, down], 1)[None] / HALF_RANGE, phase[None]


def seen_layers(
    weights: Tensor, architecture: Architecture, linear: Tensor, centres: Tensor
) -> list[tuple[Tensor, Tensor]]:
    """All layers of CPPNs with folded `weights` (count, size); the first layer takes (u - 0.5, v - 0.5).

    They are (W (count, out, in), b (count, out)) float32. With waves, a layer of sines comes first; its phases are
    within half a turn, so that a distant camera loses no precision.
    """
    layers = unflatten(weights, architecture)
    if not architecture.waves:
        seen, shift = first_layer(*layers[0], linear, centres)
        return [(seen.float(), shift.float()), *layers[1:]]
    weight, bias = (tensor.to(weights.device) for tensor in wave_layer(architecture))
    seen, shift = first_layer(weight, bias, linear, centres)
    shift = shift - 2 * math.pi * torch.round(shift / (2 * math.pi))
    count = len(weights)
    return [(seen.float().expand(count, -1, -1), shift.float().expand(count, -1)), *layers]


def offsets(count: int) -> NDArray[np.float64]:
    """The offsets of a row's pixels: (i + 0.5) / count - 0.5."""
    return (np.arange(count) + 0.5) / count - 0.5
