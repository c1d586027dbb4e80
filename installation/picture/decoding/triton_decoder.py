"""The decoder for NVIDIA and AMD cards with triton: one launch of the kernel draws all pictures of a batch.

The processor computes the CPPNs of walks, for several pictures in parallel.

A card receives views, the weights of walks, and a plate's geometry; it computes by itself which pixels lie in which
cell, and how to cut them into tiles. Weights of plates stay on the card.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor

from installation.atlas.architecture import Architecture
from installation.atlas.interpolate import Component, Interpolator
from installation.errors import DeviceError
from installation.picture.card_pixels import CHANNELS, TransferRoute, card_pictures, to_device
from installation.picture.decoding.fused import MAX_UNITS, fits
from installation.picture.decoding.plates import cell_coordinates
from installation.picture.decoding.projection import offsets
from installation.picture.decoding.single_picture import SinglePicture, outputs_of, seen
from installation.picture.decoding.supersampling import drawn
from installation.picture.decoding.torch_plates import GatheredTensors, gathered
from installation.picture.decoding.triton_launch import (
    CardCells,
    CardWeightBank,
    KernelLaunch,
    OrderedPixels,
    PicturePart,
)
from installation.picture.order import Order
from installation.picture.pixel_map import PixelMap
from installation.picture.source import DecodedPicture
from installation.picture.thread_priority import lower_thread_priority
from installation.picture.view import picture_coordinates
from installation.picture.ways.kinds import summed_logits
from installation.picture.ways.points import points_seen
from installation.show.frame import LatentPoint, Plate, Shot, View
from installation.systems import cores

MAX_PLATES = 8
"""How many plates' layouts are kept; a new one replaces the oldest."""

MAX_BATCH_PX = 4 * 3840 * 2160
"""The most pixels that one launch draws: a large wall's screens, for which a card needs half a gigabyte."""

MAX_WORKERS = 8
"""The threads that compute CPPNs: about 3 to 6 ms for each picture of a walk, which a card then draws in 2 ms."""

MAX_MAPS = 8
"""How many monitor maps keep their pixels on the card; a new one replaces the oldest."""


@dataclass(frozen=True, slots=True, eq=False)
class _LaidOut:
    """A plate's cells by the shapes of their CPPNs; its other cells by number; its picture's channels."""

    cells: dict[Architecture, CardCells]
    others: dict[int, Component]
    outputs: int


class TritonDecoder:
    """Decodes on `device` with the fused kernel; `cpu` means triton's interpreter, for tests only."""

    def __init__(self, interpolator: Interpolator, device: str = "cuda") -> None:
        self.name = "triton"
        self._interpolator = interpolator
        self.max_batch_px = MAX_BATCH_PX
        self._device = torch.device(device)
        self._route = TransferRoute()
        self._banks: dict[Architecture, CardWeightBank] = {}
        self._plates: dict[Plate, _LaidOut] = {}
        self._maps: dict[PixelMap, OrderedPixels] = {}
        self._workers = ThreadPoolExecutor(min(MAX_WORKERS, cores()), "cppns", lower_thread_priority)
        try:
            self._warm_up()
        except BaseException:
            self._workers.shutdown()
            raise

    def _warm_up(self) -> None:
        """Draw each kind of subject once, so that CUDA loads and compiles now and not during the show."""
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
        """See BatchDecoder.decode_all: one launch for all pictures with CPPNs of one shape, at any sizes, and one more
        for each further shape.

        If the card has no memory for all of them, it draws half of them at a time.
        """
        try:
            return self._all(orders)
        except torch.OutOfMemoryError:
            pass
        torch.cuda.empty_cache()  # only after the error is gone, because it holds the results so far
        if len(orders) == 1:
            return self._all(orders)
        half = len(orders) // 2
        return [*self.decode_all(orders[:half]), *self.decode_all(orders[half:])]

    def _all(self, orders: Sequence[Order]) -> list[DecodedPicture]:
        if len(orders) == 1:
            subjects: list[SinglePicture | Plate] = [self._subject(orders[0])]
        else:
            subjects = list(self._workers.map(self._subject, orders))
        kinds: dict[tuple[frozenset[Architecture], int], list[int]] = {}
        for number, subject in enumerate(subjects):
            kinds.setdefault(self._kind(subject), []).append(number)
        found: dict[int, DecodedPicture] = {}
        for (shapes, outputs), numbers in kinds.items():
            own = [(orders[number], subjects[number]) for number in numbers]
            found.update(zip(numbers, self._launched(own, shapes, outputs), strict=True))
        return [found[number] for number in range(len(orders))]

    def _launched(
        self, work: Sequence[tuple[Order, SinglePicture | Plate]], shapes: frozenset[Architecture], outputs: int
    ) -> list[DecodedPicture]:
        """Draw pictures with the same shapes of CPPNs, and their other components: one launch for each shape."""
        pixels = [order.width * order.height for order, _ in work]
        origins = [0, *accumulate(pixels)]
        is_all_drawn = all(isinstance(one, SinglePicture) and order.pixel_map is None for order, one in work)
        empty = torch.empty if is_all_drawn else torch.zeros
        out = empty(origins[-1] * CHANNELS, dtype=torch.float16, device=self._device)
        others = [isinstance(one, SinglePicture) and bool(one.others) for _, one in work]
        adds = origins[-1] * CHANNELS if len(shapes) > 1 or any(others) else 0
        logits = torch.zeros(adds, device=self._device)
        gathered_of = {
            number: gathered(one, order.shot.view, order.width, order.height, self._device)
            for number, (order, one) in enumerate(work)
            if isinstance(one, Plate)
        }
        for number, (order, one) in enumerate(work):
            area = slice(CHANNELS * origins[number], CHANNELS * origins[number + 1])
            if isinstance(one, Plate):
                self._draw_other_cells(out[area].view(-1, CHANNELS), order, one, gathered_of[number], outputs)
            elif others[number]:
                self._draw_others(logits[area], out[area], order, one)
        for step, shape in enumerate(sorted(shapes, key=repr)):
            own = [part for _, one in work if isinstance(one, SinglePicture) for part in one.nets[shape]]
            laid_out = {number: self._laid_out(one) for number, (_, one) in enumerate(work) if isinstance(one, Plate)}
            launch = KernelLaunch(self._bank_of(shape), own, self._device)
            for number, (order, one) in enumerate(work):
                begun, ends = step > 0 or others[number], step == len(shapes) - 1
                if isinstance(one, SinglePicture):
                    part = PicturePart(order, origins[number], begun, ends, outputs == 4)
                    covered = None if order.pixel_map is None else self._covered(order.pixel_map)
                    launch.add_single_picture(part, one.nets[shape], one.affine, covered)
                else:
                    part = PicturePart(order, origins[number], begun=False, ends=True, alpha=outputs == 4)
                    launch.add_plate(part, one, gathered_of[number], laid_out[number].cells[shape])
            launch.draw(logits, out)
        areas = torch.split(out, [CHANNELS * count for count in pixels])
        if len(areas) > 1:  # each in its own memory, otherwise one kept picture would keep all
            areas = tuple(area.clone() for area in areas)
        pictures = card_pictures(
            *(area.view(o.height, o.width, CHANNELS) for (o, _), area in zip(work, areas, strict=True)),
            route=self._route,
            alpha=outputs == 4,
        )
        return [
            DecodedPicture(picture if out.is_cuda else picture.host(), order.shot.view, order.pixel_map)
            for (order, _), picture in zip(work, pictures, strict=True)
        ]

    def _draw_others(self, logits: Tensor, out: Tensor, order: Order, whole: SinglePicture) -> None:
        """Write the logits of components that are not CPPNs into a picture's (pixels * CHANNELS,); colours if it has no
        CPPNs."""
        if order.pixel_map is None:
            pixel = torch.arange(order.width * order.height, device=self._device)
            across, down = self._offsets(order)
            places = across[pixel % order.width], down[pixel // order.width]
        else:
            covered = self._covered(order.pixel_map)
            pixel, places = covered.order, (covered.points[:, 0], covered.points[:, 1])
        found = summed_logits(whole.others, points_seen(whole.affine, *places, order.height), CHANNELS).T
        if whole.nets:
            logits.view(-1, CHANNELS)[pixel] = found
        else:
            out.view(-1, CHANNELS)[pixel] = found.sigmoid().half()

    def _draw_other_cells(
        self, pixels: Tensor, order: Order, plate: Plate, found: GatheredTensors, outputs: int
    ) -> None:
        """Draw the cells of a plate that are not CPPNs into its pixels (pixels, CHANNELS)."""
        affine = picture_coordinates(order.shot.view, order.width / order.height)
        across, down = self._offsets(order)
        for cell, component in self._laid_out(plate).others.items():
            begin, end = found.starts[cell : cell + 2].tolist()
            index = found.order[begin:end]
            points = points_seen(
                cell_coordinates(plate, cell, affine),
                across[index % order.width],
                down[index // order.width],
                order.height,
            )
            drawn = summed_logits([component], points, CHANNELS).sigmoid_().T
            drawn[:, -1 if outputs == 4 else 0 :] *= found.light[begin:end, None]
            pixels[index] = drawn.half()

    def _offsets(self, order: Order) -> tuple[Tensor, Tensor]:
        """The offsets of a picture's columns and rows from its centre."""
        across, down = (
            to_device(torch.from_numpy(offsets(count)).float(), self._device) for count in (order.width, order.height)
        )
        return across, down

    def close(self) -> None:
        """Stop the threads, and release the memory on the card."""
        self._workers.shutdown()
        self._banks.clear()
        self._plates.clear()
        self._maps.clear()

    def _subject(self, order: Order) -> SinglePicture | Plate:
        return seen(order.shot, _aspect(order), self._interpolator)

    def _kind(self, subject: SinglePicture | Plate) -> tuple[frozenset[Architecture], int]:
        """The shapes of a picture's CPPNs, and its channels: pictures with equal kinds are drawn together."""
        if isinstance(subject, Plate):
            laid_out = self._laid_out(subject)
            return frozenset(laid_out.cells), laid_out.outputs
        return frozenset(subject.nets), subject.outputs

    def _bank_of(self, architecture: Architecture) -> CardWeightBank:
        if not fits(architecture):
            width = max(architecture.width, len(architecture.waves))
            raise DeviceError(f"the fused kernel draws CPPNs of up to {MAX_UNITS} units a layer, not {width}")
        if architecture not in self._banks:
            self._banks[architecture] = CardWeightBank(architecture, self._interpolator, self._device)
        return self._banks[architecture]

    def _laid_out(self, plate: Plate) -> _LaidOut:
        """The layout of a plate's neurons, kept for the next frame."""
        if plate not in self._plates:
            components = [self._interpolator.neuron(neuron) for neuron in plate.neurons]
            shapes: dict[Architecture, list[int]] = {}
            others: dict[int, Component] = {}
            for cell, component in enumerate(components):
                if isinstance(component.drawing, Architecture):
                    shapes.setdefault(component.drawing, []).append(cell)
                else:
                    others[cell] = component
            if len(self._plates) == MAX_PLATES:
                self._plates.pop(next(iter(self._plates)))
            cells = {
                shape: CardCells(
                    to_device(torch.tensor(own), self._device),
                    self._bank_of(shape).rows([plate.neurons[cell] for cell in own]),
                )
                for shape, own in shapes.items()
            }
            self._plates[plate] = _LaidOut(cells, others, outputs_of(components))
        return self._plates[plate]

    def _covered(self, pixel_map: PixelMap) -> OrderedPixels:
        """The pixels of a monitor that a picture covers, kept on the card."""
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
