"""What is seen on the way between two neurons: how much contrast is left, and how far the picture travels."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch

from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.show.frame import Address, Point

STEPS = 17
"""Pictures taken on the way: a walk's speed changes over about an eighth of it, which this still resolves."""


@dataclass(frozen=True, slots=True)
class Travel:
    """Measured on the direct way from one neuron to another.

    `contrast` is the deviation left at the worst point, as a share of the deviation that a straight line between the
    two ends would have (1 = none lost). `distances` are root mean square differences of display-encoded RGB between
    neighbouring pictures, at equal steps of the share; `direct` is that between the two ends.
    """

    contrast: float
    distances: tuple[float, ...]
    direct: float

    @property
    def distance(self) -> float:
        """How far the picture travels in all."""
        return sum(self.distances)

    @property
    def length(self) -> float:
        """The way in end-point distances: 1 is a straight fade, over 3 turbulent."""
        return self.distance / self.direct if self.direct else 1.0


def point_between(a: Address, b: Address, share_of_b: float) -> Point:
    """The point on the direct way from `a` (share 0) to `b` (share 1)."""
    if a == b or share_of_b <= 0.0:
        return Point(((a, 1.0),))
    return Point(((b, 1.0),)) if share_of_b >= 1.0 else Point(((a, 1.0 - share_of_b), (b, share_of_b)))


def travel(interpolator: Interpolator, a: Address, b: Address, steps: int = STEPS) -> Travel:
    """Measure the direct way from `a` to `b` at `steps` pictures, both ends included."""
    shares = [step / (steps - 1) for step in range(steps)]
    sketches = [interpolator.sketch(point_between(a, b, share)) for share in shares]  # steps of (3, points)
    deviations = [float(torch.std(sketch, 1, correction=0).mean()) for sketch in sketches]
    kept = [
        deviation / max((1 - share) * deviations[0] + share * deviations[-1], 1e-6)
        for share, deviation in zip(shares, deviations, strict=True)
    ]
    distances = tuple(float((after - before).square().mean().sqrt()) for before, after in pairwise(sketches))
    direct = float((sketches[-1] - sketches[0]).square().mean().sqrt())
    return Travel(min(kept), distances, direct)


def contrast(atlas: Atlas, a: Address, b: Address, steps: int = 9, repair: bool = True) -> float:
    """The share of contrast left at the worst point between neurons `a` and `b` (addresses); 1 = none lost."""
    return travel(Interpolator(atlas, repair), a, b, steps).contrast


def length(atlas: Atlas, a: Address, b: Address, steps: int = STEPS, repair: bool = True) -> float:
    """How far the picture travels from `a` to `b` (addresses), in end-point distances; 1 = a straight fade."""
    return travel(Interpolator(atlas, repair), a, b, steps).length
