"""Roads: measures how well pictures keep their contrast between a parent and its child, and trains for it."""

from __future__ import annotations

import torch
from torch import Tensor

from installation.atlas.architecture import WAVE_GAIN, Architecture
from installation.atlas.atlas import Atlas, Neuron
from installation.atlas.cppn import CURVES, fold, grid, inputs, unflatten
from installation.atlas.cppn_blending import GOLDEN_RATIO, MAX_GAIN, MIN_DEVIATION
from installation.atlas.format import Road
from installation.atlas.interpolate import Interpolator
from installation.studio.cppn_parameterization import architecture_of
from installation.studio.measures import contrast_kept, length
from installation.studio.recipes.recipe import Settings

ROAD_PICTURES = 17
"""Pictures along a road, both ends included; 33 gave the same worst contrast to within .005."""

STATIONS = (0.25, 0.5, 0.75)
STATION_PX = 48
"""Positions and size of the road pictures in training; they cost three quarters of its own picture of 224 pixels."""


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
    """Loss of contrast on the player's road between two latents (size,): 0 if it keeps its contrast, towards 3 if it
    turns grey. Differentiable in `child`.

    The loss includes the player's repair: four roads trained without it kept .97 of their contrast unrepaired, and .87
    repaired.
    """
    shape = architecture_of(settings)
    ends = fold(torch.stack([parent, child]), shape)  # (2, size)
    shares = torch.tensor(STATIONS)
    weights = torch.stack([1 - shares, shares], 1)  # (stations, 2)
    statistics, shown = _pass(ends, shape)
    _, between = _pass(weights @ ends, shape, torch.tensordot(weights, statistics, 1))
    lost = 1 - _contrast(between) / (weights @ _contrast(shown)).clamp(min=1e-6)
    return lost.clamp(min=0).square().sum()


def _pass(weights: Tensor, shape: Architecture, wanted: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Means and deviations (count, depth, 2, width, 1) of hidden units, and logits (count, outputs, points), of CPPNs
    with folded `weights` (count, size). `wanted` statistics repair the units, as cppn_blending.py does in place."""
    points = STATION_PX * STATION_PX
    seen = inputs(grid(STATION_PX, STATION_PX), shape, torch.arange(points) / GOLDEN_RATIO % 1)
    signal = (seen / WAVE_GAIN if shape.waves else seen).t().expand(len(weights), -1, -1)  # (count, inputs, points)
    *hidden, (last_weight, last_bias) = unflatten(weights, shape)
    found = []
    for number, (weight, bias) in enumerate(hidden):
        total = torch.baddbmm(bias[..., None], weight, signal)  # (count, width, points)
        mean = total.mean(-1, keepdim=True)
        deviation = (total - mean).square().mean(-1, keepdim=True).sqrt()
        found.append(torch.stack([mean, deviation], 1))  # (count, 2, width, 1)
        if wanted is not None:
            gain = (wanted[:, number, 1] / deviation.clamp(min=MIN_DEVIATION)).clamp(max=MAX_GAIN)
            total = (total - mean) * gain + wanted[:, number, 0]
        values = CURVES[shape.curve](total)
        signal = torch.cat([values, values.square()], 1) if len(shape.features) == 2 else values
    return torch.stack(found, 1), torch.baddbmm(last_bias[..., None], last_weight, signal)


def _contrast(logits: Tensor) -> Tensor:
    """Deviation (count,) of small pictures over all pixels and colours, each colour's mean removed."""
    pictures = torch.sigmoid(logits[:, :3])  # (count, 3, points)
    return (pictures - pictures.mean(2, keepdim=True)).square().mean((1, 2)).sqrt()
