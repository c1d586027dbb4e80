"""The progress of a training: whether a neuron's strength and its picture's detail still grow."""

from __future__ import annotations

import torch
from torch import Tensor

SHARE_OF_STEPS = 0.1
MIN_WINDOW = 10
"""Steps; an even number, so that wide and tall frames are equally frequent in both windows."""


class Curve:
    """Strength and detail of the last steps, in two consecutive windows."""

    def __init__(self, steps: int, growth: float) -> None:
        self._window = 2 * max(MIN_WINDOW // 2, round(SHARE_OF_STEPS * steps / 2))
        self._growth = growth
        self._points: list[tuple[float, float]] = []

    def add(self, strength: float, picture: Tensor) -> None:
        """Record a step: the neuron's strength, and the detail of the picture (1, 3, H, W)."""
        self._points.append((strength, detail(picture)))

    @property
    def is_level(self) -> bool:
        """Whether neither value grew by more than the share `growth` from one window to the next."""
        if len(self._points) < 2 * self._window:
            return False
        before, now = torch.tensor(self._points[-2 * self._window :]).view(2, self._window, 2).mean(1)  # (2,) each
        return bool((now - before <= self._growth * before.abs()).all())

    def begin_again(self) -> None:
        """Forget all steps; they cannot be compared with pictures of another size."""
        self._points.clear()


def detail(picture: Tensor) -> float:
    """Mean difference of neighbouring pixels' brightness in a picture (1, 3, H, W), summed over both directions."""
    grey = picture.detach()[0].mean(0)
    return (grey.diff(dim=0).abs().mean() + grey.diff(dim=1).abs().mean()).item()
