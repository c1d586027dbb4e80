"""Grading: the last touch on a finished latent, as a film is graded once it is cut.

Places365's scenes came out dark, with their colour there but held back. Brightness, contrast and colour are changed in
the last layer only, so a graded latent is a latent like any other, and families interpolate as before.
"""

from __future__ import annotations

import torch
from torch import Tensor

from installation.atlas.cppn import grid
from installation.studio.cppn_gradient import cppn_logits
from installation.studio.recipe import Grade, Settings
from installation.studio.training import architecture_of, colours, mixed

STATISTICS_PX = 64


def graded(latent: Tensor, grade: Grade, settings: Settings) -> Tensor:
    """`latent` (size,) with the brightness, contrast and colour of its picture changed."""
    if grade == Grade():
        return latent
    architecture, matrix = architecture_of(settings), colours()
    inverse = torch.linalg.inv(matrix)
    with torch.no_grad():
        logits = cppn_logits(latent, grid(STATISTICS_PX, STATISTICS_PX), architecture)  # (3, N)
        seen = inverse @ logits  # (3, N), brightness first
    mean = seen.mean(1)
    gain = torch.tensor([grade.contrast, grade.colour, grade.colour])
    wanted = mean * torch.tensor([grade.darkness, 1.0, 1.0])
    result = mixed(latent, matrix @ torch.diag(gain) @ inverse, architecture)
    result[-3:] += matrix @ (wanted - gain * mean)
    return result
