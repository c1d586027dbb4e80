"""Measures of a sheet's quality: likeness of two pictures, greyness, burnt areas, contrast along a road."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

LIKENESS_PX = 32
NEAR_DUPLICATE = 0.7
"""Pictures whose correlation is above this are near-duplicates.

Ten towers, trained from one pagoda without turning their start, all stood under one red sky. Likenesses up to .79
read as one picture. Pairs below .7 share no more than a composition, such as a rock arch before water and an iceberg.
"""

BURNT = 0.02
MAX_BURNT = 0.35
MIN_SPREAD = 0.1
MIN_COLOUR = 0.04


def likeness(pictures: Tensor) -> Tensor:
    """Correlations (n, n) of RGB pictures (n, 3, H, W) at 32 x 32 pixels, each colour's mean removed.

    A pair counts with the larger of its two correlations, mirrored or not.
    """
    small = functional.interpolate(pictures, size=(LIKENESS_PX, LIKENESS_PX), mode="area")
    best = torch.full((len(pictures), len(pictures)), -1.0)
    for turned in (small, small.flip(-1)):
        one, other = (
            functional.normalize((p - p.mean((2, 3), keepdim=True)).flatten(1), dim=1) for p in (small, turned)
        )
        best = torch.maximum(best, one @ other.t())
    return best


def spread(picture: Tensor) -> float:
    """Standard deviation of brightness of a picture (3, H, W)."""
    return picture.mean(0).std().item()


def colour(picture: Tensor) -> float:
    """Mean distance between the strongest and the weakest of red, green and blue."""
    return (picture.amax(0) - picture.amin(0)).mean().item()


def burnt(picture: Tensor) -> float:
    """Share of the picture (3, H, W) that is plain white or plain black."""
    white, black = picture.amin(0) > 1 - BURNT, picture.amax(0) < BURNT
    return (white | black).float().mean().item()


def faults(picture: Tensor) -> list[str]:
    """The faults of a picture (3, H, W), in words; an empty list for a good one."""
    found = []
    if spread(picture) < MIN_SPREAD:
        found.append(f"flat: brightness spreads by {spread(picture):.2f}, less than {MIN_SPREAD}")
    if colour(picture) < MIN_COLOUR:
        found.append(f"grey: colour {colour(picture):.2f}, less than {MIN_COLOUR}")
    if burnt(picture) > MAX_BURNT:
        found.append(f"burnt: {burnt(picture):.0%} white or black, more than {MAX_BURNT:.0%}")
    return found


def contrast_kept(frames: Tensor) -> float:
    """The lowest contrast along a road's `frames` (n, 3, pixels), relative to a line between the contrasts of its ends.

    Contrast is the standard deviation over all pixels and colours, each colour's mean removed; 1 means no loss.
    """
    deviations = (frames - frames.mean(2, keepdim=True)).square().mean((1, 2)).sqrt()  # (n,)
    expected = torch.lerp(deviations[0], deviations[-1], torch.linspace(0, 1, len(frames)))
    return (deviations / expected.clamp(min=1e-6)).min().item()


def length(frames: Tensor) -> float:
    """Length of a road's `frames` (n, 3, pixels), relative to the distance between its ends (1 = a straight fade)."""
    steps = (frames[1:] - frames[:-1]).square().mean((1, 2)).sqrt().sum()
    return (steps / (frames[-1] - frames[0]).square().mean().sqrt().clamp(min=1e-6)).item()
