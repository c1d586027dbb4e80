"""The definition of a CPPN's picture: the formulas, unoptimised, in double precision."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from installation.atlas.architecture import Architecture
from installation.atlas.cppn import HALF_RANGE, unflatten
from installation.atlas.interpolate import Component

Floats = NDArray[np.float64]


def logits(component: Component, x: Floats, y: Floats, _pixel: float) -> Floats:
    """See WayOfDrawing.definition."""
    architecture = component.drawing
    assert isinstance(architecture, Architecture)
    *hidden, (weight, bias) = (
        (one.numpy(), other.numpy()) for one, other in unflatten(component.weights.double(), architecture)
    )
    if architecture.waves:
        signal = np.stack([np.sin(x * across + y * down + phase) for across, down, phase in architecture.waves], -1)
    else:
        signal = HALF_RANGE * np.stack([x, y], -1)  # (n, 2)
    for hidden_weight, hidden_bias in hidden:
        total = signal @ hidden_weight.T + hidden_bias  # (n, width)
        match architecture.curve:
            case "atan":
                angle = np.arctan(total)
                signal = np.concatenate([angle, angle * angle], -1)  # (n, 2 width)
            case "relu":
                signal = np.maximum(total, 0.0)
            case "abs":
                signal = np.abs(total)
            case "sine":
                signal = np.sin(total)
    found: Floats = signal @ weight.T + bias
    return found
