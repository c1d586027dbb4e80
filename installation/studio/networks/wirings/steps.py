"""The steps that networks are made of: each takes the signals (B, C, h, w) of its sources and returns one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast

import torch
from torch import Tensor
from torch.nn import functional

Weights = Mapping[str, Tensor]
Sides = tuple[int, int]
"""Height and width in pixels."""

Padding = Literal["none", "half", "same", "up"]
"""Padding of a signal: none; half a kernel on every side; TensorFlow's SAME, which puts an odd pixel at the end; or
just enough for Caffe's pooling to round its size up."""


class Step(Protocol):
    """One step of a network; it knows the size of its signal before it computes it."""

    def __call__(self, signals: Sequence[Tensor], weights: Weights, leak: float) -> Tensor:
        """The step's signal; `leak` is the slope of plain ReLUs below zero."""

    def sides(self, sides: Sides) -> Sides:
        """Size of the step's signal from that of its sources; below 1 if they are too small."""


@dataclass(frozen=True, slots=True)
class SlidingWindow:
    """The part of a signal from which one value of the next is computed, its stride, and its padding."""

    kernel: Sides
    stride: int = 1
    padding: Padding = "half"

    def margins(self, sides: Sides) -> tuple[Sides, Sides]:
        """Pixels added before and after, of the height and of the width."""
        high, wide = (self._margin(side, kernel) for side, kernel in zip(sides, self.kernel, strict=True))
        return high, wide

    def _margin(self, side: int, kernel: int) -> Sides:
        if self.padding == "half":
            return kernel // 2, kernel // 2
        if self.padding == "up":
            return 0, max(kernel - side, (kernel - side) % self.stride, 0) if side > 1 else 0
        if self.padding == "same":
            missing = max((-(-side // self.stride) - 1) * self.stride + kernel - side, 0)
            return missing // 2, missing - missing // 2
        return 0, 0

    def sides(self, sides: Sides) -> Sides:
        """Size of the window's output."""
        high, wide = (
            (side + sum(margin) - kernel) // self.stride + 1
            for side, kernel, margin in zip(sides, self.kernel, self.margins(sides), strict=True)
        )
        return high, wide

    def padded(self, signal: Tensor, value: float) -> tuple[Tensor, Sides]:
        """The signal, padded here if its margins are unequal, and the equal margins that torch's own padding adds."""
        (above, below), (left, right) = self.margins((signal.shape[-2], signal.shape[-1]))
        if above == below and left == right:
            return signal, (above, left)
        return functional.pad(signal, (left, right, above, below), value=value), (0, 0)


@dataclass(frozen=True, slots=True)
class Convolution:
    """A convolution without activation; `name` is that of its `.weight` (out, in / groups, kh, kw) and `.bias`."""

    name: str
    window: SlidingWindow
    groups: int = 1

    def __call__(self, signals: Sequence[Tensor], weights: Weights, leak: float) -> Tensor:  # noqa: ARG002
        signal, padding = self.window.padded(signals[0], 0.0)
        kernel, bias = weights[f"{self.name}.weight"], weights[f"{self.name}.bias"]
        return functional.conv2d(signal, kernel, bias, self.window.stride, padding, 1, self.groups)

    def sides(self, sides: Sides) -> Sides:
        return self.window.sides(sides)


@dataclass(frozen=True, slots=True)
class Classifier:
    """A fully connected layer on every channel's mean, `.weight` (out, in), so that pictures may have any size."""

    name: str

    def __call__(self, signals: Sequence[Tensor], weights: Weights, leak: float) -> Tensor:  # noqa: ARG002
        means = signals[0].mean((2, 3))  # (B, in)
        return functional.linear(means, weights[f"{self.name}.weight"], weights[f"{self.name}.bias"])[..., None, None]

    def sides(self, sides: Sides) -> Sides:
        return min(sides[0], 1), min(sides[1], 1)


@dataclass(frozen=True, slots=True)
class Rectifier:
    """ReLU, with the slope below zero and the ceiling that its network was trained with."""

    slope: float = 0.0
    ceiling: float | None = None

    def __call__(self, signals: Sequence[Tensor], weights: Weights, leak: float) -> Tensor:  # noqa: ARG002
        slope = max(self.slope, leak)
        out = functional.leaky_relu(signals[0], slope) if slope else functional.relu(signals[0])
        if self.ceiling is None:
            return out
        return out - (1 - leak) * functional.relu(signals[0] - self.ceiling) if leak else out.clamp(max=self.ceiling)

    def sides(self, sides: Sides) -> Sides:
        return sides


@dataclass(frozen=True, slots=True)
class MaxPool:
    """The largest value in every window."""

    window: SlidingWindow

    def __call__(self, signals: Sequence[Tensor], weights: Weights, leak: float) -> Tensor:  # noqa: ARG002
        signal, padding = self.window.padded(signals[0], -torch.inf)
        return functional.max_pool2d(signal, self.window.kernel, self.window.stride, padding)

    def sides(self, sides: Sides) -> Sides:
        return self.window.sides(sides)


@dataclass(frozen=True, slots=True)
class MeanPool:
    """The mean of every window's pixels; padding does not count."""

    window: SlidingWindow

    def __call__(self, signals: Sequence[Tensor], weights: Weights, leak: float) -> Tensor:  # noqa: ARG002
        padding = self.window.kernel[0] // 2, self.window.kernel[1] // 2
        return functional.avg_pool2d(
            signals[0], self.window.kernel, self.window.stride, padding, count_include_pad=False
        )

    def sides(self, sides: Sides) -> Sides:
        return self.window.sides(sides)


@dataclass(frozen=True, slots=True)
class ResponseNorm:
    """Local response normalisation: each value / (k + alpha S)^beta, S = the squares' sum over `size` channels.

    Caffe and torch call `size` times this alpha their alpha; TensorFlow calls (size - 1) / 2 its radius.
    """

    size: int
    alpha: float
    beta: float
    k: float

    def __call__(self, signals: Sequence[Tensor], weights: Weights, leak: float) -> Tensor:  # noqa: ARG002
        apply = cast("Callable[..., Tensor]", _Normalised.apply)  # torch leaves `apply` without types
        return apply(signals[0], self)

    def around(self, values: Tensor) -> Tensor:
        """The sum of the `size` channels around each channel."""
        total, count = values.clone(), values.shape[1]
        for distance in range(1, self.size // 2 + 1):
            total[:, distance:] += values[:, : count - distance]
            total[:, : count - distance] += values[:, distance:]
        return total

    def sides(self, sides: Sides) -> Sides:
        return sides


class _Normalised(torch.autograd.Function):
    """Torch's own `local_response_norm` averages over volumes: four times as long on a CPU, forward and back."""

    @staticmethod
    def forward(ctx: Any, signal: Tensor, norm: ResponseNorm) -> Tensor:
        scale = norm.around(signal.square()).mul_(norm.alpha).add_(norm.k)
        factor = scale.pow(-norm.beta)
        ctx.save_for_backward(signal, scale, factor)
        ctx.norm = norm
        return signal * factor

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        signal, scale, factor = ctx.saved_tensors
        wanted = gradients[0] * factor
        shared = ctx.norm.around(wanted * signal / scale)
        return wanted - 2 * ctx.norm.alpha * ctx.norm.beta * signal * shared, None


@dataclass(frozen=True, slots=True)
class Concatenation:
    """The channels of all sources, one source after the other."""

    def __call__(self, signals: Sequence[Tensor], weights: Weights, leak: float) -> Tensor:  # noqa: ARG002
        return torch.cat(list(signals), 1)

    def sides(self, sides: Sides) -> Sides:
        return sides


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of two sources."""

    def __call__(self, signals: Sequence[Tensor], weights: Weights, leak: float) -> Tensor:  # noqa: ARG002
        return signals[0] + signals[1]

    def sides(self, sides: Sides) -> Sides:
        return sides
