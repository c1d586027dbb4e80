"""The decoder for NVIDIA and AMD cards with triton: pictures that are asked for together are one launch of the kernel.

A card is sent views, the weights of walks, and what a plate's geometry is made of; which pixels lie in which cell, and
how they are cut into tiles, it finds by itself. Weights of plates stay there.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from installation.atlas.cppn import Architecture
from installation.atlas.interpolate import Component, Interpolator
from installation.errors import DeviceError
from installation.picture.cache import Order
from installation.picture.card import CHANNELS, finished
from installation.picture.fused import UNITS, fits
from installation.picture.pixel_map import PixelMap
from installation.picture.source import Decoded
from installation.picture.triton_work import Bank, Pixels, Work
from installation.picture.whole import Whole, seen
from installation.show.frame import Plate, Shot

MOST_PLATES = 8
"""Of so many plates is remembered where their neurons lie; the oldest is forgotten."""

MOST_MAPS = 8
"""Of so many maps of monitors the pixels stay on the card; the oldest makes room."""


class TritonDecoder:
    """Decodes on `device` with the fused kernel; on `cpu` that is triton's interpreter, which is only for tests."""

    def __init__(self, interpolator: Interpolator, device: str = "cuda") -> None:
        self.name = "triton"
        self._interpolator = interpolator
        self._device = torch.device(device)
        self._banks: dict[Architecture, Bank] = {}
        self._plates: dict[Plate, tuple[Bank, Tensor]] = {}
        self._maps: dict[PixelMap, Pixels] = {}

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> Decoded:
        """See Decoder.decode."""
        return self.decode_all([Order(shot, width, height, pixel_map=pixel_map)])[0]

    def decode_all(self, orders: Sequence[Order]) -> list[Decoded]:
        """The pictures of several shots, of any sizes, in one launch."""
        subjects = [seen(order.shot, _aspect(order), self._interpolator) for order in orders]
        own = [component for subject in subjects if isinstance(subject, Whole) for component in subject.components]
        bank = self._bank(own, [subject for subject in subjects if isinstance(subject, Plate)])
        work = Work(bank, own, self._device)
        for order, subject in zip(orders, subjects, strict=True):
            if isinstance(subject, Whole):
                work.add_whole(order, subject, None if order.pixel_map is None else self._covered(order.pixel_map))
            else:
                work.add_plate(order, subject, self._laid_out(subject)[1])
        out = work.drawn()
        areas = torch.split(out, [CHANNELS * order.width * order.height for order in orders])
        found = []
        for order, area in zip(orders, areas, strict=True):
            pixels = finished(area.view(order.height, order.width, CHANNELS))
            found.append(Decoded(pixels if out.is_cuda else pixels.host(), order.shot.view, order.pixel_map))
        return found

    def close(self) -> None:
        """Let go of what lies on the card."""
        self._banks.clear()
        self._plates.clear()
        self._maps.clear()

    def _bank(self, components: Sequence[Component], plates: Sequence[Plate]) -> Bank:
        """The bank of all these CPPNs' shape, with those of the plates in it. Raises DeviceError for two shapes."""
        banks = [self._laid_out(plate)[0] for plate in plates]
        one, *others = {*(bank.architecture for bank in banks), *(component.architecture for component in components)}
        if others:
            raise DeviceError(f"the fused kernel draws CPPNs of one shape at a time, not of {1 + len(others)}")
        return self._bank_of(one)

    def _bank_of(self, architecture: Architecture) -> Bank:
        if not fits(architecture):
            raise DeviceError(f"the fused kernel draws CPPNs of up to {UNITS} units a layer, not {architecture.width}")
        if architecture not in self._banks:
            self._banks[architecture] = Bank(architecture, self._interpolator, self._device)
        return self._banks[architecture]

    def _laid_out(self, plate: Plate) -> tuple[Bank, Tensor]:
        """The bank that holds the neurons of a plate, and their rows in it."""
        if plate not in self._plates:
            atlas = self._interpolator.atlas
            shapes = {atlas.architecture(atlas.find(neuron).family) for neuron in plate.neurons}
            if len(shapes) > 1:
                raise DeviceError(f"the fused kernel draws CPPNs of one shape at a time, not of {len(shapes)}")
            if len(self._plates) == MOST_PLATES:
                self._plates.pop(next(iter(self._plates)))
            bank = self._bank_of(shapes.pop())
            self._plates[plate] = bank, bank.rows(plate.neurons)
        return self._plates[plate]

    def _covered(self, pixel_map: PixelMap) -> Pixels:
        """The pixels of a monitor that a picture covers."""
        if pixel_map not in self._maps:
            if len(self._maps) == MOST_MAPS:
                self._maps.pop(next(iter(self._maps)))
            order = torch.from_numpy(pixel_map.covered).long()
            places = torch.from_numpy(pixel_map.offsets).view(2, -1)[:, order]
            points = torch.cat([places, torch.ones(1, len(order))]).T
            self._maps[pixel_map] = Pixels(order.to(self._device), points.to(self._device))
        return self._maps[pixel_map]


def _aspect(order: Order) -> float:
    return order.pixel_map.aspect if order.pixel_map is not None else order.width / order.height
