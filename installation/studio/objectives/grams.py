"""Gram matrices: which channels of a layer occur together at any place: a picture's style, not its layout.

Gatys, Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks", 2016. Mean absolute differences
replace squared ones, as in lucid's notebooks: they keep style transfer stable on GoogLeNet. Each difference is relative
to its target: layers differ by a factor of a hundred, so weights would otherwise mean nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

EPSILON = 1e-10


def gram(activations: Tensor) -> Tensor:
    """Mean products (C, C) of all pairs of channels of `activations` (1, C, h, w) over the places."""
    flat = activations[0].flatten(1)  # (C, places)
    return flat @ flat.t() / flat.shape[1]


def difference(found: Tensor, wanted: Tensor) -> Tensor:
    """Mean absolute difference relative to `wanted`: 0 if both are equal, about 1 if they have nothing in common."""
    return (found - wanted).abs().mean() / (wanted.abs().mean() + EPSILON)


def likeness(found: Tensor, others: Iterable[Tensor]) -> Tensor:
    """Similarity of a picture's style to the others', 0..1, from Gram matrices (C, C), each scaled to length one.

    Lucid's `objectives.diversity`, for one picture against finished ones.
    """
    own = found / (found.norm() + EPSILON)
    return torch.stack([(own * (one / (one.norm() + EPSILON))).sum() for one in others]).mean()
