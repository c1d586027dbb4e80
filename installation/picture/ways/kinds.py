"""How every way of drawing computes pixels: its definition, and the fallback for decoders that have no kernel for it.

A kind that is not a CPPN gives logits at places; every decoder starts a picture with them and adds its CPPNs.
`definition` is required: double precision, no tricks. If a kind has nothing else, every decoder draws it by its
definition, on the processor, and passes on the result as a texture; `choice.py` measures and reports the cost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from installation.atlas.architecture import Architecture
from installation.atlas.interpolate import OPAQUE_LOGIT, Component
from installation.atlas.spectrum import Spectrum
from installation.picture.ways import cppn_definition, spectrum_drawing
from installation.picture.ways.points import Points

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WayOfDrawing:
    """`definition` gives the logits (n, outputs) of a component at places x and y, both (n,); pixels lie `pixel` apart.
    `draw` does the same in torch on the places' own device, (outputs, n) float32, to within 1/255 of the colour.
    """

    definition: Callable[[Component, Floats, Floats, float], Floats]
    draw: Callable[[Component, Points], Tensor] | None = None


WAYS: dict[type[Any], WayOfDrawing] = {
    Architecture: WayOfDrawing(cppn_definition.logits),
    Spectrum: WayOfDrawing(spectrum_drawing.definition, spectrum_drawing.draw),
}
"""Every way of drawing, by the class of its parameters."""


def way_of(component: Component) -> WayOfDrawing:
    """How to draw a component."""
    return WAYS[type(component.drawing)]


def is_drawn_by_definition(component: Component) -> bool:
    """Whether no decoder has a quicker kernel for it."""
    return not isinstance(component.drawing, Architecture) and way_of(component).draw is None


def summed_logits(components: Sequence[Component], points: Points, outputs: int) -> Tensor:
    """The sum of the logits (outputs, n) float32 of components that are not CPPNs, each times its share, on the points'
    device."""
    total = torch.zeros(outputs, len(points.x), device=points.x.device)
    for component in components:
        found = _drawn(component, points)
        total[: len(found)].add_(found, alpha=component.share)
        if len(found) < outputs:
            total[3].add_(component.share * OPAQUE_LOGIT)
    return total


def _drawn(component: Component, points: Points) -> Tensor:
    way = way_of(component)
    if way.draw is not None:
        return way.draw(component, points)
    x, y = points.x.cpu().numpy(), points.y.cpu().numpy()
    found = way.definition(component, x, y, points.pixel)
    return torch.from_numpy(np.ascontiguousarray(found.T, np.float32)).to(points.x.device)
