"""Training one CPPN on one neuron: a pure function of network, neuron, start, settings and seed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from installation.atlas.cppn import HALF_RANGE, Architecture, grid, initial, unflatten
from installation.errors import AtlasError
from installation.studio.cppn_gradient import cppn_logits
from installation.studio.networks.network import Network
from installation.studio.objectives import loss
from installation.studio.random_views import frame, random_view
from installation.studio.recipe import Settings

MEASURE_PX = 224
"""Side of the upright, whole picture on which activations are measured and compared."""

WARM_UP_STEPS = 10
COLOUR_OF_PHOTOGRAPHS = ((0.26, 0.09, 0.02), (0.27, 0.0, -0.05), (0.27, -0.09, 0.03))
"""Columns: how brightness, blue-yellow and green-magenta of photographs mix into red, green and blue."""

MAX_COLUMN_NORM = 0.4619524
LEAK = 0.2


@dataclass(frozen=True, slots=True)
class TrainedCppn:
    """What came out: the latent, float32 (size,), and the neuron's mean activation on the whole picture."""

    latent: Tensor
    activation: float
    steps: int


def architecture_of(settings: Settings) -> Architecture:
    """The CPPN that the settings ask for."""
    return Architecture(settings.width, settings.depth, settings.activation)


def random_start(settings: Settings, generator: torch.Generator) -> Tensor:
    """A random latent (size,) for a root, already coloured.

    From a grey start SqueezeNet's pictures stayed pale and many of Inception's neurons stayed silent; spread output
    weights give each root a palette of its own.
    """
    architecture = architecture_of(settings)
    latent = initial(architecture, generator)
    layers = unflatten(latent, architecture)
    layers[0][0].mul_(settings.detail_start)
    if settings.reach_start:
        _turn_about(layers[0], settings.reach_start, generator)
    weight, bias = layers[-1]
    spread = settings.colour_start * torch.tensor([1.0, settings.chroma_start, settings.chroma_start])  # (3,)
    weight.copy_(torch.randn(weight.shape, generator=generator) * spread[:, None] / math.sqrt(weight.shape[1]))
    bias.copy_(torch.randn(bias.shape, generator=generator) * 0.3 * spread)
    return mixed(latent, colours(), architecture)


def _turn_about(layer: tuple[Tensor, Tensor], reach: float, generator: torch.Generator) -> None:
    """Move the lines on which a first layer's units turn through points up to `reach` half short sides from the middle.

    Without it all of them pass through the middle, and beyond the square there is little left to draw with.
    """
    weight, bias = layer
    points = HALF_RANGE * reach * (2 * torch.rand(weight.shape, generator=generator) - 1)  # (units, 2)
    bias.copy_(-(weight * points).sum(1))


def start_from_parent(parent: Tensor, settings: Settings, generator: torch.Generator) -> Tensor:
    """The parent's latent (size,) seen turned, scaled and moved, in other hues: a child must not keep its layout.

    Children that started from the parent itself kept its composition and palette: nine spires, one picture. Moving the
    picture is a change of the first layer only, turning its hues one of the last.
    """
    if not settings.starts_elsewhere:
        random_start(settings, generator)  # drawn for nothing: the first families were trained on what follows it
        return parent.clone()
    architecture, matrix = architecture_of(settings), colours()
    random_numbers = 2 * torch.rand(5, generator=generator) - 1
    angle, hue = (
        math.radians(degrees) * one.item()
        for degrees, one in zip(
            (settings.child_turn_degrees, settings.child_hue_degrees), random_numbers[:2], strict=True
        )
    )
    turn = settings.child_zoom ** random_numbers[2].item() * _rotation(angle)  # (2, 2)
    latent = parent.clone()
    weight, bias = unflatten(latent, architecture)[0]
    bias.add_(weight @ (HALF_RANGE * settings.child_shift * random_numbers[3:]))
    weight.copy_(weight @ turn)
    hues = torch.eye(3)
    hues[1:, 1:] = _rotation(hue)
    return mixed(latent, matrix @ hues @ torch.linalg.inv(matrix), architecture)


def _rotation(angle: float) -> Tensor:
    return torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


def colours() -> Tensor:
    """The matrix (3, 3) from decorrelated colour to logits of red, green and blue."""
    return torch.tensor(COLOUR_OF_PHOTOGRAPHS) / MAX_COLUMN_NORM


def mixed(latent: Tensor, matrix: Tensor, architecture: Architecture) -> Tensor:
    """`latent` with its three outputs mixed by `matrix` (3, 3).

    Training moves the weights before this mixing, as if photographs' colours were independent: natural palettes, and
    activations of 8.4, 6.5 and 5.9 where plain red, green and blue gave 6.5, 6.3 and 5.5.
    """
    fan_in, fan_out = architecture.layers[-1]
    start = architecture.size - fan_out * fan_in - fan_out
    weight = matrix @ latent[start : start + fan_out * fan_in].view(fan_out, fan_in)
    return torch.cat([latent[:start], weight.flatten(), matrix @ latent[-fan_out:]])


def picture_of(latent: Tensor, settings: Settings, size_px: int) -> Tensor:
    """The upright picture, RGB 0..1 (1, 3, size_px, size_px)."""
    logits = cppn_logits(latent, grid(size_px, size_px), architecture_of(settings))
    return torch.sigmoid(logits).view(1, 3, size_px, size_px)


def train(
    network: Network,
    layer: str,
    channel: int,
    parent: Tensor | None,
    settings: Settings,
    seed: int,
) -> TrainedCppn:
    """Train from `parent`'s latent (size,), or alone from a random start. AtlasError if the numbers run away."""
    generator = torch.Generator().manual_seed(seed)
    start = random_start(settings, generator) if parent is None else start_from_parent(parent, settings, generator)
    architecture, matrix = architecture_of(settings), colours()
    unmixed = mixed(start, torch.linalg.inv(matrix), architecture).requires_grad_()
    steps, rate = (
        (settings.root_steps, settings.root_rate) if parent is None else (settings.child_steps, settings.child_rate)
    )
    optimiser = torch.optim.Adam([unmixed], lr=rate)
    average = unmixed.detach().clone()
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = rate * pace(step, steps, settings)
        height, width = frame(settings.first_size_px if step < steps // 2 else settings.size_px, step, settings)
        latent = mixed(unmixed, matrix, architecture)
        logits = cppn_logits(latent, random_view(height, width, settings, generator), architecture)
        picture = torch.sigmoid(logits).view(1, 3, height, width).contiguous(memory_format=torch.channels_last)
        if settings.enlarge != 1:
            picture = functional.interpolate(picture, scale_factor=settings.enlarge, mode="bilinear")
        wrong = loss(picture, network, layer, channel, settings, LEAK if step < settings.leak_steps else 0.0)
        optimiser.zero_grad()
        wrong.backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
        optimiser.step()
        average.lerp_(unmixed.detach(), 1 - settings.average)
    finished = mixed(average, matrix, architecture)
    if not finished.isfinite().all():
        raise AtlasError(f"{network.name}/{layer}/{channel}: training ran away to infinity; lower the learning rate")
    return TrainedCppn(finished, activation(network, layer, channel, finished, settings), steps)


def pace(step: int, steps: int, settings: Settings) -> float:
    """The learning rate of a step as a share of the highest: a short rise, a steady part, a cosine at the end."""
    left = (1 - step / steps) / (1 - settings.steady) if settings.steady < 1 else 1.0
    fall = 0.5 * (1 - math.cos(math.pi * min(1.0, left)))
    return (settings.last_rate + (1 - settings.last_rate) * fall) * min(1.0, (step + 1) / WARM_UP_STEPS)


def activation(network: Network, layer: str, channel: int, latent: Tensor, settings: Settings) -> float:
    """Mean activation of a neuron on the whole picture of `latent`."""
    with torch.no_grad():
        return network.activations(picture_of(latent, settings, MEASURE_PX), layer).mean((2, 3))[0, channel].item()
