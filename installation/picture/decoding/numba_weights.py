"""CPPNs as the compiled kernel reads them, and those of plates, which are laid out once and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from installation.atlas.cppn import Architecture, unflatten
from installation.atlas.interpolate import Interpolator
from installation.picture.decoding.numba_emitter import ROWS
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
        """Of CPPNs (count, size)."""
        width = architecture.width
        spare = _units(width) - width
        (first, bias), *others = unflatten(weights, architecture)
        layers = []
        for weight, shift in others:
            halves = weight.reshape(*weight.shape[:-1], 2, width)  # (count, out, 2, width)
            layers.append(_pack_layer(nn.functional.pad(halves, (0, spare)).flatten(-2), shift))
        return cls(architecture, _pack_layer(first, bias).numpy(), torch.cat(layers, 1).numpy())

    def followed_by(self, more: Weights) -> Weights:
        """These, and more behind them."""
        return Weights(
            self.architecture, np.concatenate([self.first, more.first]), np.concatenate([self.rest, more.rest])
        )


class WeightBank:
    """The weights of neurons of one shape, laid out for the kernel when first asked for and kept."""

    def __init__(self, architecture: Architecture, interpolator: Interpolator) -> None:
        self._architecture = architecture
        self._interpolator = interpolator
        self._rows: dict[Address, int] = {}
        self.weights = Weights.of(torch.empty(0, architecture.size), architecture)

    def rows(self, addresses: Sequence[Address]) -> Numbers:
        """Where these neurons lie; those that are new are laid out behind the others."""
        new = [address for address in dict.fromkeys(addresses) if address not in self._rows]
        if new:
            weights = torch.stack([self._interpolator.neuron(address).weights for address in new])
            self.weights = self.weights.followed_by(Weights.of(weights, self._architecture))
            self._rows |= {address: len(self._rows) + number for number, address in enumerate(new)}
        return np.array([self._rows[address] for address in addresses], np.int32)


def _pack_layer(weight: Tensor, bias: Tensor) -> Tensor:
    """A layer (count, out, in) and (count, out) as the kernel reads it: for every ROWS units their biases, then their
    weights input by input; (count, numbers), silent units at the end."""
    columns = torch.cat([bias[..., None], weight], -1)  # (count, out, 1 + in)
    out = columns.shape[1]
    padded = nn.functional.pad(columns, (0, 0, 0, _units(out) - out))
    return padded.view(len(padded), _units(out) // ROWS, ROWS, columns.shape[2]).transpose(2, 3).flatten(1).contiguous()


def _units(width: int) -> int:
    return -(-width // ROWS) * ROWS
