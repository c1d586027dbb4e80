"""A CPPN for training: the same picture as `atlas.cppn.logits`, its gradient written out by hand.

Autograd over the whole picture moves some 20 MB between memory and core for every layer. Here the pixels go through all
layers in pieces that stay in the cache: compiled where numba is and the weights are on the CPU, in torch everywhere
else, which is also what the compiled one is held against.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from installation.atlas.cppn import Architecture, fold, unflatten

try:
    from installation.studio import cppn_gradient_kernel
except ImportError:  # There are platforms without numba; torch takes three times as long there.
    cppn_gradient_kernel = None  # type: ignore[assignment, unused-ignore]  # a module, or its absence

ROWS = 4
"""Units that the compiled kernel computes together."""

PIECE_PX = 8192
"""Pixels that torch sends through the layers together: 1.6 MB a layer in float32; 2048 and 4096 were slower."""


def cppn_logits(
    latent: Tensor, coordinates: Tensor, architecture: Architecture, *, compiled: bool | None = None
) -> Tensor:
    """Logits (3, N) of an unfolded `latent` (size,) at `coordinates` (N, 2); differentiable in the latent only.

    `compiled` False keeps to torch; left out, the quicker way that is there is taken.
    """
    can = cppn_gradient_kernel is not None and latent.device.type == "cpu" and latent.dtype == torch.float32
    able = can and architecture.width % ROWS == 0
    apply = cast(
        "Callable[..., Tensor]", (_CompiledCppnLogits if able and compiled is not False else _CppnLogits).apply
    )
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
        signal = torch.empty(2 * width, piece.shape[1], dtype=piece.dtype, device=piece.device)  # (2 width, n)
        torch.atan(total, out=signal[:width])
        torch.mul(signal[:width], signal[:width], out=signal[width:])
        signals.append(signal)
        sums.append(total)
    weight, bias = layers[-1]
    return torch.addmm(bias[:, None], weight, signals[-1]), signals, sums


class _CppnLogits(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, folded: Tensor, coordinates: Tensor, architecture: Architecture) -> Tensor:
        layers = unflatten(folded, architecture)
        out = torch.empty(3, coordinates.shape[1], dtype=folded.dtype, device=folded.device)
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


class _CompiledCppnLogits(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, folded: Tensor, coordinates: Tensor, architecture: Architecture) -> Tensor:
        weights = torch.cat([_laid(weight, bias) for weight, bias in unflatten(folded, architecture)])
        out = torch.empty(3, coordinates.shape[1])
        shape = architecture.width, architecture.depth, cppn_gradient_kernel.BLOCK_PX
        cppn_gradient_kernel.draw(coordinates.numpy(), weights.detach().numpy(), out.numpy(), *shape)
        ctx.save_for_backward(folded, coordinates, weights)
        ctx.architecture = architecture
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        folded, coordinates, weights = ctx.saved_tensors
        layers = unflatten(folded, ctx.architecture)
        rows = [weight.shape[0] + _missing(weight) for weight, _ in layers]
        turned = [
            _laid(functional.pad(weight, (0, 0, 0, _missing(weight))).t(), weight.new_zeros(weight.shape[1]))
            for weight, _ in layers[1:]
        ]
        on_weights = np.zeros(sum(row * weight.shape[1] for row, (weight, _) in zip(rows, layers, strict=True)), "f4")
        on_biases = np.zeros(sum(rows), "f4")
        given = coordinates.numpy(), weights.numpy(), torch.cat(turned).numpy(), gradients[0].contiguous().numpy()
        shape = ctx.architecture.width, ctx.architecture.depth, cppn_gradient_kernel.BLOCK_PX
        cppn_gradient_kernel.trace_back(*given, on_weights, on_biases, *shape)
        parts, at, bias_at = [], 0, 0
        for row, (weight, bias) in zip(rows, layers, strict=True):
            parts += [on_weights[at : at + weight.numel()], on_biases[bias_at : bias_at + len(bias)]]
            at, bias_at = at + row * weight.shape[1], bias_at + row
        return torch.from_numpy(np.concatenate(parts)), None, None


def _missing(weight: Tensor) -> int:
    return -len(weight) % ROWS


def _laid(weight: Tensor, bias: Tensor) -> Tensor:
    """A layer (out, in) and (out,) as the kernel reads it: for every ROWS units their biases, then their weights input
    by input."""
    columns = functional.pad(torch.cat([bias[:, None], weight], 1), (0, 0, 0, _missing(weight)))  # (out, 1 + in)
    return columns.view(-1, ROWS, columns.shape[1]).transpose(1, 2).flatten()
