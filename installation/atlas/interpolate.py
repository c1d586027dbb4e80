"""From a point in latent space to its drawings: shares of families, and what lies between families.

Within a family its way of drawing says what lies between two neurons (blending.py). Between families logits cross-fade.
Independent pictures lose contrast in the same way as plainly mixed weights do, up to a factor of sqrt 2, so the sum
gets the deviation between those of the two pictures.
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
"""Points a side of the grid on which statistics are taken."""

MAX_POINTS = 8192
"""Grid points that are looked at together, so that they stay in the cache."""

OPAQUE_LOGIT = 8.0
"""What a picture without alpha counts in the alpha of a cross-fade with one that has it: a tenth of a step from 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """One part of a picture: logits of a picture are the sum of `share` times the logits of its components.

    `weights`, float32, are what `drawing` draws with, never written after.
    """

    share: float
    drawing: WayOfDrawing
    weights: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class _FamilyPart:
    """What one family contributes to `count` points: shares (count,), weights (count, ...).

    `logits` (count, outputs, grid points) are those of the weights, where they are known.
    """

    blending: Blending
    shares: Tensor
    weights: Tensor
    logits: Tensor | None = None

    def seen(self) -> Tensor:
        """Logits (count, outputs, grid points)."""
        return self.blending.logits(self.weights) if self.logits is None else self.logits


class Interpolator:
    """Finds the drawings of points, and keeps what is known about every neuron. Safe for several threads.

    Pictures are looked at on a grid of `grid_side` points a side.
    """

    def __init__(self, atlas: Atlas, repair: bool = True, grid_side: int = GRID_SIDE) -> None:
        self.atlas = atlas
        self._repair = repair
        self._grid_side = grid_side
        self._blendings: dict[WayOfDrawing, Blending] = {}

    def components(self, point: LatentPoint) -> tuple[Component, ...]:
        """What draws `point`, one for every family, in the order in which the families come up in its shares.

        A single neuron comes back exactly as the atlas has it.
        """
        if len(point.shares) == 1:
            return (self.neuron(point.shares[0][0], point.phase),)
        parts = self._parts([address for address, _ in point.shares], torch.tensor([[s for _, s in point.shares]]))
        return tuple(
            Component(float(part.shares[0]), *part.blending.drawn_at(part.weights[0], point.phase)) for part in parts
        )

    def neuron(self, address: Address, phase: float = 0.0) -> Component:
        """What draws one neuron."""
        blending = self._blending(address)
        return Component(1.0, *blending.drawn_at(blending.of(address), phase))

    def drawing(self, address: Address) -> WayOfDrawing:
        """How a neuron's family is drawn."""
        return self.atlas.drawing(self.atlas.find(address).family)

    def sketches(self, neurons: Sequence[Address], shares: Tensor) -> Tensor:
        """Small pictures of points between `neurons`, for measuring: display-encoded RGB (count, 3, grid points).

        `shares` (count, neurons) float32 sum to one in every row. Where nothing is it is black.
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
        """Neurons of one family; `shares` (count, neurons) need not sum to one."""
        blending = self._blending(neurons[0])
        total = shares.sum(1)  # (count,)
        if len(neurons) == 1:
            weights = blending.of(neurons[0])
            return _FamilyPart(blending, total, weights.expand(len(shares), *weights.shape))
        return _FamilyPart(blending, total, *blending.mixed(neurons, shares / total[:, None], self._repair))

    def _blending(self, address: Address) -> Blending:
        """Of a neuron's way of drawing. Raises ScoreError for one that the atlas lacks."""
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
    """The sum of values (count, ...) of the parts, each times its share."""
    shared = [part.shares.view(-1, 1, 1) * value for part, value in zip(parts, values, strict=True)]
    return torch.stack(shared).sum(0)


def _deviation(logits: Tensor) -> Tensor:
    """Of logits (count, 3, points) over the points: (count, 3, 1)."""
    squares = (logits - logits.mean(-1, keepdim=True)).square()
    return squares.mean(-1, keepdim=True).sqrt()
