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

from installation.atlas.cppn import HALF_RANGE
from installation.picture.view import Affine


def maps_of(affines: Sequence[Affine]) -> tuple[Tensor, Tensor]:
    """Linear parts (count, 2, 2) of maps, and the images of the place's centre (count, 2), both float64."""
    linear = torch.tensor([[[one.a, one.b], [one.d, one.e]] for one in affines], dtype=torch.float64)
    return linear, torch.tensor([one.at(0.5, 0.5) for one in affines], dtype=torch.float64)


def first_layer(weight: Tensor, bias: Tensor, linear: Tensor, centres: Tensor) -> tuple[Tensor, Tensor]:
    """First layers (count, units, 2) and (count, units) that take (u - 0.5, v - 0.5) instead of HALF_RANGE * map(u, v),
    each through a map of its own, or all through one: see maps_of. They come in float64."""
    double = HALF_RANGE * weight.double()
    return double @ linear, bias + (double @ centres[..., None])[..., 0]


def offsets(count: int) -> NDArray[np.float64]:
    """Where the pixels of a row lie: (i + 0.5) / count - 0.5."""
    return (np.arange(count) + 0.5) / count - 0.5
