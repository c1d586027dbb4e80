"""What a picture is asked for: to excite its neuron, to be neither grey nor flat, and to be rich in detail."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from installation.studio.networks.network import Network
from installation.studio.recipe import Settings

GLARE_STARTS = 2.9
"""Logit of .95: what is brighter or darker than this burns."""

WEAKEST = 0.1
"""Added to a strength before it divides: a neuron that is still silent must not outweigh everything."""


def excitement(activations: Tensor, channel: int, settings: Settings) -> Tensor:
    """How much the neuron likes the picture, from its layer's `activations` (1, C, h, w)."""
    if settings.also:
        alone = replace(settings, also=())
        return torch.stack([excitement(activations, one, alone) for one in (channel, *settings.also)]).mean()
    if settings.objective == "strong_places":
        return activations[0, channel].clamp(min=0).square().mean()
    if settings.objective == "middle":
        height, width = activations.shape[2:]
        return activations[0, channel, height // 2, width // 2]
    means = activations.mean((2, 3))[0]  # (C,)
    if settings.objective == "against_others":
        return means[channel] - 0.3 * torch.logsumexp(means, 0)
    return -means[channel] if settings.objective == "least" else means[channel]


def flatness(picture: Tensor, settings: Settings) -> Tensor:
    """0 for a picture (1, 3, H, W) with contrast and colour enough, towards 3 for grey.

    Asking for twice the default spread burnt large parts of pictures to white and black.
    """
    red, green, blue = picture[0].flatten(1)
    spread = torch.stack([(red + green + blue).std() / 3, (red - blue).std(), (green - (red + blue) / 2).std()])
    wanted = torch.tensor(settings.spread)
    return ((wanted - spread) / wanted).clamp(min=0).square().sum()


def glare(picture: Tensor) -> Tensor:
    """0 where all colours lie within the middle nine tenths of their range, more where they burn out.

    Early layers ask for ever more contrast: without a limit their edges were black, white and cyan.
    """
    logits = torch.logit(picture, eps=1e-5)
    return (logits.abs() - GLARE_STARTS).clamp(min=0).square().mean()


def harshness(picture: Tensor, settings: Settings) -> Tensor:
    """0 for a picture (1, 3, H, W) with no more contrast than is wanted, 1 for twice as much."""
    excess = picture[0].mean(0).std() / settings.most_contrast - 1
    return excess.clamp(min=0).square()


class Judged(NamedTuple):
    """The number that training makes small, and how much the neuron itself likes the picture."""

    loss: Tensor
    strength: float


def judge(
    picture: Tensor,
    network: Network,
    layer: str,
    channel: int,
    settings: Settings,
    leak: float,
    see_through: Tensor | float = 1.0,
) -> Judged:
    """All wishes together. `see_through` is the share of a picture with alpha that covers nothing."""
    strength = excitement(network.activations(picture, layer, leak), channel, settings) * see_through
    # Divided by itself it has the gradient of its logarithm: 20 of one network and 2000 of another weigh the same.
    total = -strength / (strength.detach().abs() + WEAKEST) if settings.relative else -strength
    if settings.contrast:
        total = total + settings.contrast * flatness(picture, settings)
    if settings.hold:
        total = total + settings.hold * harshness(picture, settings)
    if settings.calm:
        total = total + settings.calm * glare(picture)
    if settings.dream:
        seen = network.activations(picture, settings.dream_layer, leak)
        total = total - settings.dream * seen.clamp(min=0).square().mean()
    return Judged(total, strength.item())
