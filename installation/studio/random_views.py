"""Robustness: in every step the network sees the picture a little shifted, turned and scaled.

The CPPN is asked for the colours of the turned coordinates themselves, so nothing is resampled, and beyond the edges
there is more picture instead of padding.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from installation.atlas.cppn import HALF_RANGE, grid
from installation.studio.recipe import Settings

SHORT_SIDE = 0.75
"""Of a frame of 16:9 or 9:16, in sides of the square that has as many pixels."""

ROUND_TO = 8
"""Sides are multiples of this, so that the strides of a network divide them."""


def frame(size_px: int, step: int, settings: Settings) -> tuple[int, int]:
    """Height and width of what the network sees in a step, in pixels: about size_px^2 of them."""
    if settings.frame == "square":
        return size_px, size_px
    short = round(SHORT_SIDE * size_px / ROUND_TO) * ROUND_TO
    long = round(size_px / SHORT_SIDE / ROUND_TO) * ROUND_TO
    return (long, short) if step % 2 else (short, long)


def random_view(height: int, width: int, settings: Settings, generator: torch.Generator) -> Tensor:
    """Coordinates (height * width, 2) of a random view of the picture."""
    random_numbers = torch.rand(4, generator=generator)
    smallest, largest = (math.log(bound) for bound in settings.zoom)
    part = math.exp(smallest + (largest - smallest) * random_numbers[0].item())
    angle = math.radians(settings.rotate_degrees) * (2 * random_numbers[1].item() - 1)
    turn = part * torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    room = HALF_RANGE * (max(0.0, 1 - part) + settings.shift)
    return grid(height, width) @ turn.t() + (2 * random_numbers[2:] - 1) * room  # (N, 2)
