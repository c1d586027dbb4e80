"""CPPNs in torch, computed in reused memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from installation.atlas.architecture import Architecture
from installation.atlas.cppn_blending import activation_of
from installation.atlas.interpolate import Component
from installation.picture.decoding.projection import seen_layers


@dataclass(frozen=True, slots=True, eq=False)
class CppnBatch:
    """`count` CPPNs of one shape, seen through their views, and the share of each in its picture's logits.

    `layers` are (W (count, out, in), b (count, out, 1)), first to last; see projection.seen_layers.
    """

    architecture: Architecture
    layers: list[tuple[Tensor, Tensor]]
    share: float

    @classmethod
    def seen(
        cls, architecture: Architecture, components: Sequence[Component], maps: tuple[Tensor, Tensor]
    ) -> CppnBatch:
        """The batch of components with one shape and one share, on the device of their maps: see projection.maps_of."""
        weights = torch.stack([component.weights for component in components]).to(maps[0].device)  # (count, size)
        layers = seen_layers(weights, architecture, *maps)
        return cls(architecture, [(weight, bias[..., None]) for weight, bias in layers], components[0].share)


class Workspace:
    """Memory for up to `capacity` pixels in CPPNs of one shape."""

    def __init__(self, architecture: Architecture, capacity: int, device: torch.device) -> None:
        width, powers = architecture.width, len(architecture.features)
        self._total, self._signal = (torch.empty(rows * capacity, device=device) for rows in (width, powers * width))
        self._waves = torch.empty(len(architecture.waves) * capacity, device=device)
        self._activate = activation_of(architecture, width * capacity, device)

    def logits(self, nets: CppnBatch, points: Tensor) -> Tensor:
        """Logits (count, outputs, n) at `points` (count, 2, n), offsets from the centre."""
        count, _, pixels = points.shape
        width, powers = nets.architecture.width, len(nets.architecture.features)
        total = self._total[: count * width * pixels].view(count, width, pixels)
        features = self._signal[: powers * count * width * pixels].view(count, powers * width, pixels)
        *hidden, (last_weight, last_bias) = nets.layers
        signal = points
        if nets.architecture.waves:
            (weight, bias), *hidden = hidden
            waves = self._waves[: count * weight.shape[1] * pixels].view(count, -1, pixels)
            signal = torch.baddbmm(bias, weight, points, out=waves).sin_()
        for weight, bias in hidden:
            torch.baddbmm(bias, weight, signal, out=total)
            self._activate(total, features)
            signal = features
        return torch.baddbmm(last_bias, last_weight, signal)
