"""A picture's spectrum in training: all of it, or only its phases under fixed magnitudes (MACO)."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from installation.atlas.cppn import HALF_RANGE, grid
from installation.atlas.drawing import WayOfDrawing
from installation.atlas.spectrum import GAIN, Spectrum, frequency_scale, image, logit_spectrum
from installation.studio.objectives.magnitudes import magnitudes_of
from installation.studio.recipes.recipe import Grade, Settings

START = 0.01
"""Standard deviation of a random initial spectrum."""

COLOUR_DEVIATIONS = (1.1, 0.4, 0.25)
"""Standard deviations of the decorrelated colours' logits under default magnitudes: about those of photographs."""


def spectrum_of(settings: Settings) -> Spectrum:
    """The spectrum that the settings ask for."""
    return Spectrum(settings.size_px, settings.size_px, morph="phase" if settings.kind == "maco" else "logits")


def settings_of(morph: str, drawing: WayOfDrawing) -> Settings | None:
    """See parameterizations.Training; for spectra with this `morph`."""
    if not isinstance(drawing, Spectrum) or drawing.width != drawing.height or drawing.morph != morph:
        return None
    kind = "maco" if morph == "phase" else "fourier"
    return Settings(kind=kind, size_px=drawing.width, first_size_px=drawing.width)


class SpectrumParameterization:
    """See parameterizations.Parameterization."""

    def __init__(self, settings: Settings, parent: Tensor | None, generator: torch.Generator) -> None:
        self._drawing = spectrum_of(settings)
        self.parameters = (
            START * torch.randn(self._drawing.size, generator=generator) if parent is None else parent.clone()
        )

    def latent(self, parameters: Tensor) -> Tensor:
        """See Parameterization."""
        return parameters

    def logits(self, latent: Tensor, places: Tensor, _phase: float) -> Tensor:
        """See Parameterization."""
        return _looked_at(latent, self._drawing, places)


class PhaseParameterization(SpectrumParameterization):
    """Trains phases under the magnitudes of files, or the parent's, or such as fall as those of photographs do."""

    def __init__(self, settings: Settings, parent: Tensor | None, generator: torch.Generator) -> None:
        super().__init__(settings, parent, generator)
        given = None if parent is None else torch.view_as_complex(parent.view(self._drawing.shape))
        if settings.magnitudes:
            files = [(one.path, one.sha256) for one in settings.magnitudes]
            self._magnitude, self._mean = magnitudes_of(files, self._drawing, COLOUR_DEVIATIONS[0])
        elif given is not None:
            self._magnitude, self._mean = given.abs(), given[:, 0, 0].real.clone()
        else:
            self._magnitude, self._mean = natural_magnitude(self._drawing), torch.zeros(3)  # (3, height, w)
        random = 2 * math.pi * torch.rand(self._magnitude.shape, generator=generator)
        self.parameters = (random if given is None else given.angle()).flatten()

    def latent(self, parameters: Tensor) -> Tensor:
        """See Parameterization."""
        spectrum = torch.polar(self._magnitude, parameters.view(self._magnitude.shape))
        mean = torch.zeros_like(spectrum)
        mean[:, 0, 0] = self._mean.to(spectrum.dtype)
        first = torch.zeros_like(self._magnitude)
        first[:, 0, 0] = 1.0
        return torch.view_as_real(spectrum * (1 - first) + mean).flatten()


def natural_magnitude(drawing: Spectrum) -> Tensor:
    """Magnitudes (3, height, width // 2 + 1), equal at all frequencies before `frequency_scale`."""
    scale = frequency_scale(drawing)
    power = scale.square()
    power[0, 0] = 0
    both = power.sum() + power[:, 1 : (drawing.width + 1) // 2].sum()
    deviation = GAIN * torch.sqrt(both / (drawing.height * drawing.width))
    return (torch.tensor(COLOUR_DEVIATIONS) / deviation)[:, None, None].expand(3, *scale.shape).clone()


def whole(latent: Tensor, settings: Settings, size_px: int, _phase: float = 0.0) -> Tensor:
    """Logits (3, size_px * size_px) of the upright picture."""
    return _looked_at(latent, spectrum_of(settings), grid(size_px, size_px))


def graded(latent: Tensor, grade: Grade, settings: Settings) -> Tensor:
    """See grading.graded: colours are decorrelated, so each is scaled by itself."""
    drawing = spectrum_of(settings)
    gain = torch.tensor([grade.contrast, grade.colour, grade.colour])
    spectrum = latent.view(drawing.shape) * gain[:, None, None, None]
    mean = latent.view(drawing.shape)[:, 0, 0, 0]
    spectrum[:, 0, 0, 0] = mean * torch.tensor([grade.darkness, 1.0, 1.0])
    return spectrum.flatten()


def _looked_at(latent: Tensor, drawing: Spectrum, places: Tensor) -> Tensor:
    """Logits (3, N) at places (N, 2) in cppn.grid's coordinates; the picture repeats beyond its edges."""
    logits = image(logit_spectrum(latent, drawing), drawing)[None]
    beyond = drawing.width // 2, drawing.width // 2, drawing.height // 2, drawing.height // 2
    around = functional.pad(logits, beyond, mode="circular")
    at = (places / (2 * HALF_RANGE)).view(1, 1, -1, 2)
    return functional.grid_sample(around, at, align_corners=False)[0, :, 0]
