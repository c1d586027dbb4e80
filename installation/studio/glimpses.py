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


def glimpse(size_px: int, settings: Settings, generator: torch.Generator) -> Tensor:
    """Coordinates (size_px^2, 2) of a random view of the picture."""
    chance = torch.rand(4, generator=generator)
    smallest, largest = (math.log(bound) for bound in settings.zoom)
    part = math.exp(smallest + (largest - smallest) * chance[0].item())
    angle = math.radians(settings.rotate_degrees) * (2 * chance[1].item() - 1)
    turn = part * torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    room = HALF_RANGE * (max(0.0, 1 - part) + settings.shift)
    return grid(size_px, size_px) @ turn.t() + (2 * chance[2:] - 1) * room  # (N, 2)
