"""The parameterizations of all ways of drawing, in one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from installation.atlas.drawing import WayOfDrawing
from installation.errors import ScoreError
from installation.studio import cppn_parameterization, spectrum_parameterization
from installation.studio.cppn_parameterization import CppnParameterization, architecture_of
from installation.studio.recipes.recipe import Grade, Kind, Settings
from installation.studio.spectrum_parameterization import (
    PhaseParameterization,
    SpectrumParameterization,
    spectrum_of,
)


class Parameterization(Protocol):
    """One latent in training; the optimiser changes its `parameters`."""

    parameters: Tensor

    def latent(self, parameters: Tensor) -> Tensor:
        """The latent (size,) that `parameters` define, differentiable in them."""

    def logits(self, latent: Tensor, places: Tensor, phase: float) -> Tensor:
        """Logits (outputs, N) of a latent at places (N, 2) and a phase, 0..1 a loop; differentiable in the latent."""


@dataclass(frozen=True, slots=True)
class Training:
    """`make` starts from a parent's latent or at random; `whole` gives logits (outputs, size_px * size_px) of a
    latent's upright picture at a phase, 0..1 for one loop; `graded` grades a finished latent."""

    drawing: Callable[[Settings], WayOfDrawing]
    make: Callable[[Settings, Tensor | None, torch.Generator], Parameterization]
    whole: Callable[[Tensor, Settings, int, float], Tensor]
    graded: Callable[[Tensor, Grade, Settings], Tensor]


_WHOLE, _GRADED = spectrum_parameterization.whole, spectrum_parameterization.graded

PARAMETERIZATIONS: dict[Kind, Training] = {
    "cppn": Training(architecture_of, CppnParameterization, cppn_parameterization.whole, cppn_parameterization.graded),
    "fourier": Training(spectrum_of, SpectrumParameterization, _WHOLE, _GRADED),
    "maco": Training(spectrum_of, PhaseParameterization, _WHOLE, _GRADED),
}


def drawing_of(settings: Settings) -> WayOfDrawing:
    """The way of drawing that the settings define. Raises ScoreError if there is none."""
    try:
        return PARAMETERIZATIONS[settings.kind].drawing(settings)
    except ValueError as error:
        raise ScoreError(f"kind {settings.kind}: {error}") from None
