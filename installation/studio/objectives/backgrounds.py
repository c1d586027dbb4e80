"""Random backgrounds for training pictures with alpha: each step has another, so that no picture relies on one."""

from __future__ import annotations

import torch
from torch import Tensor

from installation.atlas.spectrum import Spectrum, image, logit_spectrum

DEVIATION, SHIFT = 1.2, 1.5
"""Deviation of the logits, and range of their random mean: colours from dark to light, of varying brightness."""


def background(height: int, width: int, generator: torch.Generator) -> Tensor:
    """A random picture with the spectrum of photographs, RGB 0..1 (1, 3, height, width)."""
    drawing = Spectrum(height + height % 2, width + width % 2)
    spectrum = logit_spectrum(torch.randn(drawing.size, generator=generator), drawing)
    logits = image(spectrum, drawing)[:, :height, :width]
    shift = SHIFT * (torch.rand(1, generator=generator) - 0.5)
    return torch.sigmoid(logits * (DEVIATION / logits.std().clamp_min(1e-6)) + shift)[None]


def over(picture: Tensor, alpha: Tensor, behind: Tensor) -> Tensor:
    """Display-encoded RGB over another, (..., height, width) each, composited in linear light; differentiable."""
    return _to_display(_to_light(behind).lerp(_to_light(picture), alpha))


def _to_light(display: Tensor) -> Tensor:
    """sRGB, IEC 61966-2-1."""
    return torch.where(display > 0.04045, ((display.clamp_min(0.04045) + 0.055) / 1.055) ** 2.4, display / 12.92)


def _to_display(light: Tensor) -> Tensor:
    return torch.where(light > 0.0031308, 1.055 * light.clamp_min(0.0031308) ** (1 / 2.4) - 0.055, light * 12.92)
