"""CPPNs laid out for the compiled kernel; the nets of plates are laid out once and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from installation.atlas.architecture import Architecture
from installation.atlas.cppn import unflatten
from installation.atlas.interpolate import Interpolator
from installation.picture.decoding.numba_emitter import ROWS
from installation.picture.decoding.projection import wave_layer
from installation.show.frame import Address

Floats = NDArray[np.float32]
Numbers = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """CPPNs of one shape, laid out for the kernel: their first layers (count, numbers) and the others."""

    architecture: Architecture
    first: Floats
    rest: Floats

    @classmethod
    def of(cls, weights: Tensor, architecture: Architecture) -> Weights:
        """Lay out the weights of CPPNs (count, size)."""
        layers = unflatten(weights, architecture)
        if architecture.waves:
            weight, bias = (
                tensor.float().expand(len(weights), *tensor.shape[1:]) for tensor in wave_layer(architecture)
            )
            first = _pack_layer(weight, bias)
        else:
            first = _pack_layer(*layers.pop(0))
        width, powers = architecture.width, len(architecture.features)
        rest: list[Tensor] = []
        for weight, bias in layers:
            if rest or not architecture.waves:  # the layer before it has silent units
                parts = weight.reshape(*weight.shape[:-1], powers, width)  # (count, out, powers, width)
                weight = nn.functional.pad(parts, (0, padded_units(width) - width)).flatten(-2)
            rest.append(_pack_layer(weight, bias))
        return cls(architecture, first.numpy(), torch.cat(rest, 1).numpy())

    def followed_by(self, more: Weights) -> Weights:
        """These nets, followed by more."""
        return Weights(
            self.architecture, np.concatenate([self.first, more.first]), np.concatenate([self.rest, more.rest])
        )


class WeightBank:
    """The weights of neurons of one shape, laid out for the kernel at first use and kept."""

    def __init__(self, architecture: Architecture, interpolator: Interpolator) -> None:
        self._architecture = architecture
        self._interpolator = interpolator
        self._rows: dict[Address, int] = {}
        self.weights = Weights.of(torch.empty(0, architecture.size), architecture)

    def rows(self, addresses: Sequence[Address]) -> Numbers:
        """The rows of these neurons in the bank; new neurons are appended."""
        new = [address for address in dict.fromkeys(addresses) if address not in self._rows]
        if new:
            weights = torch.stack([self._interpolator.neuron(address).weights for address in new])
            self.weights = self.weights.followed_by(Weights.of(weights, self._architecture))
            self._rows |= {address: len(self._rows) + number for number, address in enumerate(new)}
        return np.array([self._rows[address] for address in addresses], np.int32)


def _pack_layer(weight: Tensor, bias: Tensor) -> Tensor:
    """A layer (count, out, in) and (count, out), laid out for the kernel: for every ROWS units their biases, then their
    weights input by input; (count, numbers), with silent units at the end."""
    columns = torch.cat([bias[..., None], weight], -1)  # (count, out, 1 + in)
    out = columns.shape[1]
    padded = nn.functional.pad(columns, (0, 0, 0, padded_units(out) - out))
    return (
        padded.view(len(padded), padded_units(out) // ROWS, ROWS, columns.shape[2])
        .transpose(2, 3)
        .flatten(1)
        .contiguous()
    )


def padded_units(width: int) -> int:
    """The units of a layer, padded with silent ones to a multiple of ROWS."""
    return -(-width // ROWS) * ROWS
