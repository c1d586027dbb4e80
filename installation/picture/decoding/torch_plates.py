"""Gathers a plate's pixels by cell with torch, on the decoder's own device: a card receives only two short tables."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from installation.picture.card_pixels import to_device
from installation.picture.decoding.plates import CELL_BITS, CELL_PARTS, raster_of
from installation.show.frame import Plate, View


@dataclass(frozen=True, slots=True, eq=False)
class GatheredTensors:
    """The pixels of cell c are order[starts[c]] to order[starts[c + 1] - 1], counted row by row; int64, on the device.

    At the end of `order` (pixels,) are the pixels without a cell. `light` (pixels,) float32 is the share of each that
    the gap leaves, in the same order. Cells and light are those of plates.plate_pixels.
    """

    order: Tensor
    starts: Tensor
    light: Tensor


def gathered(plate: Plate, view: View, width: int, height: int, device: torch.device) -> GatheredTensors:
    """Find the pixels of every cell. Nothing waits for the device."""
    raster = raster_of(plate, view, width, height)
    across, down = (to_device(torch.from_numpy(table), device) for table in (raster.across, raster.down))
    places = (across[:, None, :] + down[:, :, None]).flatten(1)  # (2, pixels)
    column, row = places >> CELL_BITS
    cells, neurons = row * plate.columns + column, len(plate.neurons)
    outside = (column < 0) | (column >= plate.columns) | (row < 0) | (cells >= neurons)
    # Narrower numbers are sorted quicker.
    cells = cells.masked_fill_(outside, neurons).to(torch.int16 if neurons < 1 << 15 else torch.int32)
    found, order = torch.sort(cells, stable=True)
    edges = torch.arange(neurons + 1, dtype=cells.dtype, device=device)
    light = torch.ones(width * height, device=device)
    if plate.gap:
        for place, cell_px in zip(places, raster.cell_px, strict=True):
            part = place & (CELL_PARTS - 1)
            border = torch.minimum(part, CELL_PARTS - part).double() * (cell_px / CELL_PARTS)
            dark = (border + 0.5).clamp(max=raster.gap_px / 2) - (border - 0.5).clamp(min=-raster.gap_px / 2)
            light *= 1 - dark.clamp(0, 1)
        light = light[order]
    return GatheredTensors(order, torch.searchsorted(found, edges), light)
