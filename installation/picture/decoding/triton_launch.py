"""One launch of the fused kernel: nets, tiles and pixels, assembled on the card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from subprocess import SubprocessError
from typing import NamedTuple

import torch
from torch import Tensor
from triton.runtime.errors import TritonError  # type: ignore[import-untyped, import-not-found, unused-ignore]  # it has no types, and is not everywhere

from installation.atlas.architecture import Architecture
from installation.atlas.interpolate import Component, Interpolator
from installation.errors import DeviceError
from installation.picture.card_pixels import to_device
from installation.picture.decoding.fused import TILE_COLUMNS, TILE_PX, first_layers_of, later_layers_of, launch
from installation.picture.decoding.plates import cells_coordinates
from installation.picture.decoding.projection import maps_of, offsets, seen_layers
from installation.picture.decoding.torch_plates import GatheredTensors
from installation.picture.order import Order
from installation.picture.view import Affine, picture_coordinates
from installation.show.frame import Address, Plate


@dataclass(frozen=True, slots=True, eq=False)
class OrderedPixels:
    """Pixel numbers (count,) in their own order, and for each pixel (across, down, light) (count, 3)."""

    order: Tensor
    points: Tensor


class CardWeightBank:
    """The weights of plates' neurons of one shape, which stay on the card from their first use."""

    def __init__(self, architecture: Architecture, interpolator: Interpolator, device: torch.device) -> None:
        self.architecture = architecture
        self._interpolator = interpolator
        self._device = device
        self._rows: dict[Address, int] = {}
        self._weights = torch.empty(0, architecture.size, device=device)
        self.others = later_layers_of(torch.empty(0, architecture.size, device=device), architecture)

    def rows(self, addresses: Sequence[Address]) -> Tensor:
        """The rows of these neurons in the bank; new neurons are appended."""
        new = [address for address in dict.fromkeys(addresses) if address not in self._rows]
        if new:
            weights = to_device(
                torch.stack([self._interpolator.neuron(address).weights for address in new]), self._device
            )
            self._weights = torch.cat([self._weights, weights])
            self.others = self.others.followed_by(later_layers_of(weights, self.architecture))
            self._rows |= {address: len(self._rows) + number for number, address in enumerate(new)}
        return to_device(torch.tensor([self._rows[address] for address in addresses]), self._device)

    def first(self, rows: Tensor, cells: Tensor, plate: Plate, affine: Affine) -> Tensor:
        """The first layers of some of a plate's cells; `affine` maps a place to the plate."""
        maps = cells_coordinates(plate, affine)
        linear, centres = (to_device(torch.from_numpy(array), self._device) for array in maps)
        layers = seen_layers(self._weights[rows], self.architecture, linear, centres[cells])
        return first_layers_of(*layers[0], self.architecture)


class CardCells(NamedTuple):
    """The cells (cells,) of a plate with CPPNs of one shape, and their rows in the shape's bank."""

    cells: Tensor
    rows: Tensor


class PicturePart(NamedTuple):
    """A launch's part in a picture with the first pixel `origin`: it adds to earlier logits if `begun`, and writes
    colours if it `ends`."""

    order: Order
    origin: int
    begun: bool
    ends: bool
    alpha: bool


class KernelLaunch:
    """The input of one launch: nets of one shape, tiles, and the pixels that are not in row order."""

    def __init__(self, bank: CardWeightBank, components: Sequence[Component], device: torch.device) -> None:
        self._bank = bank
        self._device = device
        self._others = bank.others
        if components:
            weights = to_device(torch.stack([component.weights for component in components]), device)
            self._others = bank.others.followed_by(later_layers_of(weights, bank.architecture))
        self._own = len(bank.others)  # the row of the next component
        self._firsts: list[Tensor] = []
        self._rows: list[Tensor] = []
        self._shares: list[Tensor] = []
        self._tiles: list[Tensor] = []
        self._orders: list[Tensor] = []
        self._points: list[Tensor] = []
        self._nets = self._ordered = 0

    def add_single_picture(
        self, part: PicturePart, components: Sequence[Component], affine: Affine, pixels: OrderedPixels | None
    ) -> None:
        """Add CPPNs that cover a whole picture, or only some of its pixels."""
        nets, architecture = len(components), self._bank.architecture
        count = part.order.width * part.order.height if pixels is None else len(pixels.order)
        starts = torch.arange(0, count, TILE_PX, device=self._device)
        left = (count - starts).clamp(max=TILE_PX)
        origin = 0 if pixels is None else self._ordered
        self._add_tiles(part, torch.full_like(starts, self._nets), nets, origin + starts, left, pixels)
        weights = torch.stack([component.weights for component in components])
        first = first_layers_of(*seen_layers(weights, architecture, *maps_of([affine] * nets))[0], architecture)
        shares = torch.tensor([component.share for component in components])
        rows = torch.arange(self._own, self._own + nets, device=self._device)
        self._own += nets
        self._add_nets(to_device(first, self._device), rows, to_device(shares, self._device))

    def add_plate(self, part: PicturePart, plate: Plate, found: GatheredTensors, own: CardCells) -> None:
        """Add some cells of a plate, with gathered pixels."""
        shot, width, height = part.order[:3]
        across, down = (to_device(torch.from_numpy(offsets(count)).float(), self._device) for count in (width, height))
        points = torch.stack([across[found.order % width], down[found.order // width], found.light], 1)
        first, counts = found.starts[own.cells], found.starts.diff()[own.cells]  # (cells,)
        tiles = (counts + TILE_PX - 1) // TILE_PX
        ends = tiles.cumsum(0)
        # The host does not wait for the number of tiles: this is the most there can be, and spare tiles draw nothing.
        number = torch.arange(width * height // TILE_PX + len(counts), device=self._device)
        cell = torch.searchsorted(ends, number, right=True)
        cell, spare = cell.clamp(max=len(counts) - 1), cell >= len(counts)
        within = TILE_PX * (number - ends[cell] + tiles[cell])
        left = (counts[cell] - within).clamp(0, TILE_PX).masked_fill(spare, 0)
        starts = self._ordered + first[cell] + within
        pixels = OrderedPixels(found.order, points)
        self._add_tiles(part, self._nets + cell, (~spare).long(), starts, left, pixels)
        affine = picture_coordinates(shot.view, width / height)
        layers = self._bank.first(own.rows, own.cells, plate, affine)
        self._add_nets(layers, own.rows, torch.ones(len(own.rows), device=self._device))

    def _add_nets(self, first: Tensor, rows: Tensor, shares: Tensor) -> None:
        self._firsts.append(first)
        self._rows.append(rows)
        self._shares.append(shares)
        self._nets += len(rows)

    def _add_tiles(
        self,
        part: PicturePart,
        nets: Tensor,
        count: Tensor | int,
        starts: Tensor,
        left: Tensor,
        pixels: OrderedPixels | None,
    ) -> None:
        """Add the tiles of a picture, and its pixels if these have an order; see fused.TILE_COLUMNS."""
        table = torch.empty(len(nets), TILE_COLUMNS, dtype=torch.int64, device=self._device)
        order, flags = part.order, (pixels is not None, *part[2:])
        columns = (nets, count, starts, left, order.width, order.height, part.origin, *map(int, flags))
        for number, column in enumerate(columns):
            table[:, number] = column
        self._tiles.append(table)
        if pixels is not None:
            self._orders.append(pixels.order)
            self._points.append(pixels.points)
            self._ordered += len(pixels.order)

    def draw(self, logits: Tensor, out: Tensor) -> None:
        """Launch the kernel: see fused.launch."""
        order = torch.cat([*self._orders, torch.zeros(1, dtype=torch.int64, device=self._device)])
        points = torch.cat([*self._points, torch.zeros(1, 3, device=self._device)])
        tiles, firsts, rows, shares = map(torch.cat, (self._tiles, self._firsts, self._rows, self._shares))
        if not len(tiles):  # The picture covers none of the monitor, and CUDA refuses an empty launch.
            return
        try:
            launch(self._bank.architecture, tiles, order, points, firsts, rows, shares, self._others, logits, out)
        except (TritonError, SubprocessError) as error:  # SubprocessError: the compiler of the kernel's launcher failed
            raise DeviceError(f"the fused kernel does not compile for this card: {error}") from error
