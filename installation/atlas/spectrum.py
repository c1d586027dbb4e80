"""A picture as its spectrum, in decorrelated colours: an image optimised in Fourier space, or by its phases alone.

Sources: Olah et al., "Feature Visualization", Distill 2017 (decorrelated colour and spectrum, as lucid has them); Fel
et al., "Unlocking Feature Visualization for Deeper Networks with MAgnitude Constrained Optimization", 2023 (MACO). This
module does not import torch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

if TYPE_CHECKING:
    from torch import Tensor

COLOURS = ((0.26, 0.09, 0.02), (0.27, 0.0, -0.05), (0.27, -0.09, 0.03))
"""Columns: the shares of photographs' brightness, blue-yellow and green-magenta in red, green and blue."""

MAX_COLUMN_NORM = 0.4619524

SIDES = (4, 1024)
GAIN = 0.25
"""A spectrum of deviation one gives logits of about this deviation."""


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Pictures of `width` x `height` samples; a latent is a picture's spectrum: (3, height, width // 2 + 1, 2) flat.

    The numbers are complex, in decorrelated colours, and each is multiplied by its frequency to the power of -`decay`.
    A picture repeats beyond its edges. With `morph` logits two pictures cross-fade; with phase their magnitudes and
    phases are mixed separately, so contours travel.
    """

    kind: ClassVar[str] = "fourier"
    since: ClassVar[str] = "0.1.0"
    from_root: ClassVar[bool] = False
    has_alpha: ClassVar[bool] = False
    has_cycle: ClassVar[bool] = False

    height: int = 224
    width: int = 224
    decay: Annotated[float, Field(ge=-4.0, le=4.0, allow_inf_nan=False)] = 1.0
    morph: Literal["logits", "phase"] = "logits"

    def __post_init__(self) -> None:
        for side in (self.height, self.width):
            if side % 2 or not SIDES[0] <= side <= SIDES[1]:
                raise ValueError(
                    f"a spectrum of {self.width} x {self.height}: sides are even, {SIDES[0]} to {SIDES[1]}; "
                    "train it at such a size"
                )

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """The shape of a latent."""
        return 3, self.height, self.width // 2 + 1, 2

    @property
    def size(self) -> int:
        """How many numbers a latent has."""
        return math.prod(self.shape)


def colour_matrix() -> Tensor:
    """The matrix (3, 3) from decorrelated colours to logits of red, green and blue."""
    import torch

    return torch.tensor(COLOURS) / MAX_COLUMN_NORM


def frequency_scale(drawing: Spectrum) -> Tensor:
    """The factor of every frequency, (height, width // 2 + 1)."""
    import torch

    down, across = torch.fft.fftfreq(drawing.height)[:, None], torch.fft.rfftfreq(drawing.width)
    frequency = torch.hypot(down, across)
    scale: Tensor = frequency.clamp_min(1 / max(drawing.width, drawing.height)) ** -drawing.decay
    return scale


def logit_spectrum(latent: Tensor, drawing: Spectrum) -> Tensor:
    """The spectrum (3, height, width // 2 + 1) complex of the logits of a latent (size,); differentiable."""
    import torch

    spectrum = torch.view_as_complex(latent.view(drawing.shape)) * frequency_scale(drawing).to(latent.dtype)
    matrix = colour_matrix().to(latent.dtype)
    mixed: Tensor = torch.einsum("ij,jhw->ihw", matrix.to(spectrum.dtype), spectrum)
    return GAIN * mixed


def image(spectrum: Tensor, drawing: Spectrum) -> Tensor:
    """Logits (3, height, width) at the samples; differentiable."""
    import torch

    logits: Tensor = torch.fft.irfft2(spectrum, s=(drawing.height, drawing.width), norm="ortho")
    return logits


def spline(spectrum: Tensor, drawing: Spectrum, size: tuple[int, int]) -> Tensor:
    """Coefficients (3, *size) of the cubic B-spline through the picture's logits at `size` (height, width) samples.

    Detail finer than these samples is left out. The spline is exact at its samples: because the picture repeats, the
    spline's own blur can be divided out of the spectrum.
    """
    import torch

    height, width = size
    found = spectrum.new_zeros(3, height, width // 2 + 1)
    down, across = min(height, drawing.height) // 2, min(width, drawing.width) // 2
    # The Nyquist frequency stands for both directions: it means the same only at the picture's own size.
    keep = across + (width == drawing.width)
    found[:, :down, :keep] = spectrum[:, :down, :keep]
    found[:, height - down + (height != drawing.height) :, :keep] = spectrum[
        :, drawing.height - down + (height != drawing.height) :, :keep
    ]
    rows, columns = (
        torch.fft.fftfreq(height, dtype=torch.float64)[:, None],
        torch.fft.rfftfreq(width, dtype=torch.float64),
    )
    blur = (4 + 2 * torch.cos(2 * math.pi * rows)) * (4 + 2 * torch.cos(2 * math.pi * columns)) / 36
    # Samples lie in the middle of their squares, so larger squares shift them.
    moved = rows * (1 - height / drawing.height) + columns * (1 - width / drawing.width)
    found = found * torch.polar(1 / blur, math.pi * moved).to(found.dtype)
    coefficients: Tensor = torch.fft.irfft2(found, s=size, norm="forward")
    return coefficients / math.sqrt(drawing.height * drawing.width)


def level_sizes(drawing: Spectrum) -> list[tuple[int, int]]:
    """(height, width) of the picture and of its smaller levels for larger distances, each half of the one before."""
    sizes = [(drawing.height, drawing.width)]
    while min(sizes[-1]) > 2 * SIDES[0]:
        height, width = sizes[-1]
        sizes.append((2 * round(height / 4), 2 * round(width / 4)))
    return sizes


def level_of(drawing: Spectrum, pixel: float) -> float:
    """The level, with a fraction towards the next, that suits pixels `pixel` apart in picture coordinates.

    A level's samples lie at most a pixel apart there, so that nothing of it is finer than pixels can show.
    """
    samples = pixel * min(drawing.width, drawing.height) / 2
    return min(max(math.log2(max(samples, 1e-9)) + 0.5, 0.0), float(len(level_sizes(drawing)) - 1))
