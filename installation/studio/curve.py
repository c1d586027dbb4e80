"""The course of a training: whether a neuron's strength and its picture's detail still grow."""

from __future__ import annotations

import torch
from torch import Tensor

SHARE_OF_STEPS = 0.1
MIN_WINDOW = 10
"""Steps; even, so that wide and tall frames are in both windows equally often."""


class Curve:
    """Strength and detail of the last steps, in two windows that follow each other."""

    def __init__(self, steps: int, growth: float) -> None:
        self._window = 2 * max(MIN_WINDOW // 2, round(SHARE_OF_STEPS * steps / 2))
        self._growth = growth
        self._points: list[tuple[float, float]] = []

    def add(self, strength: float, picture: Tensor) -> None:
        """Note a step: how much the neuron liked the picture (1, 3, H, W)."""
        self._points.append((strength, detail(picture)))

    @property
    def is_level(self) -> bool:
        """Whether neither grew by its share from one window to the next."""
        if len(self._points) < 2 * self._window:
            return False
        before, now = torch.tensor(self._points[-2 * self._window :]).view(2, self._window, 2).mean(1)  # (2,) each
        return bool((now - before <= self._growth * before.abs()).all())

    def begin_again(self) -> None:
        """Forget what was; sizes that follow cannot be compared with it."""
        self._points.clear()


def detail(picture: Tensor) -> float:
    """Mean difference of neighbouring pixels' brightness in a picture (1, 3, H, W), both directions together."""
    grey = picture.detach()[0].mean(0)
    return (grey.diff(dim=0).abs().mean() + grey.diff(dim=1).abs().mean()).item()
