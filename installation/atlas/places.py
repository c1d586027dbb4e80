"""Finds a place in a picture for another picture: the roundest thing that stands out, an eye, a window, a flower's
centre."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional

from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.errors import ScoreError
from installation.show.frame import Address
from installation.show.score import Descend, DescentStop

SIDE = 64
RADII = (0.09, 0.12, 0.16)
"""The possible radii of a place, in half short sides."""

REACH = 0.62
"""The largest distance of a place from the middle, so that the camera does not leave the picture on its way."""

MIN_DIFFERENCE = 0.06
"""The least difference between the mean colours inside a place and around it."""


def with_places(descend: Descend, atlas: Atlas) -> Descend:
    """A descent with the place of every next world; raises ScoreError if a place is neither given nor found."""
    interpolator, stops = Interpolator(atlas, grid_side=SIDE), []
    for number, stop in enumerate(descend.stops):
        place = stop.place
        if place is None and (descend.endless or number < len(descend.stops) - 1):
            place = place_of(interpolator, stop.neuron)
            if place is None:
                name = atlas.find(stop.neuron).name
                raise ScoreError(
                    f"descend: nothing in the picture of {name!r} stands out, so there is no place for the next one; "
                    f"say it, as in {{{name}: [0.1, -0.2, 0.12]}} (x, y, radius)"
                )
        stops.append(DescentStop(stop.neuron, place))
    return replace(descend, stops=tuple(stops))


def place_of(interpolator: Interpolator, neuron: Address) -> tuple[float, float, float] | None:
    """(x, y, radius) of the place that stands out most, in picture coordinates; None if nothing does.

    Takes some milliseconds.
    """
    sketch = interpolator.sketches((neuron,), torch.ones(1, 1))
    side = round(sketch.shape[-1] ** 0.5)
    picture = sketch.view(1, 3, side, side)
    steps = torch.linspace(-1, 1, side)
    near = torch.hypot(steps[:, None], steps) < REACH
    best: tuple[float, float, float, float] | None = None
    for radius in RADII:
        inside, around = _discs(radius, side)
        difference = (_mean(picture, inside) - _mean(picture, around)).square().sum(0).sqrt()  # (side, side)
        stands_out = torch.where(near, difference * (1 + radius), 0.0)
        row, column = divmod(int(stands_out.argmax()), side)
        if best is None or float(stands_out[row, column]) > best[0]:
            best = float(stands_out[row, column]), float(steps[column]), float(steps[row]), radius
    assert best is not None, "there are radii"
    return best[1:] if best[0] >= MIN_DIFFERENCE else None


def _discs(radius: float, side: int) -> tuple[Tensor, Tensor]:
    """Kernels of a disc and of the ring around it, each with a sum of one."""
    reach = round(2 * radius * side / 2) + 1
    steps = torch.arange(-reach, reach + 1) * (2 / (side - 1))
    distance = torch.hypot(steps[:, None], steps)
    inside, around = (distance <= radius).float(), ((distance > radius) & (distance <= 2 * radius)).float()
    return inside / inside.sum(), around / around.sum()


def _mean(picture: Tensor, kernel: Tensor) -> Tensor:
    """The mean of a picture (1, 3, side, side) under a kernel, at every point: (3, side, side)."""
    size = kernel.shape[-1] // 2
    padded = functional.pad(picture, (size, size, size, size), mode="replicate")
    return functional.conv2d(padded, kernel.expand(3, 1, *kernel.shape), groups=3)[0]
