"""A CPPN for training: the same picture as `atlas.cppn.logits`, its gradient written out by hand.

Autograd over the whole picture moves some 20 MB between memory and core for every layer. Here the pixels go through all
layers in pieces that stay in the cache, with features along rows so that atan and square write into place: 1.5 times
as fast on one core, and a core per neuron is how the studio grows families.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import torch
from torch import Tensor

from installation.atlas.cppn import Architecture, fold, unflatten

PIECE_PX = 8192
"""Pixels that go through the layers together: 1.6 MB a layer in float32; pieces of 2048 and 4096 were slower."""


def paint(latent: Tensor, coordinates: Tensor, architecture: Architecture) -> Tensor:
    """Logits (3, N) of an unfolded `latent` (size,) at `coordinates` (N, 2); differentiable in the latent only."""
    apply = cast("Callable[..., Tensor]", _Paint.apply)  # torch leaves `apply` without types
    return apply(fold(latent, architecture), coordinates.t().contiguous(), architecture)


def _pieces(coordinates: Tensor) -> Iterator[tuple[slice, Tensor]]:
    for start in range(0, coordinates.shape[1], PIECE_PX):
        piece = slice(start, min(start + PIECE_PX, coordinates.shape[1]))
        yield piece, coordinates[:, piece]


def _forward(layers: list[tuple[Tensor, Tensor]], piece: Tensor) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """Logits (3, n), the signal before every layer and the pre-activation of every hidden layer."""
    signals, sums = [piece], []
    width = layers[0][0].shape[0]
    for weight, bias in layers[:-1]:
        total = torch.addmm(bias[:, None], weight, signals[-1])  # (width, n)
        signal = torch.empty(2 * width, piece.shape[1], dtype=piece.dtype)  # (2 width, n)
        torch.atan(total, out=signal[:width])
        torch.mul(signal[:width], signal[:width], out=signal[width:])
        signals.append(signal)
        sums.append(total)
    weight, bias = layers[-1]
    return torch.addmm(bias[:, None], weight, signals[-1]), signals, sums


class _Paint(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, folded: Tensor, coordinates: Tensor, architecture: Architecture) -> Tensor:
        layers = unflatten(folded, architecture)
        out = torch.empty(3, coordinates.shape[1], dtype=folded.dtype)
        kept = []
        for piece, points in _pieces(coordinates):
            out[:, piece], signals, sums = _forward(layers, points)
            kept.append((piece, signals, sums))
        ctx.save_for_backward(folded)
        ctx.kept, ctx.architecture = kept, architecture
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (folded,) = ctx.saved_tensors
        layers = unflatten(folded, ctx.architecture)
        total = torch.zeros_like(folded)
        slots = unflatten(total, ctx.architecture)
        width = ctx.architecture.width
        for piece, signals, sums in ctx.kept:
            slope = gradients[0][:, piece].contiguous()  # (3, n)
            for number in range(len(layers) - 1, -1, -1):
                slots[number][0].addmm_(slope, signals[number].t())
                slots[number][1].add_(slope.sum(1))
                if number:
                    onto = torch.mm(layers[number][0].t(), slope)  # (2 width, n)
                    slope = onto[:width].addcmul_(onto[width:], signals[number][:width], value=2.0)
                    slope.div_(sums[number - 1].square_().add_(1.0))  # the slope of atan is 1 / (1 + p^2)
        return total, None, None
