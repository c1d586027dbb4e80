"""Samples a periodic picture at any places by its cubic B-spline: smooth to the second derivative at any zoom.

On the CPU numba compiles the sixteen products into one pass; on cards and in double precision torch gathers them.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

try:
    from installation.atlas.compiling import compiled
except ImportError:  # Some platforms have no numba; torch takes several times as long there.
    compiled = None  # type: ignore[assignment, unused-ignore]  # a function, or its absence

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


def sampled(coefficients: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """The values (channels, n) of a spline (channels, height, width) at picture coordinates (n,) float64.

    The picture's short side runs from -1 to 1; its samples lie in the middle of their squares.
    """
    _, height, width = coefficients.shape
    short = min(height, width)
    across, down = x * (short / 2) + (width - 1) / 2, y * (short / 2) + (height - 1) / 2
    if compiled is not None and coefficients.device.type == "cpu" and coefficients.dtype == torch.float32:
        found = torch.empty(len(coefficients), len(x))
        last = coefficients.permute(1, 2, 0).contiguous()  # (height, width, channels)
        _sample(last.numpy(), across.numpy(), down.numpy(), found.numpy())
        return found
    return gathered(coefficients, across, down)


def gathered(coefficients: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """The spline's values in torch, at places in samples; any device and dtype."""
    channels, height, width = coefficients.shape
    flat = coefficients.reshape(channels, -1)
    column, row = across.floor(), down.floor()
    weights_across, weights_down = (_weights(part.to(flat.dtype)) for part in (across - column, down - row))
    columns = [torch.remainder(column + step, width).long() for step in range(-1, 3)]
    total = flat.new_zeros(channels, len(across))
    for step, weight_down in enumerate(weights_down):
        begins = torch.remainder(row + step - 1, height).long() * width
        for place, weight in zip(columns, weights_across, strict=True):
            total.addcmul_(flat[:, begins + place], weight_down * weight)
    return total


def _weights(part: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The weights of the four samples around a place, from left to right."""
    rest = 1 - part
    return (
        rest**3 / 6,
        2 / 3 - part**2 * (1 - part / 2),
        2 / 3 - rest**2 * (1 - rest / 2),
        part**3 / 6,
    )


def _sample(coefficients: Floats, across: Doubles, down: Doubles, found: Floats) -> None:
    """See gathered; coefficients (height, width, channels)."""
    height, width, channels = coefficients.shape
    for i in range(len(across)):
        column, row = np.floor(across[i]), np.floor(down[i])
        x, y = np.float32(across[i] - column), np.float32(down[i] - row)
        left, top = int(column % width), int(row % height)
        for channel in range(channels):
            found[channel, i] = 0
        for step in range(4):
            by_row = _weight(step, y)
            line = (top + step - 1) % height
            for place in range(4):
                weight = by_row * _weight(place, x)
                here = (left + place - 1) % width
                for channel in range(channels):
                    found[channel, i] += weight * coefficients[line, here, channel]


_ONE, _HALF, _TWO_THIRDS, _SIXTH = np.float32(1), np.float32(0.5), np.float32(2 / 3), np.float32(1 / 6)


def _weight(step: int, part: np.float32) -> np.float32:
    rest = _ONE - part
    if step == 0:
        return rest * rest * rest * _SIXTH
    if step == 1:
        return _TWO_THIRDS - part * part * (_ONE - part * _HALF)
    if step == 2:
        return _TWO_THIRDS - rest * rest * (_ONE - rest * _HALF)
    return part * part * part * _SIXTH


if compiled is not None:
    _weight = compiled(fastmath=True)(_weight)
    _sample = compiled()(_sample)
