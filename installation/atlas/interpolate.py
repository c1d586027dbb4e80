"""From a point in latent space to the CPPNs that draw it: interpolation within a family, and statistics repair.

Halfway between two latents the hidden units of a plain interpolation have smaller deviations than at either end, layer
after layer, and the picture turns grey. The repair (after Jordan et al., "REPAIR: REnormalizing Permuted Activations
for Interpolation Repair", 2022) rescales and shifts every hidden unit to the mean and deviation that lie between those
of the end points. That folds into the weights: a decoder never sees it.

Between families logits cross-fade. Independent pictures then lose contrast in the same way, up to a factor of sqrt 2,
so the sum gets the deviation between those of the two pictures, folded into the last layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import local

import torch
from torch import Tensor

from installation.atlas.activation import Activation
from installation.atlas.atlas import Atlas
from installation.atlas.cppn import Architecture, fold, grid, unflatten
from installation.show.frame import Address, LatentPoint

GRID_SIDE = 64
"""Points a side of the grid on which statistics are taken."""

MIN_DEVIATION = 1e-6
MAX_GAIN = 16.0
"""A unit that fell silent on the way is not blown up into noise."""

MAX_POINTS = 8192
"""Grid points that go through a CPPN together, so that they stay in the cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """One CPPN of a picture: logits of a picture are the sum of `share` times the logits of its components.

    `weights` (size,) float32, folded (see cppn.fold), never written after.
    """

    share: float
    architecture: Architecture
    weights: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class _Statistics:
    """Means and deviations over the grid of the hidden units' pre-activations, both (count, depth, width)."""

    mean: Tensor
    deviation: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class _FamilyPart:
    """What one family contributes to `count` points: shares (count,), folded weights (count, size).

    `logits` (count, 3, grid points) are those of the CPPNs, where they are known.
    """

    architecture: Architecture
    shares: Tensor
    weights: Tensor
    logits: Tensor | None = None


class Interpolator:
    """Finds the CPPNs of points, with every neuron's statistics kept. Safe for several threads.

    Statistics are taken on a grid of `grid_side` points a side.
    """

    def __init__(self, atlas: Atlas, repair: bool = True, grid_side: int = GRID_SIDE) -> None:
        self.atlas = atlas
        self._repair = repair
        self._grid_side = grid_side
        self._weights: dict[Address, Tensor] = {}
        self._statistics: dict[Address, _Statistics] = {}
        self._passes = _Passes()

    def components(self, point: LatentPoint) -> tuple[Component, ...]:
        """The CPPNs of `point`, one per family, in the order in which the families come up in its shares.

        A single neuron comes back exactly as the atlas has it.
        """
        parts = self._parts([address for address, _ in point.shares], torch.tensor([[s for _, s in point.shares]]))
        return tuple(Component(float(part.shares[0]), part.architecture, part.weights[0]) for part in parts)

    def neuron(self, address: Address) -> Component:
        """The CPPN of one neuron."""
        return Component(1.0, self._architecture(address), self._folded(address))

    def sketches(self, neurons: Sequence[Address], shares: Tensor) -> Tensor:
        """Small pictures of points between `neurons`, for measuring: display-encoded RGB (count, 3, grid points).

        `shares` (count, neurons) float32 sum to one in every row.
        """
        together = max(1, MAX_POINTS // self._grid_side**2)
        return torch.cat([self._sketched(self._parts(neurons, some)) for some in torch.split(shares, together)])

    def _sketched(self, parts: list[_FamilyPart]) -> Tensor:
        return torch.sigmoid(_mixed(parts, [self._logits(part) for part in parts]))

    def _parts(self, neurons: Sequence[Address], shares: Tensor) -> list[_FamilyPart]:
        families: dict[str, list[int]] = {}
        for number, address in enumerate(neurons):
            families.setdefault(self.atlas.find(address).family, []).append(number)
        parts = [self._within([neurons[one] for one in own], shares[:, own]) for own in families.values()]
        return self._between(parts) if self._repair and len(parts) > 1 else parts

    def _within(self, neurons: list[Address], shares: Tensor) -> _FamilyPart:
        """Interpolate neurons of one family; `shares` (count, neurons) need not sum to one."""
        architecture = self._architecture(neurons[0])
        total = shares.sum(1)  # (count,)
        if len(neurons) == 1:
            return _FamilyPart(architecture, total, self._folded(neurons[0]).expand(len(shares), -1))
        own = shares / total[:, None]
        weights = own @ torch.stack([self._folded(address) for address in neurons])  # (count, size)
        if not self._repair:
            return _FamilyPart(architecture, total, weights)
        ends = [self._statistics_of(address) for address in neurons]
        mean = torch.tensordot(own, torch.cat([end.mean for end in ends]), 1)  # (count, depth, width)
        deviation = torch.tensordot(own, torch.cat([end.deviation for end in ends]), 1)
        _, logits = self._pass(architecture, len(shares)).run(weights, _Statistics(mean, deviation))
        return _FamilyPart(architecture, total, weights, logits)

    def _between(self, parts: list[_FamilyPart]) -> list[_FamilyPart]:
        """Scale the last layers of several families' CPPNs, so that the sum of logits keeps its deviation."""
        logits = [self._logits(part) for part in parts]
        mixed = _mixed(parts, logits)
        wanted = _mixed(parts, [_deviation(seen) for seen in logits])
        gain = wanted / _deviation(mixed).clamp_min(MIN_DEVIATION)  # (count, 3, 1)
        scaled = []
        for part, seen in zip(parts, logits, strict=True):
            weights = part.weights.clone()
            weight, bias = unflatten(weights, part.architecture)[-1]
            mean = seen.mean(-1, keepdim=True)  # (count, 3, 1)
            weight.mul_(gain)
            bias.sub_(mean[..., 0]).mul_(gain[..., 0]).add_(mean[..., 0])
            scaled.append(_FamilyPart(part.architecture, part.shares, weights, (seen - mean) * gain + mean))
        return scaled

    def _logits(self, part: _FamilyPart) -> Tensor:
        if part.logits is not None:
            return part.logits
        return self._pass(part.architecture, len(part.weights)).run(part.weights)[1]

    def _architecture(self, address: Address) -> Architecture:
        return self.atlas.architecture(self.atlas.find(address).family)

    def _folded(self, address: Address) -> Tensor:
        """A neuron's weights; folding is linear, so it is done once, before interpolating."""
        if address not in self._weights:
            self._weights[address] = fold(self.atlas.latent(self.atlas.find(address)), self._architecture(address))
        return self._weights[address]

    def _statistics_of(self, address: Address) -> _Statistics:
        if address not in self._statistics:
            run = self._pass(self._architecture(address), 1).run
            self._statistics[address], _ = run(self._folded(address)[None])
        return self._statistics[address]

    def _pass(self, architecture: Architecture, count: int) -> _Pass:
        """This thread's memory for so many CPPNs of one shape."""
        passes = self._passes.by_shape
        if (architecture, count) not in passes:
            passes[architecture, count] = _Pass(architecture, count, self._grid_side)
        return passes[architecture, count]


class _Passes(local):
    """Every thread has memory of its own."""

    def __init__(self) -> None:
        self.by_shape: dict[tuple[Architecture, int], _Pass] = {}


class _Pass:
    """Memory for one pass of `count` CPPNs over the grid, features along rows."""

    def __init__(self, architecture: Architecture, count: int, grid_side: int) -> None:
        points = grid_side * grid_side
        width = architecture.width
        self._architecture = architecture
        self._coordinates = grid(grid_side, grid_side).t().expand(count, -1, -1)  # (count, 2, points)
        self._total = torch.empty(count, width, points)
        self._signal = torch.empty(count, 2 * width, points)
        self._activation = Activation(count * width * points)

    def run(self, weights: Tensor, target: _Statistics | None = None) -> tuple[_Statistics, Tensor]:
        """Statistics of CPPNs with folded `weights` (count, size) and their logits on the grid (count, 3, points).

        With a target, hidden units are brought to it by changing `weights` in place, and the logits are those after.
        """
        count, width, points = self._total.shape
        shape = (count, self._architecture.depth, width)
        found = _Statistics(torch.empty(shape), torch.empty(shape))
        signal = self._coordinates
        *hidden, (last_weight, last_bias) = unflatten(weights, self._architecture)
        for number, (weight, bias) in enumerate(hidden):
            total = torch.baddbmm(bias[..., None], weight, signal, out=self._total)  # (count, width, points)
            # torch.std_mean does the same in 660 us where these three steps take 60.
            mean = total.mean(-1)
            total.sub_(mean[..., None])
            deviation = torch.linalg.vector_norm(total, dim=-1).div_(points**0.5)
            found.mean[:, number], found.deviation[:, number] = mean, deviation
            if target is None:
                total.add_(mean[..., None])
            else:
                wanted = target.mean[:, number]
                gain = target.deviation[:, number] / deviation.clamp_min(MIN_DEVIATION)
                gain.clamp_max_(MAX_GAIN)
                weight.mul_(gain[..., None])
                bias.sub_(mean).mul_(gain).add_(wanted)
                torch.addcmul(wanted[..., None], total, gain[..., None], out=total)
            signal = self._signal
            self._activation(total, signal)
        return found, torch.baddbmm(last_bias[..., None], last_weight, signal)


def _mixed(parts: list[_FamilyPart], values: list[Tensor]) -> Tensor:
    """The sum of values (count, ...) of the parts, each times its share."""
    shared = [part.shares.view(-1, 1, 1) * value for part, value in zip(parts, values, strict=True)]
    return torch.stack(shared).sum(0)


def _deviation(logits: Tensor) -> Tensor:
    """Of logits (count, 3, points) over the points: (count, 3, 1)."""
    squares = (logits - logits.mean(-1, keepdim=True)).square()
    return squares.mean(-1, keepdim=True).sqrt()
