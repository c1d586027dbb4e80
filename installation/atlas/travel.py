"""Measures the pictures on the way between two neurons: the remaining contrast, and the picture's travel."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.show.frame import Address

STEPS = 17
"""How many pictures are taken on the way: a walk's speed changes over about an eighth of it, which this resolves."""


@dataclass(frozen=True, slots=True)
class Travel:
    """The measurements on the direct way from one neuron to another.

    `contrast` is the deviation left at the worst point, as a share of the deviation on a straight line between the two
    ends (1 = no loss). `distances` are root mean square differences of display-encoded RGB between neighbouring
    pictures, at equal steps of the share; `direct` is the difference between the two ends.
    """

    contrast: float
    distances: tuple[float, ...]
    direct: float

    @property
    def distance(self) -> float:
        """The picture's total travel."""
        return sum(self.distances)

    @property
    def length(self) -> float:
        """The length of the way in end-point distances: 1 is a straight fade, over 3 is turbulent."""
        return self.distance / self.direct if self.direct else 1.0


def travel(interpolator: Interpolator, a: Address, b: Address, steps: int = STEPS) -> Travel:
    """Measure the direct way from `a` to `b` at `steps` pictures, both ends included."""
    share = torch.linspace(0, 1, steps)
    sketches = interpolator.sketches((a, b), torch.stack([1 - share, share], 1))  # (steps, 3, points)
    deviations = sketches.std(-1, correction=0).mean(1)  # (steps,)
    straight = (1 - share) * deviations[0] + share * deviations[-1]
    distances = (sketches[1:] - sketches[:-1]).square().mean((1, 2)).sqrt()
    direct = (sketches[-1] - sketches[0]).square().mean().sqrt()
    kept = float((deviations / straight.clamp_min(1e-6)).min())
    return Travel(kept, tuple(distances.tolist()), float(direct))


def contrast(atlas: Atlas, a: Address, b: Address, steps: int = 9, repair: bool = True) -> float:
    """The share of contrast left at the worst point between neurons `a` and `b` (addresses); 1 = no loss."""
    return travel(Interpolator(atlas, repair), a, b, steps).contrast


def length(atlas: Atlas, a: Address, b: Address, steps: int = STEPS, repair: bool = True) -> float:
    """How far the picture travels from `a` to `b` (addresses), in end-point distances; 1 = a straight fade."""
    return travel(Interpolator(atlas, repair), a, b, steps).length
