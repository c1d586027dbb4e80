"""A picture that is a spectrum: decoded once to logits, at the size that its pixels need, and sampled by a spline.

If pixels lie farther apart than its samples, the picture is a blend of two smaller sizes: no detail is finer than the
pixels, and no size change causes a jump.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from installation.atlas.interpolate import Component
from installation.atlas.spectrum import Spectrum, level_of, level_sizes, spline
from installation.atlas.spline_sampling import gathered, sampled
from installation.picture.ways.points import Points

Floats = NDArray[np.float64]

MAX_DECODED = 64
"""How many decoded logits are kept: enough for a plate of as many neurons, or for a few walks at two sizes each."""


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
    for level, share in levels_seen(drawing, points.pixel):
        coefficients = _DECODED.of(component.weights, drawing, level, points.x.device)
        found.add_(sampled(coefficients, points.x, points.y), alpha=share)
    return found


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


class _Decoded:
    """Splines of the latest weights. Nobody writes to weights, so their object's id identifies them."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, int, torch.device], tuple[Tensor, Tensor]] = OrderedDict()
        self._lock = Lock()

    def of(self, weights: Tensor, drawing: Spectrum, level: int, device: torch.device) -> Tensor:
        """The spline's coefficients, float32 (3, height, width), on a device."""
        with self._lock:
            known = self._known.get((id(weights), level, device))
            if known is None:
                made = coefficients_of(weights, drawing, level).to(device)
                if device.type == "cpu":  # a place's colours side by side, in the order of the compiled loop
                    made = made.permute(1, 2, 0).contiguous().permute(2, 0, 1)
                # Holding the weights keeps their id from being used again.
                known = self._known[id(weights), level, device] = weights, made
                if len(self._known) > MAX_DECODED:
                    self._known.popitem(last=False)
            self._known.move_to_end((id(weights), level, device))
            return known[1]


_DECODED = _Decoded()
