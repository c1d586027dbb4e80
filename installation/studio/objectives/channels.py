"""How much single channels like a picture, from their layer's activations (1, C, h, w)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

RIVALRY = 0.3
"""What the other channels of a layer count against the one that is meant."""


def mean(activations: Tensor, channel: int) -> Tensor:
    """The channel's mean over all places: lucid's `channel`, and a class's logit where there is one place."""
    return activations.mean((2, 3))[0, channel]


def against_others(activations: Tensor, channel: int) -> Tensor:
    """The channel's mean against a soft maximum of all means of its layer."""
    means = activations.mean((2, 3))[0]  # (C,)
    return means[channel] - RIVALRY * torch.logsumexp(means, 0)


def strong_places(activations: Tensor, channel: int) -> Tensor:
    """The channel's mean square where it is positive: few strong places count more than many weak ones."""
    return activations[0, channel].clamp(min=0).square().mean()


def at_place(activations: Tensor, channel: int, place: Sequence[float]) -> Tensor:
    """The channel at one place alone: lucid's `neuron`; `place` runs from -1 to 1, to the right and down."""
    height, width = activations.shape[2:]
    across, down = place
    column, row = (min(int((part + 1) / 2 * count), count - 1) for part, count in ((across, width), (down, height)))
    return activations[0, channel, row, column]


def weighted(strengths: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """Several channels at once, each with its weight, which may be negative; the weights' sizes sum to one."""
    sizes = torch.tensor(weights)
    return (torch.stack(list(strengths)) * (sizes / sizes.abs().sum())).sum()
