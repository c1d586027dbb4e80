"""Directions: training aims at a vector of activations instead of one channel; a caricature aims at a picture's.

Lucid (`objectives.direction`, `objectives.dot_compare`; "Activation Atlas", Distill 2019): the mean over all places
of x . y max(.1, cos(x, y))^p. The plain product rewards any large activations; the cosine demands that no others occur.
"""

from __future__ import annotations

from torch import Tensor

EPSILON = 1e-4
LOWEST_COSINE = 0.1
"""The cosine counts as at least this, so that a picture that points away still has a gradient."""


def towards(activations: Tensor, direction: Tensor, power: float) -> Tensor:
    """The strength of `activations` (1, C, h, w) along `direction` (1, C, 1, 1), or (1, C, h, w) for a caricature."""
    product = (activations * direction).sum(1)  # (1, h, w)
    if power == 0:
        return product.mean()
    # EPSILON is under the root, so that a place without any activation has a gradient of 0 and not of infinity.
    own, other = ((one.square().sum(1) + EPSILON**2).sqrt() for one in (activations, direction))
    cosine = product / (EPSILON + own) / (EPSILON + other)
    return (product * cosine.clamp(min=LOWEST_COSINE) ** power).mean()
