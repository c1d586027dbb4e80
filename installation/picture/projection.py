"""A view folded into a CPPN: the first layer then takes a pixel's place in the picture, -0.5 to 0.5 from its centre.

Done in double precision, so that a view of 1/4000 of the picture loses nothing: offsets from the centre stay exact in
single precision, however small they are beside the centre's own coordinates.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from installation.atlas.cppn import HALF_RANGE, Architecture, unflatten
from installation.picture.view import Affine


def seen_through(weights: Tensor, architecture: Architecture, affines: Sequence[Affine]) -> Tensor:
    """CPPNs that take (u - 0.5, v - 0.5) instead of HALF_RANGE * affine.at(u, v), each through its own map.

    Folded `weights` (count, size) and as many `affines` give new weights (count, size).
    """
    seen = weights.clone()
    (first, bias), (seen_first, seen_bias) = (unflatten(one, architecture)[0] for one in (weights, seen))
    linear = torch.tensor([[[one.a, one.b], [one.d, one.e]] for one in affines], dtype=torch.float64)
    centres = torch.tensor([one.at(0.5, 0.5) for one in affines], dtype=torch.float64)
    weight, shifted = first_layer(first, bias, linear, centres)
    seen_first.copy_(weight)
    seen_bias.copy_(shifted)
    return seen


def first_layer(weight: Tensor, bias: Tensor, linear: Tensor, centres: Tensor) -> tuple[Tensor, Tensor]:
    """First layers (count, units, 2) and (count, units), seen through maps with these linear parts (count, 2, 2) and
    these images of the place's centre (count, 2), both float64; float64."""
    double = HALF_RANGE * weight.double()
    return double @ linear, bias + (double @ centres[..., None])[..., 0]


def offsets(count: int) -> NDArray[np.float64]:
    """Where the pixels of a row lie: (i + 0.5) / count - 0.5."""
    return (np.arange(count) + 0.5) / count - 0.5
