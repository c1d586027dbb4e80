"""Gram matrices: which channels of a layer occur together, wherever that is: a picture's style, not its layout.

Gatys, Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks", 2016; mean differences instead of
squared ones as in lucid's notebooks, which keep style transfer steady on GoogLeNet. Each difference is taken as a share
of what it is compared with: layers differ by a factor of a hundred, and weights would mean nothing.
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
    """Mean difference as a share of what is wanted: 0 for the same, about 1 for what has nothing in common."""
    return (found - wanted).abs().mean() / (wanted.abs().mean() + EPSILON)


def likeness(found: Tensor, others: Iterable[Tensor]) -> Tensor:
    """How much a picture is of the others' manner, 0..1, from Gram matrices (C, C), all of length one.

    Lucid's `objectives.diversity`, of one picture against others that are done.
    """
    own = found / (found.norm() + EPSILON)
    return torch.stack([(own * (one / (one.norm() + EPSILON))).sum() for one in others]).mean()
