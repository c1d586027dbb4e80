"""A picture that is a spectrum: decoded once to logits, at the size that its pixels need, and sampled by a spline.

If pixels lie farther apart than its samples, the picture is a blend of two smaller sizes: no detail is finer than the
pixels, and no size change causes a jump.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import cache
from threading import Lock
from typing import Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from installation.atlas.interpolate import Component
from installation.atlas.spectrum import Spectrum, level_of, level_sizes, spline
from installation.atlas.spline_sampling import gathered, sampled
from installation.picture.ways.points import Points

Floats = NDArray[np.float64]

MAX_KEPT_BYTES = 2**28
"""The most bytes of decoded logits that stay in memory: of some hundred cells of a plate, or a dozen large pictures."""


def definition(component: Component, x: Floats, y: Floats, pixel: float) -> Floats:
    """See WayOfDrawing.definition."""
    drawing = _drawing(component)
    spectrum = torch.view_as_complex(component.weights.double())
    found = torch.zeros(3, len(x), dtype=torch.float64)
    for level, share in levels_seen(drawing, pixel):
        height, width = level_sizes(drawing)[level]
        short = min(height, width)
        places = (torch.from_numpy(x) * short + width - 1) / 2, (torch.from_numpy(y) * short + height - 1) / 2
        found += share * gathered(spline(spectrum, drawing, (height, width)), *places)
    return found.T.numpy()


def draw(component: Component, points: Points) -> Tensor:
    """See WayOfDrawing.draw."""
    drawing = _drawing(component)
    found = torch.zeros(3, len(points.x), device=points.x.device)
    add = _adder(points.x.device)
    for level, share in levels_seen(drawing, points.pixel):
        add(_DECODED.of(component.weights, drawing, level, points.x.device), points.x, points.y, share, found)
    return found


Adder = Callable[[Tensor, Tensor, Tensor, float, Tensor], None]
"""Adds samples of a spline to a total: see spline_kernel.add_samples."""


@cache
def _adder(device: torch.device) -> Adder:
    """What samples on a device: triton's kernel on a card, where it can be loaded, else what spline_sampling has."""
    if device.type == "cuda":
        try:
            from installation.picture.ways.spline_kernel import add_samples
        except ImportError:
            return _add_samples
        return add_samples
    return _add_samples


def _add_samples(coefficients: Tensor, x: Tensor, y: Tensor, share: float, total: Tensor) -> None:
    total.add_(sampled(coefficients, x, y), alpha=share)


def coefficients_of(weights: Tensor, drawing: Spectrum, level: int) -> Tensor:
    """A spline's coefficients at a level, float32 (3, height, width), on the processor."""
    return spline(torch.view_as_complex(weights.contiguous()), drawing, level_sizes(drawing)[level])


def _drawing(component: Component) -> Spectrum:
    assert isinstance(component.drawing, Spectrum)
    return component.drawing


def levels_seen(drawing: Spectrum, pixel: float) -> list[tuple[int, float]]:
    """The visible levels, and the share of each."""
    level = level_of(drawing, pixel)
    first, part = int(level), level % 1
    return [(first, 1 - part), (first + 1, part)] if part else [(first, 1.0)]


Made = TypeVar("Made")


class MadeOfWeights(Generic[Made]):
    """What was made of the latest weights, up to MAX_KEPT_BYTES; the oldest is released first.

    Nobody writes to weights, so their object's id identifies them; holding them keeps that id from being used again.
    """

    def __init__(self, release: Callable[[Made], None] = lambda _made: None) -> None:
        self._known: OrderedDict[tuple[int, Hashable], tuple[Tensor, Made, int]] = OrderedDict()
        self._release = release
        self._bytes = 0

    def of(self, weights: Tensor, use: Hashable, make: Callable[[], tuple[Made, int]]) -> Made:
        """What `make` makes of these weights for this use, with its bytes."""
        known = self._known.get((id(weights), use))
        if known is None:
            known = self._known[id(weights), use] = weights, *make()
            self._bytes += known[2]
            while self._bytes > MAX_KEPT_BYTES and len(self._known) > 1:
                self._drop_oldest()
        self._known.move_to_end((id(weights), use))
        return known[1]

    def clear(self) -> None:
        """Release everything."""
        while self._known:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        _, (_, made, size) = self._known.popitem(last=False)
        self._bytes -= size
        self._release(made)


class _Decoded:
    """Splines of the latest weights, on all devices, for all threads."""

    def __init__(self) -> None:
        self._kept: MadeOfWeights[Tensor] = MadeOfWeights()
        self._lock = Lock()

    def of(self, weights: Tensor, drawing: Spectrum, level: int, device: torch.device) -> Tensor:
        """The spline's coefficients, float32 (3, height, width), on a device."""

        def make() -> tuple[Tensor, int]:
            made = coefficients_of(weights, drawing, level).to(device)
            if device.type == "cpu":  # a place's colours side by side, in the order of the compiled loop
                made = made.permute(1, 2, 0).contiguous().permute(2, 0, 1)
            return made, made.nbytes

        with self._lock:
            return self._kept.of(weights, (level, device), make)


_DECODED = _Decoded()
