"""From a point in latent space to its components: shares of families, and cross-fades between families.

Within a family its way of drawing blends neurons (blending.py). Between families logits cross-fade. A sum of
independent pictures loses contrast like plainly mixed weights, up to a factor of sqrt 2, so it is stretched to a
deviation between those of the two pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from installation.atlas.atlas import Atlas
from installation.atlas.blending import BLENDINGS, Blending
from installation.atlas.cppn_blending import MIN_DEVIATION
from installation.atlas.drawing import WayOfDrawing
from installation.show.frame import Address, LatentPoint

GRID_SIDE = 64
"""The points a side of the grid for statistics."""

MAX_POINTS = 8192
"""The most grid points computed together, so that they stay in the cache."""

OPAQUE_LOGIT = 8.0
"""The alpha logit of a picture without alpha in a cross-fade with one that has it: a tenth of a step below 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """One component of a picture: the picture's logits are the sum of `share` times its components' logits.

    `weights`, float32, are the input of `drawing`; nobody writes to them.
    """

    share: float
    drawing: WayOfDrawing
    weights: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class _FamilyPart:
    """One family's part of `count` points: shares (count,), weights (count, ...).

    `logits` (count, outputs, grid points) are the weights' logits, if known.
    """

    blending: Blending
    shares: Tensor
    weights: Tensor
    logits: Tensor | None = None

    def seen(self) -> Tensor:
        """Logits (count, outputs, grid points)."""
        return self.blending.logits(self.weights) if self.logits is None else self.logits


class Interpolator:
    """Computes the components of points, and keeps every neuron's weights. Safe for several threads.

    It samples pictures on a grid of `grid_side` points a side.
    """

    def __init__(self, atlas: Atlas, repair: bool = True, grid_side: int = GRID_SIDE) -> None:
        self.atlas = atlas
        self._repair = repair
        self._grid_side = grid_side
        self._blendings: dict[WayOfDrawing, Blending] = {}

    def components(self, point: LatentPoint) -> tuple[Component, ...]:
        """The components of `point`, one for every family, in the families' order in its shares.

        A single neuron is exactly the atlas's.
        """
        if len(point.shares) == 1:
            return (self.neuron(point.shares[0][0], point.phase),)
        parts = self._parts([address for address, _ in point.shares], torch.tensor([[s for _, s in point.shares]]))
        return tuple(
            Component(float(part.shares[0]), *part.blending.drawn_at(part.weights[0], point.phase)) for part in parts
        )

    def neuron(self, address: Address, phase: float = 0.0) -> Component:
        """The component of one neuron."""
        blending = self._blending(address)
        return Component(1.0, *blending.drawn_at(blending.of(address), phase))

    def drawing(self, address: Address) -> WayOfDrawing:
        """The way of drawing of a neuron's family."""
        return self.atlas.drawing(self.atlas.find(address).family)

    def sketches(self, neurons: Sequence[Address], shares: Tensor) -> Tensor:
        """Small pictures of points between `neurons`, for measurements: display-encoded RGB (count, 3, grid points).

        `shares` (count, neurons) float32 sum to one in every row. Transparent places are black.
        """
        together = max(1, MAX_POINTS // self._grid_side**2)
        return torch.cat([_sketched(self._parts(neurons, some)) for some in torch.split(shares, together)])

    def _parts(self, neurons: Sequence[Address], shares: Tensor) -> list[_FamilyPart]:
        families: dict[str, list[int]] = {}
        for number, address in enumerate(neurons):
            families.setdefault(self.atlas.find(address).family, []).append(number)
        parts = [self._within([neurons[one] for one in own], shares[:, own]) for own in families.values()]
        return _between(parts) if self._repair and len(parts) > 1 else parts

    def _within(self, neurons: list[Address], shares: Tensor) -> _FamilyPart:
        """The part of one family's neurons; `shares` (count, neurons) need not sum to one."""
        blending = self._blending(neurons[0])
        total = shares.sum(1)  # (count,)
        if len(neurons) == 1:
            weights = blending.of(neurons[0])
            return _FamilyPart(blending, total, weights.expand(len(shares), *weights.shape))
        return _FamilyPart(blending, total, *blending.mixed(neurons, shares / total[:, None], self._repair))

    def _blending(self, address: Address) -> Blending:
        """The blending of a neuron's way of drawing. Raises ScoreError for a neuron that the atlas lacks."""
        drawing = self.drawing(address)
        if drawing not in self._blendings:
            latents = lambda word: self.atlas.latent(self.atlas.find(word))  # noqa: E731  # it has no other use
            self._blendings[drawing] = BLENDINGS[type(drawing)](drawing, latents, self._grid_side)
        return self._blendings[drawing]


def _between(parts: list[_FamilyPart]) -> list[_FamilyPart]:
    """Stretch the pictures of several families, so that the sum of their logits keeps its deviation."""
    logits = [part.seen() for part in parts]
    mixed = _mixed(parts, [one[:, :3] for one in logits])
    wanted = _mixed(parts, [_deviation(one[:, :3]) for one in logits])
    gain = wanted / _deviation(mixed).clamp_min(MIN_DEVIATION)  # (count, 3, 1)
    stretched = []
    for part, seen in zip(parts, logits, strict=True):
        mean = seen[:, :3].mean(-1, keepdim=True)  # (count, 3, 1)
        weights = part.blending.stretched(part.weights, mean[..., 0], gain[..., 0])
        after = torch.cat([(seen[:, :3] - mean) * gain + mean, seen[:, 3:]], 1)
        stretched.append(_FamilyPart(part.blending, part.shares, weights, after))
    return stretched


def _sketched(parts: list[_FamilyPart]) -> Tensor:
    logits = [part.seen() for part in parts]
    if any(seen.shape[1] == 4 for seen in logits):
        opaque = torch.tensor(OPAQUE_LOGIT)
        logits = [
            seen if seen.shape[1] == 4 else torch.cat([seen, opaque.expand(len(seen), 1, seen.shape[2])], 1)
            for seen in logits
        ]
    display = torch.sigmoid(_mixed(parts, logits))
    return display[:, :3] * display[:, 3:] if display.shape[1] == 4 else display


def _mixed(parts: list[_FamilyPart], values: list[Tensor]) -> Tensor:
    """The sum of the parts' values (count, ...), each times its share."""
    shared = [part.shares.view(-1, 1, 1) * value for part, value in zip(parts, values, strict=True)]
    return torch.stack(shared).sum(0)


def _deviation(logits: Tensor) -> Tensor:
    """The deviation of logits (count, 3, points) over the points: (count, 3, 1)."""
    squares = (logits - logits.mean(-1, keepdim=True)).square()
    return squares.mean(-1, keepdim=True).sqrt()
