"""A CPPN in training: its weights before colour mixing, from a random start or from its parent."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from installation.atlas.architecture import Architecture
from installation.atlas.cppn import HALF_RANGE, grid, initial, unflatten
from installation.atlas.drawing import WayOfDrawing
from installation.atlas.spectrum import colour_matrix
from installation.studio.cppn_gradient import cppn_logits
from installation.studio.recipes.recipe import Grade, Settings

STATISTICS_PX = 64

ALPHA_SPREAD = 0.5
"""Spread of a root's fourth output, its alpha: it starts half transparent, with small variations."""


class CppnParameterization:
    """See parameterizations.Parameterization."""

    def __init__(self, settings: Settings, parent: Tensor | None, generator: torch.Generator) -> None:
        start = random_start(settings, generator) if parent is None else start_from_parent(parent, settings, generator)
        self._architecture = architecture_of(settings)
        self._matrix = colour_matrix()
        self.parameters = mixed(start, torch.linalg.inv(self._matrix), self._architecture)

    def latent(self, parameters: Tensor) -> Tensor:
        """See Parameterization."""
        return mixed(parameters, self._matrix, self._architecture)

    def logits(self, latent: Tensor, places: Tensor, phase: float) -> Tensor:
        """See Parameterization."""
        return cppn_logits(latent, places, self._architecture, phase)


def architecture_of(settings: Settings) -> Architecture:
    """The CPPN that the settings ask for."""
    return Architecture(
        settings.width, settings.depth, settings.activation, settings.coordinates, settings.octaves, settings.alpha
    )


def settings_of(drawing: WayOfDrawing) -> Settings | None:
    """See parameterizations.Training."""
    if not isinstance(drawing, Architecture):
        return None
    words = "width", "depth", "activation", "coordinates", "octaves", "alpha"
    return Settings(**{word: getattr(drawing, word) for word in words})


def whole(latent: Tensor, settings: Settings, size_px: int, phase: float = 0.0) -> Tensor:
    """Logits (outputs, size_px * size_px) of the upright picture."""
    return cppn_logits(latent, grid(size_px, size_px), architecture_of(settings), phase)


def graded(latent: Tensor, grade: Grade, settings: Settings) -> Tensor:
    """See grading.graded: a change of the last layer."""
    architecture, matrix = architecture_of(settings), colour_matrix()
    inverse = torch.linalg.inv(matrix)
    with torch.no_grad():
        seen = inverse @ whole(latent, settings, STATISTICS_PX)[:3]  # (3, N), brightness first
    mean = seen.mean(1)
    gain = torch.tensor([grade.contrast, grade.colour, grade.colour])
    wanted = mean * torch.tensor([grade.darkness, 1.0, 1.0])
    result = mixed(latent, matrix @ torch.diag(gain) @ inverse, architecture)
    begin = architecture.size - architecture.outputs
    result[begin : begin + 3] += matrix @ (wanted - gain * mean)
    return result


def random_start(settings: Settings, generator: torch.Generator) -> Tensor:
    """A random latent (size,) for a root, already coloured.

    From a grey start SqueezeNet's pictures stayed pale and many of Inception's neurons stayed silent; spread output
    weights give each root a palette of its own.
    """
    architecture = architecture_of(settings)
    latent = initial(architecture, generator)
    layers = unflatten(latent, architecture)
    layers[0][0].mul_(settings.detail_start)
    if architecture.has_cycle:
        layers[0][0][:, 2:].mul_(settings.motion_start)
    if settings.reach_start and not architecture.waves:
        _turn_about(layers[0], settings.reach_start, generator)
    weight, bias = layers[-1]
    chroma = settings.chroma_start
    spread = settings.colour_start * torch.tensor([1.0, chroma, chroma, ALPHA_SPREAD][: architecture.outputs])
    weight.copy_(torch.randn(weight.shape, generator=generator) * spread[:, None] / math.sqrt(weight.shape[1]))
    bias.copy_(torch.randn(bias.shape, generator=generator) * 0.3 * spread)
    return mixed(latent, colour_matrix(), architecture)


def _turn_about(layer: tuple[Tensor, Tensor], reach: float, generator: torch.Generator) -> None:
    """Make the zero lines of a first layer's units pass random points up to `reach` half short sides from the middle.

    Otherwise all of them pass through the middle, and little is left to draw with beyond the square.
    """
    weight, bias = layer
    points = HALF_RANGE * reach * (2 * torch.rand(len(weight), 2, generator=generator) - 1)  # (units, 2)
    bias.copy_(-(weight[:, :2] * points).sum(1))


def start_from_parent(parent: Tensor, settings: Settings, generator: torch.Generator) -> Tensor:
    """The parent's latent (size,), rotated, scaled, moved and in other hues: a child must not keep its layout.

    Children that started from the parent itself kept its composition and palette: nine spires, one picture. Moving the
    picture changes only the first layer; rotating its hues changes only the last one.
    """
    if not settings.starts_elsewhere:
        random_start(settings, generator)  # discarded: the first families were trained with the random numbers after it
        return parent.clone()
    architecture, matrix = architecture_of(settings), colour_matrix()
    random_numbers = 2 * torch.rand(5, generator=generator) - 1
    angle, hue = (
        math.radians(degrees) * one.item()
        for degrees, one in zip(
            (settings.child_turn_degrees, settings.child_hue_degrees), random_numbers[:2], strict=True
        )
    )
    turn = settings.child_zoom ** random_numbers[2].item() * _rotation(angle)  # (2, 2)
    latent = parent.clone()
    if not architecture.waves:
        weight, bias = unflatten(latent, architecture)[0]
        bias.add_(weight[:, :2] @ (HALF_RANGE * settings.child_shift * random_numbers[3:]))
        weight[:, :2] = weight[:, :2] @ turn
    hues = torch.eye(3)
    hues[1:, 1:] = _rotation(hue)
    return mixed(latent, matrix @ hues @ torch.linalg.inv(matrix), architecture)


def _rotation(angle: float) -> Tensor:
    return torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


def mixed(latent: Tensor, matrix: Tensor, architecture: Architecture) -> Tensor:
    """`latent` with its three colour outputs mixed by `matrix` (3, 3).

    Training changes the weights before this mixing, in which photographs' colours are decorrelated. It gives natural
    palettes, and activations of 8.4, 6.5 and 5.9; plain red, green and blue gave 6.5, 6.3 and 5.5.
    """
    fan_in, fan_out = architecture.layers[-1]
    start = architecture.size - fan_out * fan_in - fan_out
    weight, bias = latent[start:-fan_out].view(fan_out, fan_in), latent[-fan_out:]
    return torch.cat([
        latent[:start], (matrix @ weight[:3]).flatten(), weight[3:].flatten(), matrix @ bias[:3], bias[3:]
    ])  # fmt: skip
