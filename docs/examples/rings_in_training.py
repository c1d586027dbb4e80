"""Rings in the studio: a recipe may say `kind: rings`."""

from __future__ import annotations

import torch
from torch import Tensor

from docs.examples.rings import Rings
from installation.atlas.cppn import HALF_RANGE, grid
from installation.studio.parameterizations import PARAMETERIZATIONS, Training
from installation.studio.recipes.recipe import KINDS, Grade, Settings


class RingsInTraining:
    """In the studio: a random start, or the parent's numbers. The optimiser changes the latent itself."""

    def __init__(self, settings: Settings, parent: Tensor | None, generator: torch.Generator) -> None:  # noqa: ARG002  # rings have no settings
        self.parameters = 0.5 * torch.randn(Rings.size, generator=generator) if parent is None else parent.clone()

    def latent(self, parameters: Tensor) -> Tensor:
        return parameters

    def logits(self, latent: Tensor, places: Tensor, phase: float) -> Tensor:  # noqa: ARG002  # they have no cycle
        distance = torch.linalg.vector_norm(places / HALF_RANGE - latent[:2], dim=-1)  # (n,)
        return latent[2:, None] * torch.cos(2 * torch.pi * Rings().rings * distance)


def whole(latent: Tensor, settings: Settings, size_px: int, phase: float) -> Tensor:
    """Logits (3, size_px * size_px) of the upright picture."""
    return RingsInTraining(settings, latent, torch.Generator()).logits(latent, grid(size_px, size_px), phase)


def graded(latent: Tensor, grade: Grade, settings: Settings) -> Tensor:  # noqa: ARG001  # rings have no settings
    """More or less contrast."""
    return torch.cat([latent[:2], latent[2:] * grade.contrast])


def settings_of(drawing: object) -> Settings | None:
    return Settings(kind=Rings.kind) if isinstance(drawing, Rings) else None


KINDS.append(Rings.kind)  # recipes may say it
PARAMETERIZATIONS[Rings.kind] = Training(lambda _: Rings(), settings_of, RingsInTraining, whole, graded)
