"""Statistics that tell a crisp, rich picture from a soft or burnt one, with the values of Distill's 48 CPPNs.

The formulas are the ones that measured the sheet of "Differentiable Image Parameterizations" (Distill 2018), all at 224
pixels, so that an atlas can be compared with it. Pixel values run from 0 to 255.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from installation.atlas.architecture import Architecture
from installation.atlas.cppn import grid
from installation.studio.cppn_gradient import cppn_logits
from installation.studio.objectives.colours import MEASURED_PX

LONG_PX = 398
"""The long side of a 16:9 frame whose short side has MEASURED_PX."""

DARK, BRIGHT = 4, 251
"""A colour below or above this is clipped."""


@dataclass(frozen=True, slots=True)
class PictureStatistics:
    """One picture's contrast, mean slope, spectral centroid in cycles, chroma, brightness and clipped share, and its
    slope outside the square as a share of the slope inside, in a wider and in a taller frame."""

    deviation: float
    gradient: float
    centroid: float
    chroma: float
    brightness: float
    clipped: float
    beside: float
    above: float


DISTILL = {
    "deviation": (39, 51, 60),
    "gradient": (6.0, 9.3, 15.4),
    "centroid": (6.8, 10.5, 15.2),
    "chroma": (17, 25, 36),
    "brightness": (97, 122, 141),
    "clipped": (0.002, 0.012, 0.035),
}
"""The 10th, 50th and 90th percentiles of Distill's 48 pictures, which have nothing outside the square."""


def render(latent: Tensor, architecture: Architecture, height: int, width: int) -> NDArray[np.float64]:
    """The picture of a latent (size,), RGB 0..255 (height, width, 3), rounded to whole numbers."""
    with torch.no_grad():
        logits = cppn_logits(latent, grid(height, width), architecture)  # (3, N)
    rgb = (torch.sigmoid(logits[:3]) * 255).round().view(3, height, width).permute(1, 2, 0)
    return rgb.double().numpy()


def measured(latent: Tensor, architecture: Architecture) -> PictureStatistics:
    """All statistics of a latent's picture."""
    square = render(latent, architecture, MEASURED_PX, MEASURED_PX)
    grey = square.mean(2)
    margin = (LONG_PX - MEASURED_PX) // 2
    wide = slopes(render(latent, architecture, MEASURED_PX, LONG_PX).mean(2))
    tall = slopes(render(latent, architecture, LONG_PX, MEASURED_PX).mean(2)).T
    return PictureStatistics(
        deviation=float(grey.std()),
        gradient=float(slopes(grey).mean()),
        centroid=centroid(grey),
        chroma=float(np.abs(square - square.mean(2, keepdims=True)).mean()),
        brightness=float(grey.mean()),
        clipped=float((square < DARK).mean() + (square > BRIGHT).mean()),
        beside=_outside(wide, margin),
        above=_outside(tall, margin),
    )


def slopes(grey: NDArray[np.float64]) -> NDArray[np.float64]:
    """The gradient's magnitude of brightness (height, width) at every pixel."""
    down, across = np.gradient(grey)
    steep: NDArray[np.float64] = np.hypot(down, across)
    return steep


def centroid(grey: NDArray[np.float64]) -> float:
    """The mean frequency of brightness (height, width) in cycles a picture, weighted by power, under a Hann window."""
    height, width = grey.shape
    window = np.outer(np.hanning(height), np.hanning(width))
    power = np.abs(np.fft.fftshift(np.fft.fft2((grey - grey.mean()) * window))) ** 2
    rows, columns = np.indices(power.shape)
    radius = np.hypot(rows - height // 2, columns - width // 2)
    return float((power * radius).sum() / (power.sum() or 1.0))


def _outside(steep: NDArray[np.float64], margin: int) -> float:
    within = steep[:, margin:-margin].mean()
    beyond = (steep[:, :margin].mean() + steep[:, -margin:].mean()) / 2
    return float(beyond / within) if within else 0.0


def tenths(found: list[PictureStatistics]) -> dict[str, tuple[float, float, float]]:
    """The 10th, 50th and 90th percentiles of every statistic."""
    table = np.percentile(np.array([astuple(one) for one in found]), (10, 50, 90), axis=0)  # (3, numbers)
    return {field.name: tuple(table[:, number]) for number, field in enumerate(fields(PictureStatistics))}
