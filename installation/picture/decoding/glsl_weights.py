"""CPPNs and plates, laid out for shaders/cppn.glsl: rows of four numbers, and uniforms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from installation.atlas.architecture import Architecture, Curve
from installation.atlas.cppn import unflatten
from installation.atlas.interpolate import Component
from installation.picture.decoding.plates import CELL_BITS, CELL_PARTS, Raster
from installation.picture.decoding.projection import maps_of, seen_layers
from installation.picture.programs import Value
from installation.picture.view import Affine
from installation.show.frame import Plate

Floats = NDArray[np.float32]
Integers = NDArray[np.uint32]
CURVES: tuple[Curve, ...] = ("atan", "relu", "abs", "sine")
"""The curves in the order of the shader's numbers."""


def padded_width(architecture: Architecture) -> int:
    """The units of a hidden layer, padded with silent ones to a multiple of four."""
    return -(-architecture.width // 4) * 4


def constants_of(architecture: Architecture) -> dict[str, int]:
    """The constants with which the shader is compiled."""
    return {
        "WIDTH": padded_width(architecture),
        "DEPTH": architecture.depth,
        "CURVE": CURVES.index(architecture.curve),
        "WAVES": len(architecture.waves),
        "OUTPUTS": architecture.outputs,
    }


def first_weights(components: Sequence[Component], architecture: Architecture, affines: Sequence[Affine]) -> Floats:
    """First layers seen through their views, and shares: (nets * (units + 1), 4)."""
    weights = torch.stack([component.weights for component in components])
    weight, bias = seen_layers(weights, architecture, *maps_of(affines))[0]  # (nets, units, 2), (nets, units)
    units = weight.shape[1]
    rows = torch.zeros(len(components), (len(architecture.waves) or padded_width(architecture)) + 1, 4)
    rows[:, :units, :2] = weight
    rows[:, :units, 2] = bias
    rows[:, -1, 0] = torch.tensor([component.share for component in components])
    return rows.view(-1, 4).numpy()


def rest_weights(components: Sequence[Component], architecture: Architecture) -> Floats:
    """All other layers: (nets * REST_SIZE, 4)."""
    padded = padded_width(architecture)
    layers = unflatten(torch.stack([component.weights for component in components]), architecture)
    parts: list[Tensor] = []
    if architecture.waves:
        weight, bias = layers[0]
        silent = padded - architecture.width
        parts += [functional.pad(weight, (0, 0, 0, silent)), functional.pad(bias, (0, silent))]
    powers = len(architecture.features)
    for weight, bias in layers[1:-1]:
        parts += [_rows(weight, padded, padded, powers), functional.pad(bias, (0, padded - architecture.width))]
    weight, bias = layers[-1]
    parts += [_rows(weight, architecture.outputs, padded, powers), functional.pad(bias, (0, 4 - architecture.outputs))]
    return torch.cat([part.reshape(len(components), -1) for part in parts], 1).view(-1, 4).numpy()


def _rows(weight: Tensor, rows: int, padded: int, powers: int) -> Tensor:
    """A matrix (nets, out, powers * width), with its rows and each power's columns padded with zeros."""
    nets, out, columns = weight.shape
    width = columns // powers
    found = weight.new_zeros(nets, rows, powers, padded)
    found[:, :out, :, :width] = weight.view(nets, out, powers, width)
    return found


def plate_uniforms(plate: Plate, raster: Raster) -> dict[str, Value]:
    """A plate's grid, and the size of its cells and gaps."""
    return {"columns": plate.columns, "cell_px": raster.cell_px, "gap_px": raster.gap_px}


def plate_places(raster: Raster, nets: NDArray[np.int64]) -> Integers:
    """The terms that a picture's columns, then its rows, add to a pixel's place on the plate: across in cells and parts
    of a cell, then down likewise. Then every cell's net, -1 for none: (width + height + cells, 4)."""
    places = np.concatenate([raster.across, raster.down], 1).T  # (width + height, 2)
    pixels = np.stack([places >> CELL_BITS, places & (CELL_PARTS - 1)], 2).reshape(-1, 4)
    return np.concatenate([pixels, np.pad(nets[:, None], ((0, 0), (0, 3)))]).astype(np.uint32)
