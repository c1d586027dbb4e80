"""Terms for every picture's colours, whatever its neuron: neither grey nor flat, neither harsh nor burnt."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

GLARE_STARTS = 2.9
"""Logit of .95: brighter colours, and darker ones than .05, count as burnt."""

CELLS = 2, 4
"""Rows and columns of the cells of a wide frame that must each be crisp; a tall frame has them turned."""

STEP = 2e-4
"""A gradient much smaller than this is none; it keeps the square root differentiable in flat places."""

MEASURED_PX = 224
"""The short side for which a slope is given, as the statistics of finished pictures have it."""


def flatness(picture: Tensor, spread: Sequence[float]) -> Tensor:
    """0 for a picture (1, 3, H, W) with enough contrast and colour, towards 3 for grey.

    `spread` holds the deviations of brightness, red-blue and green that suffice. Twice the default burnt large parts of
    pictures to white and black.
    """
    red, green, blue = picture[0].flatten(1)
    found = torch.stack([(red + green + blue).std() / 3, (red - blue).std(), (green - (red + blue) / 2).std()])
    wanted = torch.tensor(spread)
    return ((wanted - found) / wanted).clamp(min=0).square().sum()


def glare(picture: Tensor) -> Tensor:
    """0 if all colours lie within the middle nine tenths of their range, more if they burn out.

    Early layers demand ever more contrast: without a limit their edges were black, white and cyan.
    """
    logits = torch.logit(picture, eps=1e-5)
    return (logits.abs() - GLARE_STARTS).clamp(min=0).square().mean()


def softness(picture: Tensor, slope: float) -> Tensor:
    """0 for a picture (1, 3, H, W) that is crisp from edge to edge, 1 for a flat one.

    `slope` is the mean gradient of brightness that suffices in each cell of the frame, of 255 a pixel if the short side
    had MEASURED_PX. A mean over the whole picture would allow smears beside a crisp middle.
    """
    grey = picture.mean(1, keepdim=True)  # (1, 1, H, W)
    down = grey[..., 1:, :-1] - grey[..., :-1, :-1]
    across = grey[..., :-1, 1:] - grey[..., :-1, :-1]
    steep = (down.square() + across.square() + STEP * STEP).sqrt()  # (1, 1, H - 1, W - 1)
    height, width = picture.shape[2:]
    found = functional.adaptive_avg_pool2d(steep, CELLS if width >= height else CELLS[::-1])
    wanted = slope / 255 * MEASURED_PX / min(height, width)
    return (1 - found / wanted).clamp(min=0).square().mean()


def harshness(picture: Tensor, most_contrast: float) -> Tensor:
    """0 for a picture (1, 3, H, W) with at most `most_contrast`, 1 for twice as much."""
    excess = picture[0].mean(0).std() / most_contrast - 1
    return excess.clamp(min=0).square()
