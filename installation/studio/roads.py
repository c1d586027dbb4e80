"""Roads: how well a picture holds together on the way from a parent to its child."""

from __future__ import annotations

import torch
from torch import Tensor

from installation.atlas.atlas import Atlas, Neuron
from installation.atlas.format import Road
from installation.atlas.interpolate import Interpolator
from installation.studio.measures import contrast_kept, length

ROAD_PICTURES = 17
"""Pictures along a road, both ends included; 33 gave the same worst contrast to within .005."""


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
