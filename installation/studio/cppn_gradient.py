"""A CPPN for training: the same picture as `atlas.cppn.logits`, with a hand-written gradient.

Autograd over the whole picture moves some 20 MB between memory and core for every layer. Here the pixels go through all
layers in pieces that stay in the cache. A compiled kernel does this if numba is installed and the weights are on the
CPU; otherwise torch does it, which is also the reference for the kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from installation.atlas.architecture import WAVE_GAIN, Architecture, Curve
from installation.atlas.cppn import CURVES, at_time, fold, inputs, unflatten

try:
    from installation.studio import cppn_gradient_kernel
except ImportError:  # Some platforms have no numba; torch takes three times as long there.
    cppn_gradient_kernel = None  # type: ignore[assignment, unused-ignore]  # a module, or its absence

ROWS = 4
"""Units that the compiled kernel computes together."""

PIECE_PX = 8192
"""Pixels that torch sends through the layers together: 1.6 MB a layer in float32; 2048 and 4096 were slower."""


def cppn_logits(
    latent: Tensor,
    coordinates: Tensor,
    architecture: Architecture,
    phase: float = 0.0,
    *,
    compiled: bool | None = None,
) -> Tensor:
    """Logits (outputs, N) of an unfolded `latent` (size,) at `coordinates` (N, 2); differentiable in the latent only.

    `phase` is the time of a loop. `compiled=False` forces torch; by default the faster available way runs.
    """
    can = cppn_gradient_kernel is not None and latent.device.type == "cpu" and latent.dtype == torch.float32
    plain = architecture.curve == "atan" and not architecture.waves and not architecture.alpha
    able = can and plain and architecture.width % ROWS == 0
    apply = cast(
        "Callable[..., Tensor]", (_CompiledCppnLogits if able and compiled is not False else _CppnLogits).apply
    )
    folded = at_time(fold(latent, architecture), architecture, phase)
    shape = architecture.at_one_time
    seen = inputs(coordinates, shape)
    if shape.waves:
        seen = seen / WAVE_GAIN  # which is folded into the weights
    return apply(folded, seen.t().contiguous(), shape)


def _pieces(coordinates: Tensor) -> Iterator[tuple[slice, Tensor]]:
    for start in range(0, coordinates.shape[1], PIECE_PX):
        piece = slice(start, min(start + PIECE_PX, coordinates.shape[1]))
        yield piece, coordinates[:, piece]


def _forward(
    layers: list[tuple[Tensor, Tensor]], piece: Tensor, architecture: Architecture
) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """Logits (outputs, n), the signal before every layer and the pre-activation of every hidden layer."""
    signals, sums = [piece], []
    width, powers = architecture.width, len(architecture.features)
    for weight, bias in layers[:-1]:
        total = torch.addmm(bias[:, None], weight, signals[-1])  # (width, n)
        signal = torch.empty(powers * width, piece.shape[1], dtype=piece.dtype, device=piece.device)
        signal[:width] = CURVES[architecture.curve](total)
        if powers == 2:
            torch.mul(signal[:width], signal[:width], out=signal[width:])
        signals.append(signal)
        sums.append(total)
    weight, bias = layers[-1]
    return torch.addmm(bias[:, None], weight, signals[-1]), signals, sums


SLOPES: dict[Curve, Callable[[Tensor], Tensor]] = {
    "atan": lambda total: 1 / (total.square() + 1.0),
    "relu": lambda total: (total > 0).to(total.dtype),
    "abs": torch.sign,
    "sine": torch.cos,
}


class _CppnLogits(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, folded: Tensor, seen: Tensor, architecture: Architecture) -> Tensor:
        layers = unflatten(folded, architecture)
        out = torch.empty(architecture.outputs, seen.shape[1], dtype=folded.dtype, device=folded.device)
        kept = []
        for piece, points in _pieces(seen):
            out[:, piece], signals, sums = _forward(layers, points, architecture)
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
        width, curve = ctx.architecture.width, ctx.architecture.curve
        for piece, signals, sums in ctx.kept:
            slope = gradients[0][:, piece].contiguous()  # (outputs, n)
            for number in range(len(layers) - 1, -1, -1):
                slots[number][0].addmm_(slope, signals[number].t())
                slots[number][1].add_(slope.sum(1))
                if number:
                    onto = torch.mm(layers[number][0].t(), slope)  # (powers width, n)
                    slope = onto[:width]
                    if len(onto) > width:
                        slope.addcmul_(onto[width:], signals[number][:width], value=2.0)
                    slope = slope * SLOPES[curve](sums[number - 1])
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
    """A layer (out, in) and (out,) in the kernel's order: for every ROWS units their biases, then their weights input
    by input."""
    columns = functional.pad(torch.cat([bias[:, None], weight], 1), (0, 0, 0, _missing(weight)))  # (out, 1 + in)
    return columns.view(-1, ROWS, columns.shape[1]).transpose(1, 2).flatten()
