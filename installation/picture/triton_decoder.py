"""The decoder for NVIDIA and AMD cards with triton: all shots of a frame in one launch of the fused kernel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from triton.runtime.errors import TritonError  # type: ignore[import-untyped, import-not-found, unused-ignore]

from installation.atlas.cppn import Architecture, unflatten
from installation.atlas.interpolate import Component, Interpolator
from installation.errors import DeviceError
from installation.picture.cache import Order
from installation.picture.card import CHANNELS, finished
from installation.picture.fused import TILE_PX, Others, first_of, fits, launch, others_of
from installation.picture.pixel_map import PixelMap
from installation.picture.plates import cell_coordinates, cells_coordinates, only_cell, plate_pixels
from installation.picture.projection import first_layer, seen_through
from installation.picture.source import Decoded
from installation.picture.view import Affine, picture_coordinates
from installation.show.frame import Address, Plate, Shot

MOST_MAPS = 8
"""Of so many heads the pixel maps stay on the card, 16 MB each at 1920x1080; the oldest makes room."""


class TritonDecoder:
    """Decodes on `device` with the fused kernel; on `cpu` that is triton's interpreter, which is only for tests."""

    def __init__(self, interpolator: Interpolator, device: str = "cuda") -> None:
        self.name = "triton"
        self._interpolator = interpolator
        self._device = torch.device(device)
        self._banks: dict[Architecture, _Bank] = {}
        self._maps: dict[PixelMap, Tensor] = {}

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> Decoded:
        """See Decoder.decode."""
        return self.decode_all([Order(shot, width, height, pixel_map=pixel_map)])[0]

    def decode_all(self, orders: Sequence[Order]) -> list[Decoded]:
        """The pictures of several shots, of any sizes, in one launch."""
        work = _Work(self._interpolator, self._banks, self._device)
        for order in orders:
            work.add(order, None if order.pixel_map is None else self._on_card(order.pixel_map))
        out = torch.zeros(work.pixels * CHANNELS, dtype=torch.float16, device=self._device)
        if work.tiles:
            work.draw(out)
        areas = torch.split(out, [CHANNELS * order.width * order.height for order in orders])
        found = []
        for order, area in zip(orders, areas, strict=True):
            pixels = finished(area.view(order.height, order.width, CHANNELS))
            found.append(Decoded(pixels if out.is_cuda else pixels.host(), order.shot.view, order.pixel_map))
        return found

    def _on_card(self, pixel_map: PixelMap) -> Tensor:
        """The offsets of a map, flat, which stay on the card from when they were first needed."""
        if pixel_map not in self._maps:
            if len(self._maps) == MOST_MAPS:
                self._maps.pop(next(iter(self._maps)))
            self._maps[pixel_map] = torch.from_numpy(pixel_map.offsets).flatten().to(self._device)
        return self._maps[pixel_map]

    def close(self) -> None:
        """Let go of what lies on the card."""
        self._banks.clear()
        self._maps.clear()


class _Bank:
    """Neurons of plates, of one shape: their layers but the first lie on the card from when they were first seen."""

    def __init__(self, architecture: Architecture, interpolator: Interpolator, device: torch.device) -> None:
        self.architecture = architecture
        self._interpolator = interpolator
        self._device = device
        self._rows: dict[Address, int] = {}
        self._weight = torch.empty(0, architecture.width, 2)
        self._bias = torch.empty(0, architecture.width)
        self.others: Others | None = None

    def rows(self, addresses: Sequence[Address]) -> np.ndarray:
        """Where these neurons lie; new ones are laid behind the others."""
        new = [address for address in dict.fromkeys(addresses) if address not in self._rows]
        if new:
            weights = torch.stack([self._interpolator.neuron(address).weights for address in new])
            weight, bias = unflatten(weights, self.architecture)[0]
            self._weight, self._bias = torch.cat([self._weight, weight]), torch.cat([self._bias, bias])
            others = others_of(weights.to(self._device), self.architecture)
            self.others = others if self.others is None else self.others.followed_by(others)
            self._rows |= {address: len(self._rows) + number for number, address in enumerate(new)}
        return np.array([self._rows[address] for address in addresses])

    def first(self, rows: np.ndarray, linear: np.ndarray, centres: np.ndarray) -> Tensor:
        """First layers seen through these maps; see projection.first_layer."""
        own = torch.from_numpy(rows)
        seen = first_layer(self._weight[own], self._bias[own], torch.from_numpy(linear), torch.from_numpy(centres))
        return first_of(*seen)


class _Work:
    """What one launch draws: nets, tiles of pixels, and for plates the pixels gathered by cell."""

    def __init__(self, interpolator: Interpolator, banks: dict[Architecture, _Bank], device: torch.device) -> None:
        self._interpolator = interpolator
        self._banks = banks
        self._device = device
        self._architecture: Architecture | None = None
        self._components: list[Component] = []
        self._nets = 0
        self._firsts: list[Tensor] = []
        self._rows: list[np.ndarray] = []  # in the bank, or -1 - number of a component
        self._orders: list[np.ndarray] = []
        self._coverages: list[np.ndarray] = []
        self._ordered = 0
        self._offsets: list[Tensor] = []
        self._bent = 0
        self.tiles: list[np.ndarray] = []
        self.pixels = 0

    def add(self, order: Order, offsets: Tensor | None) -> None:
        """Take in one picture, with the offsets of its pixel map if it has one."""
        shot, width, height = order[:3]
        aspect = width / height if order.pixel_map is None else order.pixel_map.aspect
        subject, affine = shot.subject, picture_coordinates(shot.view, aspect)
        if not isinstance(subject, Plate):
            components = self._interpolator.components(subject)
            self._whole(components, [affine] * len(components), width, height, offsets)
        elif (cell := only_cell(subject, shot.view, aspect)) is not None:
            component = self._interpolator.neuron(subject.neurons[cell])
            self._whole((component,), [cell_coordinates(subject, cell, affine)], width, height)
        else:
            self._plate(subject, shot, affine, width, height)
        self.pixels += width * height

    def _whole(
        self,
        components: tuple[Component, ...],
        affines: list[Affine],
        width: int,
        height: int,
        offsets: Tensor | None = None,
    ) -> None:
        for component in components:
            self._check(component.architecture)
        starts = np.arange(0, width * height, TILE_PX)
        counts = np.minimum(TILE_PX, width * height - starts)
        bent = -1 if offsets is None else self._bent
        self._tile(np.full(len(starts), self._nets), len(components), starts, counts, (width, height), 0, bent)
        if offsets is not None:
            self._offsets.append(offsets)
            self._bent += len(offsets)
        architecture = components[0].architecture
        weights = torch.stack([component.weights for component in components])
        first = first_of(*unflatten(seen_through(weights, architecture, affines), architecture)[0])
        self._add(first, -1 - np.arange(len(self._components), len(self._components) + len(components)))
        self._components += components

    def _add(self, first: Tensor, rows: np.ndarray) -> None:
        self._firsts.append(first)
        self._rows.append(rows)
        self._nets += len(rows)

    def _check(self, architecture: Architecture) -> None:
        """One launch draws CPPNs of one shape."""
        self._architecture = self._architecture or architecture
        if architecture != self._architecture or not fits(architecture):
            raise DeviceError(f"the fused kernel draws CPPNs of one shape with up to 32 units, not {architecture}")

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
        self._tile(self._nets + which, 1, starts, left, (width, height), 1)
        if len(cells):
            neurons = [plate.neurons[cell] for cell in cells]
            atlas = self._interpolator.atlas
            for family in {atlas.find(neuron).family for neuron in neurons}:
                self._check(architecture := atlas.architecture(family))
            bank = self._banks.setdefault(architecture, _Bank(architecture, self._interpolator, self._device))
            rows = bank.rows(neurons)
            self._add(bank.first(rows, *cells_coordinates(plate, cells, affine)), rows)
        self._orders.append(order)
        self._coverages.append(pixels.coverage.ravel()[order].astype(np.float32))
        self._ordered += len(order)

    def _tile(
        self,
        nets: np.ndarray,
        count: int,
        starts: np.ndarray,
        pixels: np.ndarray,
        size: tuple[int, int],
        ordered: int,
        bent: int = -1,
    ) -> None:
        columns = np.broadcast_arrays(nets, count, starts, pixels, size[0], size[1], self.pixels, ordered, bent)
        if len(starts):
            self.tiles.append(np.stack(columns, 1).astype(np.int64))

    def draw(self, out: Tensor) -> None:
        """Launch the kernel."""
        assert self._architecture is not None  # There are tiles, so something was added.
        bank = self._banks.get(self._architecture)
        others = bank.others if bank is not None else None
        rows, shares = np.concatenate(self._rows), np.ones(self._nets, np.float32)
        own = rows < 0
        if own.any():
            # Components are added in order, so the n-th negative row is the n-th of them.
            shares[own] = [component.share for component in self._components]
            weights = torch.stack([component.weights for component in self._components]).to(out.device)
            laid = others_of(weights, self._architecture)
            rows[own] = -1 - rows[own] + (0 if others is None else len(others))
            others = laid if others is None else others.followed_by(laid)
        assert others is not None
        order = np.concatenate([*self._orders, np.zeros(1, np.int64)])
        coverage = np.concatenate([*self._coverages, np.ones(1, np.float32)])
        arrays = (np.concatenate(self.tiles), order, coverage, torch.cat(self._firsts).numpy(), rows, shares)
        tiles, gathered, light, first, places, counts = (torch.from_numpy(array).to(out.device) for array in arrays)
        offsets = torch.cat(self._offsets) if self._offsets else torch.zeros(1, device=out.device)
        try:
            launch(tiles, gathered, light, offsets, first, places, counts, others, out)
        except TritonError as error:
            raise DeviceError(f"the fused kernel does not compile for this card: {error}") from error
