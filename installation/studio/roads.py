"""Roads: how well a picture holds together on the way from a parent to its child, measured and asked for."""

from __future__ import annotations

import torch
from torch import Tensor

from installation.atlas.atlas import Atlas, Neuron
from installation.atlas.format import Road
from installation.atlas.interpolate import Interpolator
from installation.studio.measures import contrast_kept, length
from installation.studio.parameterizations import PARAMETERIZATIONS
from installation.studio.recipe import Settings

ROAD_PICTURES = 17
"""Pictures along a road, both ends included; 33 gave the same worst contrast to within .005."""

STATIONS = (0.25, 0.5, 0.75)
STATION_PX = 48
"""Where a training looks at its road, and how finely: half of what its own picture of 224 pixels costs."""


def frames(interpolator: Interpolator, start: Neuron, end: Neuron) -> Tensor:
    """Pictures (ROAD_PICTURES, 3, pixels) on the player's grid, on the direct line from `start` to `end`."""
    share = torch.linspace(0, 1, ROAD_PICTURES)
    return interpolator.sketches((start.address, end.address), torch.stack([1 - share, share], 1))


def measure_roads(atlas: Atlas, repair: bool = True) -> tuple[Road, ...]:
    """Every edge of every family's tree, measured as the player travels it."""
    interpolator = Interpolator(atlas, repair)
    roads = []
    with torch.no_grad():
        for neuron in atlas.neurons:
            if neuron.parent is not None:
                seen = frames(interpolator, atlas.find(neuron.parent), neuron)
                roads.append(Road(neuron.parent, neuron.address, round(contrast_kept(seen), 4), round(length(seen), 4)))
    return tuple(roads)


def contrast_lost(parent: Tensor, child: Tensor, settings: Settings) -> Tensor:
    """0 where the road between two latents (size,) keeps its contrast, towards 3 where it turns grey.

    Differentiable in `child`. The player's repair, which only adds contrast, is left out.
    """
    start, end = _contrast(parent, settings), _contrast(child, settings)
    lost = [
        1 - _contrast(torch.lerp(parent, child, share), settings) / torch.lerp(start, end, share).clamp(min=1e-6)
        for share in STATIONS
    ]
    return torch.stack(lost).clamp(min=0).square().sum()


def _contrast(latent: Tensor, settings: Settings) -> Tensor:
    """Deviation of a small picture over all pixels and colours, each colour's mean removed."""
    picture = torch.sigmoid(PARAMETERIZATIONS[settings.kind].whole(latent, settings, STATION_PX, 0.0)[:3])  # (3, N)
    return (picture - picture.mean(1, keepdim=True)).square().mean().sqrt()
