"""Blends CPPNs of one family: interpolated weights, with their statistics repaired.

Halfway between two latents, a plain interpolation's hidden units have smaller deviations than at either end, layer
after layer, and the picture turns grey. The repair (after Jordan et al., "REPAIR: REnormalizing Permuted Activations
for Interpolation Repair", 2022) rescales and shifts every hidden unit to a mean and deviation interpolated between the
end points. The weights include the repair, so decoders need no change. A loop's statistics cover its whole cycle.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import local

import torch
from torch import Tensor

from installation.atlas.activation import Activation
from installation.atlas.architecture import WAVE_GAIN, Architecture
from installation.atlas.cppn import CURVES, at_time, fold, grid, inputs, unflatten
from installation.show.frame import Address

MIN_DEVIATION = 1e-6
MAX_GAIN = 16.0
"""The limit keeps a silent unit from being amplified into noise."""

GOLDEN_RATIO = (1 + math.sqrt(5)) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """Means and deviations over the grid of the hidden units' pre-activations, both (count, depth, width)."""

    mean: Tensor
    deviation: Tensor


class CppnBlending:
    """See blending.Blending; weights (count, size) are folded (cppn.fold)."""

    def __init__(self, architecture: Architecture, latents: Callable[[Address], Tensor], grid_side: int) -> None:
        self._architecture = architecture
        self._latents = latents
        self._grid_side = grid_side
        self._weights: dict[Address, Tensor] = {}
        self._statistics: dict[Address, Statistics] = {}
        self._passes = _Passes()

    def of(self, neuron: Address) -> Tensor:
        """See Blending; folding is linear, so it is done once, before the interpolation."""
        if neuron not in self._weights:
            self._weights[neuron] = fold(self._latents(neuron), self._architecture)
        return self._weights[neuron]

    def mixed(self, neurons: Sequence[Address], shares: Tensor, repair: bool) -> tuple[Tensor, Tensor | None]:
        """See Blending."""
        weights = shares @ torch.stack([self.of(address) for address in neurons])  # (count, size)
        if not repair:
            return weights, None
        ends = [self._statistics_of(address) for address in neurons]
        mean = torch.tensordot(shares, torch.cat([end.mean for end in ends]), 1)  # (count, depth, width)
        deviation = torch.tensordot(shares, torch.cat([end.deviation for end in ends]), 1)
        _, logits = self.memory(len(shares)).run(weights, Statistics(mean, deviation))
        return weights, None if self._architecture.has_cycle else logits  # a loop's logits mix all times

    def logits(self, weights: Tensor) -> Tensor:
        """See Blending; for a loop at its beginning."""
        if not self._architecture.has_cycle:
            return self.memory(len(weights)).run(weights)[1]
        still = at_time(weights, self._architecture, 0.0)
        return Pass(self._architecture.at_one_time, len(weights), self._grid_side).run(still)[1]

    def stretched(self, weights: Tensor, mean: Tensor, gain: Tensor) -> Tensor:
        """See Blending."""
        scaled = weights.clone()
        weight, bias = unflatten(scaled, self._architecture)[-1]
        weight[:, :3].mul_(gain[..., None])
        bias[:, :3].sub_(mean).mul_(gain).add_(mean)
        return scaled

    def drawn_at(self, weights: Tensor, phase: float) -> tuple[Architecture, Tensor]:
        """See Blending."""
        return self._architecture.at_one_time, at_time(weights, self._architecture, phase)

    def _statistics_of(self, neuron: Address) -> Statistics:
        if neuron not in self._statistics:
            self._statistics[neuron], _ = self.memory(1).run(self.of(neuron)[None])
        return self._statistics[neuron]

    def memory(self, count: int) -> Pass:
        """This thread's memory for `count` CPPNs."""
        passes = self._passes.by_count
        if count not in passes:
            passes[count] = Pass(self._architecture, count, self._grid_side)
        return passes[count]


class _Passes(local):
    """Memory of each thread."""

    def __init__(self) -> None:
        self.by_count: dict[int, Pass] = {}


class Pass:
    """Memory for one pass of `count` CPPNs over the grid, features along rows."""

    def __init__(self, architecture: Architecture, count: int, grid_side: int) -> None:
        points = grid_side * grid_side
        width = architecture.width
        self._architecture = architecture
        times = torch.arange(points) / GOLDEN_RATIO % 1  # a loop's times, spread evenly over any part of the picture
        seen = inputs(grid(grid_side, grid_side), architecture, times)  # (points, inputs)
        if architecture.waves:
            seen = seen / WAVE_GAIN  # the gain is folded into the weights
        self._inputs = seen.t().expand(count, -1, -1)  # (count, inputs, points)
        self._total = torch.empty(count, width, points)
        self._signal = torch.empty(count, len(architecture.features) * width, points)
        self._activate = activation_of(architecture, count * width * points)

    def run(self, weights: Tensor, target: Statistics | None = None) -> tuple[Statistics, Tensor]:
        """The statistics of CPPNs with folded `weights` (count, size), and their logits (count, outputs, points).

        With a target, it changes `weights` in place so that hidden units have these statistics, and returns the new
        logits.
        """
        count, width, points = self._total.shape
        shape = (count, self._architecture.depth, width)
        found = Statistics(torch.empty(shape), torch.empty(shape))
        signal = self._inputs
        *hidden, (last_weight, last_bias) = unflatten(weights, self._architecture)
        for number, (weight, bias) in enumerate(hidden):
            total = torch.baddbmm(bias[..., None], weight, signal, out=self._total)  # (count, width, points)
            # torch.std_mean takes 660 us for this, these three steps 60 us.
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
            self._activate(total, signal)
        return found, torch.baddbmm(last_bias[..., None], last_weight, signal)


def activation_of(
    architecture: Architecture, capacity: int, device: torch.device | str = "cpu"
) -> Callable[[Tensor, Tensor], object]:
    """A function that writes the features of up to `capacity` sums (count, width, n) into a signal (count, features
    width, n)."""
    if architecture.curve == "atan":
        return Activation(capacity, device)
    curve = CURVES[architecture.curve]
    return lambda total, signal: signal.copy_(curve(total))
