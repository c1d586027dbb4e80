"""Where in a picture another one could lie: the roundest thing that stands out, an eye, a window, a flower's heart."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from installation.atlas.interpolate import Interpolator
from installation.show.frame import Address

SIDE = 64
RADII = (0.09, 0.12, 0.16)
"""Of a place, in half short sides."""

REACH = 0.62
"""Places lie no farther from the middle, so that the camera does not leave the picture on its way."""

MIN_DIFFERENCE = 0.06
"""Between the mean colours inside and around: what differs less is no thing."""


def place_of(interpolator: Interpolator, neuron: Address) -> tuple[float, float, float] | None:
    """(x, y, radius) of the place that stands out most, in picture coordinates; None where nothing does.

    Takes some milliseconds. `interpolator` draws the picture at SIDE points a side.
    """
    side = round(interpolator.sketches((neuron,), torch.ones(1, 1)).shape[-1] ** 0.5)
    picture = interpolator.sketches((neuron,), torch.ones(1, 1)).view(1, 3, side, side)
    steps = torch.linspace(-1, 1, side)
    near = torch.hypot(steps[:, None], steps) < REACH
    best: tuple[float, float, float, float] | None = None
    for radius in RADII:
        inside, around = _discs(radius, side)
        difference = (_mean(picture, inside) - _mean(picture, around)).square().sum(0).sqrt()  # (side, side)
        stands_out = torch.where(near, difference * (1 + radius), 0.0)
        row, column = divmod(int(stands_out.argmax()), side)
        if best is None or float(stands_out[row, column]) > best[0]:
            best = float(stands_out[row, column]), float(steps[column]), float(steps[row]), radius
    assert best is not None, "there are radii"
    return best[1:] if best[0] >= MIN_DIFFERENCE else None


def _discs(radius: float, side: int) -> tuple[Tensor, Tensor]:
    """Kernels of a disc and of the ring around it, each with a sum of one."""
    reach = round(2 * radius * side / 2) + 1
    steps = torch.arange(-reach, reach + 1) * (2 / (side - 1))
    distance = torch.hypot(steps[:, None], steps)
    inside, around = (distance <= radius).float(), ((distance > radius) & (distance <= 2 * radius)).float()
    return inside / inside.sum(), around / around.sum()


def _mean(picture: Tensor, kernel: Tensor) -> Tensor:
    """Of a picture (1, 3, side, side) under a kernel, at every point: (3, side, side)."""
    size = kernel.shape[-1] // 2
    padded = functional.pad(picture, (size, size, size, size), mode="replicate")
    return functional.conv2d(padded, kernel.expand(3, 1, *kernel.shape), groups=3)[0]
