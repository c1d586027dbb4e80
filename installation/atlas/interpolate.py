"""From a point in latent space to the CPPNs that draw it: interpolation within a family, and statistics repair.

Halfway between two latents the hidden units of a plain interpolation have smaller deviations than at either end, layer
after layer, and the picture turns grey. The repair (after Jordan et al., "REPAIR: REnormalizing Permuted Activations
for Interpolation Repair", 2022) rescales and shifts every hidden unit to the mean and deviation that lie between those
of the end points. That folds into the weights: a decoder never sees it.

Between families logits cross-fade. Independent pictures then lose contrast in the same way, up to a factor of sqrt 2,
so the sum gets the deviation between those of the two pictures, folded into the last layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import local

import torch
from torch import Tensor

from installation.atlas.activation import Activation
from installation.atlas.atlas import Atlas
from installation.atlas.cppn import Architecture, fold, grid, unflatten
from installation.show.frame import Address, Point

GRID_SIDE = 64
"""Statistics and distances are taken on a grid of this many points a side."""

SMALLEST_DEVIATION = 1e-6
LARGEST_GAIN = 16.0
"""A unit that fell silent on the way is not blown up into noise."""


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
    """Means and deviations over the grid of the hidden units' pre-activations, both (depth, width)."""

    mean: Tensor
    deviation: Tensor


class Interpolator:
    """Finds the CPPNs of points, with every neuron's statistics kept. Safe for several threads."""

    def __init__(self, atlas: Atlas, repair: bool = True) -> None:
        self.atlas = atlas
        self._repair = repair
        self._weights: dict[Address, Tensor] = {}
        self._statistics: dict[Address, _Statistics] = {}
        self._passes = _Passes()
        # Every use here and in the decoders splits its work into pieces of a few thousand pixels, one a thread. Torch's
        # own threads inside a piece wait for one another: on two busy cores they made a repair 50 times slower.
        torch.set_num_threads(1)

    def components(self, point: Point) -> tuple[Component, ...]:
        """The CPPNs of `point`, one per family, in the order in which the families come up in its shares.

        A single neuron comes back exactly as the atlas has it.
        """
        return tuple(component for component, _ in self._found(point, between=self._repair))

    def neuron(self, address: Address) -> Component:
        """The CPPN of one neuron."""
        return Component(1.0, self._architecture(address), self._folded(address))

    def sketch(self, point: Point) -> Tensor:
        """The picture of `point` on the grid, display-encoded RGB (3, GRID_SIDE^2): what distances are measured on."""
        found = self._found(point, between=self._repair)
        logits = sum((component.share * self._logits(component, seen) for component, seen in found), torch.zeros(3, 1))
        return torch.sigmoid(logits)

    def _found(self, point: Point, between: bool) -> list[tuple[Component, Tensor | None]]:
        """The components of `point` with their logits on the grid (3, points) where they happen to be known."""
        families: dict[str, list[tuple[Address, float]]] = {}
        for address, share in point.shares:
            families.setdefault(self.atlas.find(address).family, []).append((address, share))
        found = [self._within_family(shares) for shares in families.values()]
        return self._between_families(found) if between and len(found) > 1 else found

    def _within_family(self, shares: list[tuple[Address, float]]) -> tuple[Component, Tensor | None]:
        architecture = self._architecture(shares[0][0])
        share = sum(part for _, part in shares)
        if len(shares) == 1:
            return Component(share, architecture, self._folded(shares[0][0])), None
        parts = torch.tensor([part / share for _, part in shares])
        weights = parts @ torch.stack([self._folded(address) for address, _ in shares])  # (size,)
        if not self._repair:
            return Component(share, architecture, weights), None
        ends = [self._statistics_of(address) for address, _ in shares]
        mean = torch.einsum("e,edw->dw", parts, torch.stack([end.mean for end in ends]))
        deviation = torch.einsum("e,edw->dw", parts, torch.stack([end.deviation for end in ends]))
        _, logits = self._pass(architecture).run(weights, _Statistics(mean, deviation))
        return Component(share, architecture, weights), logits

    def _between_families(self, found: list[tuple[Component, Tensor | None]]) -> list[tuple[Component, Tensor | None]]:
        """The components with their last layers scaled, so that the sum of logits keeps its deviation."""
        logits = [self._logits(component, seen) for component, seen in found]
        shares = [component.share for component, _ in found]
        mixed = sum((share * seen for share, seen in zip(shares, logits, strict=True)), torch.zeros(3, 1))
        wanted = sum((share * _deviation(seen) for share, seen in zip(shares, logits, strict=True)), torch.zeros(3))
        gain = wanted / _deviation(mixed).clamp_min(SMALLEST_DEVIATION)  # (3,)
        scaled: list[tuple[Component, Tensor | None]] = []
        for (component, _), seen in zip(found, logits, strict=True):
            weights = component.weights.clone()
            weight, bias = unflatten(weights, component.architecture)[-1]
            mean = seen.mean(1)
            weight.mul_(gain[:, None])
            bias.sub_(mean).mul_(gain).add_(mean)
            scaled.append((Component(component.share, component.architecture, weights), None))
        return scaled

    def _logits(self, component: Component, seen: Tensor | None) -> Tensor:
        return self._pass(component.architecture).run(component.weights)[1] if seen is None else seen

    def _architecture(self, address: Address) -> Architecture:
        return self.atlas.architecture(self.atlas.find(address).family)

    def _folded(self, address: Address) -> Tensor:
        """A neuron's weights; folding is linear, so it is done once, before interpolating."""
        if address not in self._weights:
            self._weights[address] = fold(self.atlas.latent(self.atlas.find(address)), self._architecture(address))
        return self._weights[address]

    def _statistics_of(self, address: Address) -> _Statistics:
        if address not in self._statistics:
            self._statistics[address], _ = self._pass(self._architecture(address)).run(self._folded(address))
        return self._statistics[address]

    def _pass(self, architecture: Architecture) -> _Pass:
        """This thread's memory for CPPNs of one shape."""
        passes = self._passes.by_architecture
        if architecture not in passes:
            passes[architecture] = _Pass(architecture)
        return passes[architecture]


class _Passes(local):
    """Every thread has memory of its own."""

    def __init__(self) -> None:
        self.by_architecture: dict[Architecture, _Pass] = {}


class _Pass:
    """Memory for one pass of a CPPN over the grid, features along rows."""

    def __init__(self, architecture: Architecture) -> None:
        points = GRID_SIDE * GRID_SIDE
        width = architecture.width
        self._architecture = architecture
        self._coordinates = grid(GRID_SIDE, GRID_SIDE).t().contiguous()  # (2, points)
        self._total = torch.empty(width, points)
        self._signal = torch.empty(2 * width, points)
        self._activation = Activation(width * points)

    def run(self, weights: Tensor, target: _Statistics | None = None) -> tuple[_Statistics, Tensor]:
        """Statistics of the CPPN with folded `weights` (size,) and its logits on the grid (3, points).

        With a target, hidden units are brought to it by changing `weights` in place, and the logits are those after.
        """
        width = self._architecture.width
        shape = (self._architecture.depth, width)
        found = _Statistics(torch.empty(shape), torch.empty(shape))
        signal = self._coordinates
        *hidden, (last_weight, last_bias) = unflatten(weights, self._architecture)
        for number, (weight, bias) in enumerate(hidden):
            total = torch.addmm(bias[:, None], weight, signal, out=self._total)  # (width, points)
            # torch.std_mean does the same in 660 us where these three steps take 60.
            mean = total.mean(1)
            total.sub_(mean[:, None])
            deviation = torch.linalg.vector_norm(total, dim=1).div_(self._total.shape[1] ** 0.5)
            found.mean[number], found.deviation[number] = mean, deviation
            if target is None:
                total.add_(mean[:, None])
            else:
                gain = (target.deviation[number] / deviation.clamp_min(SMALLEST_DEVIATION)).clamp_max_(LARGEST_GAIN)
                weight.mul_(gain[:, None])
                bias.sub_(mean).mul_(gain).add_(target.mean[number])
                torch.addcmul(target.mean[number][:, None], total, gain[:, None], out=total)
            signal = self._signal
            self._activation(total, signal[:width], signal[width:])
        return found, torch.addmm(last_bias[:, None], last_weight, signal)


def _deviation(logits: Tensor) -> Tensor:
    return torch.std(logits, 1, correction=0)
