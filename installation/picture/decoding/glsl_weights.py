"""CPPNs and plates as shaders/cppn.glsl reads them: rows of four numbers, and uniforms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from installation.atlas.cppn import Architecture, unflatten
from installation.atlas.interpolate import Component
from installation.errors import DeviceError
from installation.picture.decoding.plates import CELL_BITS, CELL_PARTS, Raster
from installation.picture.decoding.projection import first_layer, maps_of
from installation.picture.view import Affine
from installation.show.frame import Plate

Floats = NDArray[np.float32]
Integers = NDArray[np.uint32]
Value = int | float | tuple[int, ...] | tuple[float, ...]


def shape_of(components: Sequence[Component]) -> Architecture:
    """The shape that all of them have; raises DeviceError where they differ."""
    shapes = {component.architecture for component in components}
    if len(shapes) > 1:
        raise DeviceError(f"the GLSL decoder draws CPPNs of one shape at a time, not {len(shapes)}")
    return shapes.pop()


def padded_width(architecture: Architecture) -> int:
    """Units of a hidden layer, with silent ones up to a multiple of four."""
    return -(-architecture.width // 4) * 4


def first_weights(components: Sequence[Component], affines: Sequence[Affine]) -> Floats:
    """First layers seen through their views, and shares: (nets * (width + 1), 4)."""
    architecture = components[0].architecture
    weights = torch.stack([component.weights for component in components])
    weight, bias = first_layer(*unflatten(weights, architecture)[0], *maps_of(affines))
    rows = torch.zeros(len(components), padded_width(architecture) + 1, 4)
    rows[:, : architecture.width, :2] = weight
    rows[:, : architecture.width, 2] = bias
    rows[:, -1, 0] = torch.tensor([component.share for component in components])
    return rows.view(-1, 4).numpy()


def rest_weights(components: Sequence[Component]) -> Floats:
    """All other layers: (nets * REST_SIZE, 4)."""
    architecture = components[0].architecture
    width, padded = architecture.width, padded_width(architecture)
    _, *hidden, (last_weight, last_bias) = unflatten(
        torch.stack([component.weights for component in components]), architecture
    )
    parts: list[Tensor] = []
    for weight, bias in hidden:
        parts += [_rows(weight, padded, padded), torch.nn.functional.pad(bias, (0, padded - width))]
    parts += [_rows(last_weight, 3, padded), torch.nn.functional.pad(last_bias, (0, 1))]
    return torch.cat([part.reshape(len(components), -1) for part in parts], 1).view(-1, 4).numpy()


def _rows(weight: Tensor, rows: int, padded: int) -> Tensor:
    """A matrix (nets, out, 2 width) with both halves of its columns, and its rows, padded with nothing."""
    nets, out, both = weight.shape
    width = both // 2
    found = weight.new_zeros(nets, rows, 2, padded)
    found[:, :out, :, :width] = weight.view(nets, out, 2, width)
    return found


def plate_uniforms(plate: Plate, raster: Raster) -> dict[str, Value]:
    """The grid of a plate, and how large its cells and gaps are."""
    return {"columns": plate.columns, "cell_px": raster.cell_px, "gap_px": raster.gap_px}


def plate_places(raster: Raster) -> Integers:
    """What the columns, then the rows of a picture add to its pixels' places: (width + height, 4), to the right the
    cells and the parts of a cell, then down."""
    places = np.concatenate([raster.across, raster.down], 1).T  # (width + height, 2)
    return np.stack([places >> CELL_BITS, places & (CELL_PARTS - 1)], 2).reshape(-1, 4).astype(np.uint32)
