"""CPPNs as torch takes pixels through them, in memory that is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from installation.atlas.activation import Activation
from installation.atlas.cppn import Architecture, unflatten
from installation.atlas.interpolate import Component
from installation.picture.decoding.projection import first_layer


@dataclass(frozen=True, slots=True, eq=False)
class CppnBatch:
    """`count` CPPNs of one shape, seen through their views, and the share that each has in its picture's logits.

    `layers` are (W (count, out, in), b (count, out, 1)), first to last.
    """

    architecture: Architecture
    layers: list[tuple[Tensor, Tensor]]
    share: float

    @classmethod
    def seen(cls, components: Sequence[Component], linear: Tensor, centres: Tensor) -> CppnBatch:
        """Of components with one shape and one share, on the device of their maps: see projection.maps_of."""
        architecture = components[0].architecture
        weights = torch.stack([component.weights for component in components]).to(linear.device)  # (count, size)
        first, *others = unflatten(weights, architecture)
        weight, bias = (one.float() for one in first_layer(*first, linear, centres))
        layers = [(weight, bias), *others]
        return cls(architecture, [(weight, bias[..., None]) for weight, bias in layers], components[0].share)


class Workspace:
    """Memory for up to `capacity` pixels on their way through CPPNs of up to `width` units a layer."""

    def __init__(self, width: int, capacity: int, device: torch.device) -> None:
        self._points, self._total, self._signal = (
            torch.empty(rows * capacity, device=device) for rows in (2, width, 2 * width)
        )
        self._activation = Activation(width * capacity, device)

    def points(self, count: int, pixels: int) -> Tensor:
        """Where to put pixels' offsets from the centre, (count, 2, pixels)."""
        return self._points[: 2 * count * pixels].view(count, 2, pixels)

    def draw(self, all_nets: list[CppnBatch], points: Tensor) -> Tensor:
        """Display-encoded RGB (count, 3, n) at `points` (count, 2, n): the sum of logits of `all_nets`, sigmoided."""
        logits = torch.zeros(len(points), 3, points.shape[-1], device=points.device)
        for nets in all_nets:
            logits.add_(self._logits(nets, points), alpha=nets.share)
        return logits.sigmoid_()

    def _logits(self, nets: CppnBatch, points: Tensor) -> Tensor:
        count, _, pixels = points.shape
        width = nets.architecture.width
        total = self._total[: count * width * pixels].view(count, width, pixels)
        features = self._signal[: 2 * count * width * pixels].view(count, 2 * width, pixels)
        *hidden, (last_weight, last_bias) = nets.layers
        signal = points
        for weight, bias in hidden:
            torch.baddbmm(bias, weight, signal, out=total)
            self._activation(total, features)
            signal = features
        return torch.baddbmm(last_bias, last_weight, signal)
