"""The decoder for NVIDIA and AMD cards with triton: pictures that are asked for together are one launch of the kernel.

The CPPNs of walks are found by the processor, those of several pictures on as many cores.

A card receives views, the weights of walks, and what a plate's geometry is made of; which pixels lie in which cell, and
how they are cut into tiles, it finds by itself. Weights of plates stay there.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from installation.atlas.cppn import Architecture
from installation.atlas.interpolate import Component, Interpolator
from installation.errors import DeviceError
from installation.picture.card_pixels import CHANNELS, TransferRoute, card_pictures, to_device
from installation.picture.decoding.fused import UNITS, fits
from installation.picture.decoding.single_picture import SinglePicture, seen
from installation.picture.decoding.supersampling import drawn
from installation.picture.decoding.triton_launch import CardWeightBank, KernelLaunch, OrderedPixels
from installation.picture.order import Order
from installation.picture.pixel_map import PixelMap
from installation.picture.source import DecodedPicture
from installation.picture.thread_priority import lower_thread_priority
from installation.show.frame import LatentPoint, Plate, Shot, View

MAX_PLATES = 8
"""Of so many plates is remembered where their neurons lie; the oldest is forgotten."""

MAX_BATCH_PX = 4 * 3840 * 2160
"""What one launch draws, in pixels: the screens of a large wall, for which a card needs half a gigabyte."""

MAX_WORKERS = 8
"""Threads that find CPPNs: some 3 to 6 ms for each picture of a walk, beside 2 in which a card draws it."""

MAX_MAPS = 8
"""Of so many maps of monitors the pixels stay on the card; the oldest makes room."""


class TritonDecoder:
    """Decodes on `device` with the fused kernel; on `cpu` that is triton's interpreter, which is only for tests."""

    def __init__(self, interpolator: Interpolator, device: str = "cuda") -> None:
        self.name = "triton"
        self._interpolator = interpolator
        self.max_batch_px = MAX_BATCH_PX
        self._device = torch.device(device)
        self._route = TransferRoute()
        self._banks: dict[Architecture, CardWeightBank] = {}
        self._plates: dict[Plate, tuple[CardWeightBank, Tensor]] = {}
        self._maps: dict[PixelMap, OrderedPixels] = {}
        self._workers = ThreadPoolExecutor(
            min(MAX_WORKERS, len(os.sched_getaffinity(0))), "cppns", lower_thread_priority
        )
        try:
            self._warm_up()
        except BaseException:
            self._workers.shutdown()
            raise

    def _warm_up(self) -> None:
        """Draw once what a show may come to first in the middle of it: CUDA loads and compiles then."""
        if self._device.type != "cuda":
            return
        self._draw_once()

    def _draw_once(self) -> None:
        first, *others = self._interpolator.atlas.neurons
        alike = [first.address, *(one.address for one in others if one.family == first.family)][:4]
        for subject in (LatentPoint(((first.address, 1.0),)), Plate(tuple(alike), 2, 0.1)):
            order = Order(Shot(subject, View()), 16, 16, softness=1.0)
            (picture,) = drawn(self, [order])
            picture.prepare()

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
        """See Decoder.decode."""
        (decoded,) = self.decode_all([Order(shot, width, height, pixel_map=pixel_map)])
        decoded.prepare()
        return decoded

    def decode_all(self, orders: Sequence[Order]) -> list[DecodedPicture]:
        """See BatchDecoder.decode_all: one launch for all pictures whose CPPNs have one shape, whatever their sizes.

        Where the card has no room for all of them, half of them are drawn at a time.
        """
        try:
            return self._all(orders)
        except torch.OutOfMemoryError:
            pass
        torch.cuda.empty_cache()  # not before the error, which holds what was drawn so far, is gone
        if len(orders) == 1:
            return self._all(orders)
        half = len(orders) // 2
        return [*self.decode_all(orders[:half]), *self.decode_all(orders[half:])]

    def _all(self, orders: Sequence[Order]) -> list[DecodedPicture]:
        if len(orders) == 1:
            subjects: list[SinglePicture | Plate] = [self._subject(orders[0])]
        else:
            subjects = list(self._workers.map(self._subject, orders))
        shapes: dict[frozenset[Architecture], list[int]] = {}
        for number, subject in enumerate(subjects):
            shapes.setdefault(self._shapes(subject), []).append(number)
        found: dict[int, DecodedPicture] = {}
        for numbers in shapes.values():
            own = self._launched([orders[number] for number in numbers], [subjects[number] for number in numbers])
            found.update(zip(numbers, own, strict=True))
        return [found[number] for number in range(len(orders))]

    def _launched(self, orders: Sequence[Order], subjects: Sequence[SinglePicture | Plate]) -> list[DecodedPicture]:
        """The pictures of CPPNs of one shape."""
        own = [
            component for subject in subjects if isinstance(subject, SinglePicture) for component in subject.components
        ]
        bank = self._bank(own, [subject for subject in subjects if isinstance(subject, Plate)])
        work = KernelLaunch(bank, own, self._device)
        for order, subject in zip(orders, subjects, strict=True):
            if isinstance(subject, SinglePicture):
                work.add_single_picture(
                    order, subject, None if order.pixel_map is None else self._covered(order.pixel_map)
                )
            else:
                work.add_plate(order, subject, self._bank_rows(subject)[1])
        out = work.drawn()
        areas = torch.split(out, [CHANNELS * order.width * order.height for order in orders])
        if len(areas) > 1:  # each in memory of its own, or one that is kept would keep all
            areas = tuple(area.clone() for area in areas)
        pictures = card_pictures(
            *(area.view(o.height, o.width, CHANNELS) for o, area in zip(orders, areas, strict=True)),
            route=self._route,
        )
        return [
            DecodedPicture(pixels if out.is_cuda else pixels.host(), order.shot.view, order.pixel_map)
            for order, pixels in zip(orders, pictures, strict=True)
        ]

    def close(self) -> None:
        """Stop the threads, and let go of what lies on the card."""
        self._workers.shutdown()
        self._banks.clear()
        self._plates.clear()
        self._maps.clear()

    def _subject(self, order: Order) -> SinglePicture | Plate:
        return seen(order.shot, _aspect(order), self._interpolator)

    def _shapes(self, subject: SinglePicture | Plate) -> frozenset[Architecture]:
        """Of a picture's CPPNs: the kernel wants one."""
        if isinstance(subject, Plate):
            return frozenset([self._bank_rows(subject)[0].architecture])
        return frozenset(component.architecture for component in subject.components)

    def _bank(self, components: Sequence[Component], plates: Sequence[Plate]) -> CardWeightBank:
        """The bank of all these CPPNs' shape, with those of the plates in it. Raises DeviceError for two shapes."""
        banks = [self._bank_rows(plate)[0] for plate in plates]
        one, *others = {*(bank.architecture for bank in banks), *(component.architecture for component in components)}
        if others:
            raise DeviceError(f"the fused kernel draws CPPNs of one shape at a time, not of {1 + len(others)}")
        return self._bank_of(one)

    def _bank_of(self, architecture: Architecture) -> CardWeightBank:
        if not fits(architecture):
            raise DeviceError(f"the fused kernel draws CPPNs of up to {UNITS} units a layer, not {architecture.width}")
        if architecture not in self._banks:
            self._banks[architecture] = CardWeightBank(architecture, self._interpolator, self._device)
        return self._banks[architecture]

    def _bank_rows(self, plate: Plate) -> tuple[CardWeightBank, Tensor]:
        """The bank that holds the neurons of a plate, and their rows in it."""
        if plate not in self._plates:
            atlas = self._interpolator.atlas
            shapes = {atlas.architecture(atlas.find(neuron).family) for neuron in plate.neurons}
            if len(shapes) > 1:
                raise DeviceError(f"the fused kernel draws CPPNs of one shape at a time, not of {len(shapes)}")
            if len(self._plates) == MAX_PLATES:
                self._plates.pop(next(iter(self._plates)))
            bank = self._bank_of(shapes.pop())
            self._plates[plate] = bank, bank.rows(plate.neurons)
        return self._plates[plate]

    def _covered(self, pixel_map: PixelMap) -> OrderedPixels:
        """The pixels of a monitor that a picture covers."""
        if pixel_map not in self._maps:
            if len(self._maps) == MAX_MAPS:
                self._maps.pop(next(iter(self._maps)))
            order = torch.from_numpy(pixel_map.covered).long()
            places = torch.from_numpy(pixel_map.offsets).view(2, -1)[:, order]
            points = torch.cat([places, torch.ones(1, len(order))]).T
            self._maps[pixel_map] = OrderedPixels(to_device(order, self._device), to_device(points, self._device))
        return self._maps[pixel_map]


def _aspect(order: Order) -> float:
    return order.pixel_map.aspect if order.pixel_map is not None else order.width / order.height
