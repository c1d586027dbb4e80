"""The parameterizations of all ways of drawing, in one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import torch
from torch import Tensor

from installation.atlas.drawing import WayOfDrawing, words_of
from installation.errors import ScoreError
from installation.studio import cppn_parameterization, spectrum_parameterization
from installation.studio.cppn_parameterization import CppnParameterization, architecture_of
from installation.studio.recipes.recipe import Grade, Settings
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
    latent's upright picture at a phase, 0..1 for one loop; `graded` grades a finished latent. `settings` turns round
    `drawing`: those that draw so, or None for what another kind draws."""

    drawing: Callable[[Settings], WayOfDrawing]
    settings: Callable[[WayOfDrawing], Settings | None]
    make: Callable[[Settings, Tensor | None, torch.Generator], Parameterization]
    whole: Callable[[Tensor, Settings, int, float], Tensor]
    graded: Callable[[Tensor, Grade, Settings], Tensor]


_WHOLE, _GRADED = spectrum_parameterization.whole, spectrum_parameterization.graded

PARAMETERIZATIONS: dict[str, Training] = {
    "cppn": Training(
        architecture_of,
        cppn_parameterization.settings_of,
        CppnParameterization,
        cppn_parameterization.whole,
        cppn_parameterization.graded,
    ),
    "fourier": Training(
        spectrum_of, partial(spectrum_parameterization.settings_of, "logits"), SpectrumParameterization, _WHOLE, _GRADED
    ),
    "maco": Training(
        spectrum_of, partial(spectrum_parameterization.settings_of, "phase"), PhaseParameterization, _WHOLE, _GRADED
    ),
}
"""How every kind of `recipe.KINDS` is trained."""


def drawing_of(settings: Settings) -> WayOfDrawing:
    """The way of drawing that the settings define. Raises ScoreError if there is none."""
    try:
        return PARAMETERIZATIONS[settings.kind].drawing(settings)
    except ValueError as error:
        raise ScoreError(f"kind {settings.kind}: {error}") from None


def settings_of(drawing: WayOfDrawing) -> Settings:
    """Settings for a way of drawing; ScoreError if the studio cannot train it."""
    for training in PARAMETERIZATIONS.values():
        if (found := training.settings(drawing)) is not None:
            return found
    raise ScoreError(
        f"what is drawn as {words_of(drawing)} cannot be refined; the studio trains {', '.join(PARAMETERIZATIONS)}, "
        "and spectra must be square"
    )
