"""Strengths of single channels on a picture, from their layer's activations (1, C, h, w)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

RIVALRY = 0.3
"""Weight of a layer's soft maximum against the trained channel."""


def mean(activations: Tensor, channel: int) -> Tensor:
    """The channel's mean over all places: lucid's `channel`, or a class's logit in a layer with a single place."""
    return activations.mean((2, 3))[0, channel]


def against_others(activations: Tensor, channel: int) -> Tensor:
    """The channel's mean against a soft maximum of all means of its layer."""
    means = activations.mean((2, 3))[0]  # (C,)
    return means[channel] - RIVALRY * torch.logsumexp(means, 0)


def strong_places(activations: Tensor, channel: int) -> Tensor:
    """The mean square of the channel's positive values: few strong places count more than many weak ones."""
    return activations[0, channel].clamp(min=0).square().mean()


def at_place(activations: Tensor, channel: int, place: Sequence[float]) -> Tensor:
    """The channel at one place alone: lucid's `neuron`; `place` runs from -1 to 1, to the right and down."""
    height, width = activations.shape[2:]
    across, down = place
    column, row = (min(int((part + 1) / 2 * count), count - 1) for part, count in ((across, width), (down, height)))
    return activations[0, channel, row, column]


def weighted(strengths: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """A weighted sum of channels; weights may be negative, and are scaled so that their absolute values sum to one."""
    sizes = torch.tensor(weights)
    return (torch.stack(list(strengths)) * (sizes / sizes.abs().sum())).sum()
