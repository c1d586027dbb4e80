"""A way of drawing of your own: rings around a middle, five numbers a neuron."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from installation.atlas.blending import BLENDINGS, Latents
from installation.atlas.cppn import HALF_RANGE, grid
from installation.atlas.drawing import KINDS
from installation.atlas.interpolate import Component
from installation.picture.ways.kinds import WAYS, WayOfDrawing


@dataclass(frozen=True, slots=True)
class Rings:
    """What all neurons of a family have in common: how many rings lie between the middle and the edge.

    A latent is x, y (the middle), and how far red, green and blue go up and down.
    """

    kind: ClassVar[str] = "rings"
    since: ClassVar[str] = "my own, of 2027"
    from_root: ClassVar[bool] = False
    size: ClassVar[int] = 5
    has_alpha: ClassVar[bool] = False
    has_cycle: ClassVar[bool] = False

    rings: float = 4.0


class RingsBlending:
    """What lies between two of them: their numbers, mixed."""

    def __init__(self, drawing: Rings, latents: Latents, grid_side: int) -> None:
        self._drawing, self._latents = drawing, latents
        self._points = grid(grid_side, grid_side) / HALF_RANGE
        self._known: dict[str, Tensor] = {}

    def of(self, neuron: str) -> Tensor:
        return self._known.setdefault(neuron, self._latents(neuron))

    def mixed(self, neurons: Sequence[str], shares: Tensor, repair: bool) -> tuple[Tensor, Tensor | None]:  # noqa: ARG002  # rings are not repaired
        return shares @ torch.stack([self.of(neuron) for neuron in neurons]), None

    def logits(self, weights: Tensor) -> Tensor:
        distance = torch.linalg.vector_norm(self._points - weights[:, None, :2], dim=-1)  # (count, points)
        return weights[:, 2:, None] * torch.cos(2 * torch.pi * self._drawing.rings * distance)[:, None]

    def stretched(self, weights: Tensor, mean: Tensor, gain: Tensor) -> Tensor:  # noqa: ARG002  # the mean stays near 0
        return torch.cat([weights[:, :2], weights[:, 2:] * gain], 1)

    def drawn_at(self, weights: Tensor, phase: float) -> tuple[Rings, Tensor]:  # noqa: ARG002  # it has no cycle
        return self._drawing, weights


def rings_definition(
    part: Component, x: NDArray[np.float64], y: NDArray[np.float64], _pixel: float
) -> NDArray[np.float64]:
    """Logits (n, 3) at places (n,): double precision, the formula as it stands."""
    assert isinstance(part.drawing, Rings)
    middle_x, middle_y, *colours = part.weights.double().tolist()
    distance = np.hypot(x - middle_x, y - middle_y)
    waves: NDArray[np.float64] = np.cos(2 * np.pi * part.drawing.rings * distance)[:, None] * np.array(colours)
    return waves


KINDS[Rings.kind] = Rings  # atlases may say it
BLENDINGS[Rings] = RingsBlending  # what lies between two neurons
WAYS[Rings] = WayOfDrawing(rings_definition)  # and how every decoder draws it
