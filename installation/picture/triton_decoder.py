"""The decoder for NVIDIA and AMD cards with triton: all shots of a frame in one launch of the fused kernel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from triton.runtime.errors import TritonError  # type: ignore[import-untyped, import-not-found, unused-ignore]

from installation.atlas.cppn import Architecture
from installation.atlas.interpolate import Component, Interpolator
from installation.errors import DeviceError
from installation.picture.cache import Order
from installation.picture.card import CHANNELS, finished
from installation.picture.fused import TILE_PX, fits, launch, packed
from installation.picture.plates import cell_coordinates, only_cell, plate_pixels
from installation.picture.projection import seen_through
from installation.picture.source import Decoded
from installation.picture.view import Affine, picture_coordinates
from installation.show.frame import Plate, Shot


class TritonDecoder:
    """Decodes on `device` with the fused kernel; on `cpu` that is triton's interpreter, which is only for tests."""

    def __init__(self, interpolator: Interpolator, device: str = "cuda") -> None:
        self.name = "triton"
        self._interpolator = interpolator
        self._device = torch.device(device)

    def decode(self, shot: Shot, width: int, height: int) -> Decoded:
        """See Decoder.decode."""
        return self.decode_all([Order(shot, width, height)])[0]

    def decode_all(self, orders: Sequence[Order]) -> list[Decoded]:
        """The pictures of several shots, of any sizes, in one launch."""
        work = _Work(self._interpolator)
        for order in orders:
            work.add(order)
        out = torch.zeros(work.pixels * CHANNELS, dtype=torch.float16, device=self._device)
        if work.tiles:
            work.draw(out)
        areas = torch.split(out, [CHANNELS * order.width * order.height for order in orders])
        found = []
        for order, area in zip(orders, areas, strict=True):
            pixels = finished(area.view(order.height, order.width, CHANNELS))
            found.append(Decoded(pixels if out.is_cuda else pixels.host(), order.shot.view))
        return found

    def close(self) -> None:
        """Nothing is held between pictures."""


class _Work:
    """What one launch draws: nets, tiles of pixels, and for plates the pixels gathered by cell."""

    def __init__(self, interpolator: Interpolator) -> None:
        self._interpolator = interpolator
        self._components: list[Component] = []
        self._affines: list[Affine] = []
        self._orders: list[np.ndarray] = []
        self._coverages: list[np.ndarray] = []
        self._ordered = 0
        self.tiles: list[np.ndarray] = []
        self.pixels = 0

    def add(self, order: Order) -> None:
        """Take in one picture."""
        shot, width, height, _ = order
        subject, affine = shot.subject, picture_coordinates(shot.view, width / height)
        if not isinstance(subject, Plate):
            components = self._interpolator.components(subject)
            self._whole(components, [affine] * len(components), width, height)
        elif (cell := only_cell(subject, shot.view, width / height)) is not None:
            component = self._interpolator.neuron(subject.neurons[cell])
            self._whole((component,), [cell_coordinates(subject, cell, affine)], width, height)
        else:
            self._plate(subject, shot, affine, width, height)
        self.pixels += width * height

    def _whole(self, components: tuple[Component, ...], affines: list[Affine], width: int, height: int) -> None:
        starts = np.arange(0, width * height, TILE_PX)
        counts = np.minimum(TILE_PX, width * height - starts)
        self._tile(np.full(len(starts), len(self._components)), len(components), starts, counts, (width, height), 0)
        self._components += components
        self._affines += affines

    def _plate(self, plate: Plate, shot: Shot, affine: Affine, width: int, height: int) -> None:
        pixels = plate_pixels(plate, shot.view, width, height)
        flat = pixels.cells.ravel()
        order = np.argsort(flat, kind="stable")
        order = order[np.searchsorted(flat[order], 0) :]
        cells, firsts, counts = np.unique(flat[order], return_index=True, return_counts=True)
        tiles = -(-counts // TILE_PX)
        which = np.repeat(np.arange(len(cells)), tiles)  # the cell of every tile
        within = TILE_PX * (np.arange(len(which)) - np.repeat(np.cumsum(tiles) - tiles, tiles))
        left = np.minimum(TILE_PX, counts[which] - within)
        starts = self._ordered + firsts[which] + within
        self._tile(len(self._components) + which, 1, starts, left, (width, height), 1)
        self._components += [self._interpolator.neuron(plate.neurons[cell]) for cell in cells]
        self._affines += [cell_coordinates(plate, int(cell), affine) for cell in cells]
        self._orders.append(order)
        self._coverages.append(pixels.coverage.ravel()[order].astype(np.float32))
        self._ordered += len(order)

    def _tile(
        self, nets: np.ndarray, count: int, starts: np.ndarray, pixels: np.ndarray, size: tuple[int, int], ordered: int
    ) -> None:
        columns = np.broadcast_arrays(nets, count, starts, pixels, size[0], size[1], self.pixels, ordered)
        if len(starts):
            self.tiles.append(np.stack(columns, 1).astype(np.int64))

    def draw(self, out: Tensor) -> None:
        """Launch the kernel."""
        architecture = self._architecture()
        shares = torch.tensor([component.share for component in self._components])
        weights = torch.stack([component.weights for component in self._components])
        nets = packed(seen_through(weights, architecture, self._affines).to(out.device), architecture, shares)
        order = np.concatenate([*self._orders, np.zeros(1, np.int64)])
        coverage = np.concatenate([*self._coverages, np.ones(1, np.float32)])
        table = np.concatenate(self.tiles)
        tiles, gathered, light = (torch.from_numpy(array).to(out.device) for array in (table, order, coverage))
        try:
            launch(tiles, gathered, light, nets, out)
        except TritonError as error:
            raise DeviceError(f"the fused kernel does not compile for this card: {error}") from error

    def _architecture(self) -> Architecture:
        shapes = {component.architecture for component in self._components}
        architecture = shapes.pop()
        if shapes or not fits(architecture):
            raise DeviceError(f"the fused kernel draws CPPNs of one shape with up to 32 units, not {architecture}")
        return architecture
