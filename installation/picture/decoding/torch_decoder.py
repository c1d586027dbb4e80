"""The decoder in plain torch: on the CPU in pieces that stay in the cache, on a graphics card in large ones.

Over a whole picture every layer moves hundreds of megabytes between memory and cores, which is what plain eager torch
spends its time on. Here a few thousand pixels go through all layers before the next come, in memory that is kept.
Features lie along rows, so that atan and square are written where the next layer reads them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from threading import local
from typing import NamedTuple

import torch
from torch import Tensor

from installation.atlas.cppn import Architecture
from installation.atlas.interpolate import Component, Interpolator
from installation.picture.card_pixels import CHANNELS, TransferRoute, card_pictures
from installation.picture.decoding.plates import cells_coordinates
from installation.picture.decoding.projection import maps_of, offsets
from installation.picture.decoding.single_picture import SinglePicture, seen
from installation.picture.decoding.torch_nets import CppnBatch, Workspace
from installation.picture.decoding.torch_plates import gathered
from installation.picture.pixel_map import PixelMap
from installation.picture.source import DecodedPicture
from installation.picture.thread_priority import lower_thread_priority
from installation.picture.view import picture_coordinates
from installation.show.frame import Plate, Shot, View

CPU_PIECE_PX = 8192
CUDA_PIECE_PX = 1 << 20


class TorchDecoder:
    """Decodes with torch on `device`, on `threads` cores at once where that is the CPU (default: all it may use)."""

    def __init__(self, interpolator: Interpolator, device: str = "cpu", threads: int | None = None) -> None:
        self.device = torch.device(device)
        self.name = f"torch-{self.device.type}"
        on_cpu = self.device.type == "cpu"
        self._on_card = not on_cpu
        self.threads = (threads or len(os.sched_getaffinity(0))) if on_cpu else 1
        self._interpolator = interpolator
        self._piece_px = CPU_PIECE_PX if on_cpu else CUDA_PIECE_PX
        self._memory = _Memory()
        self._route = TransferRoute()
        self._plate: tuple[Plate, list[Component]] | None = None
        self._pool = ThreadPoolExecutor(self.threads, "decode", lower_thread_priority) if self.threads > 1 else None

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
        """See Decoder.decode."""
        aspect = pixel_map.aspect if pixel_map else width / height
        whole = torch.empty(height, width, CHANNELS if self._on_card else 3, dtype=torch.float16, device=self.device)
        picture = whole[..., :3]
        subject = seen(shot, aspect, self._interpolator)
        if not isinstance(subject, SinglePicture):
            self._draw_plate(picture.zero_(), subject, shot.view)
        elif pixel_map is not None:
            self._draw_bent(picture.zero_(), subject, pixel_map)
        else:
            self._draw(picture, subject)
        decoded = DecodedPicture(
            card_pictures(whole, route=self._route)[0] if self._on_card else picture.numpy(), shot.view, pixel_map
        )
        decoded.prepare()
        return decoded

    def close(self) -> None:
        """Stop the threads."""
        if self._pool is not None:
            self._pool.shutdown()

    def _draw(self, picture: Tensor, whole: SinglePicture) -> None:
        height, width, _ = picture.shape
        nets = self._nets(whole)
        across, down = (torch.from_numpy(offsets(count)).float().to(self.device) for count in (width, height))

        def tile(rows: slice, columns: slice) -> None:
            target = picture[rows, columns]  # (h, w, 3)
            piece = self._piece(nets)
            points = piece.points(1, target.shape[0] * target.shape[1])
            grid = points.view(2, *target.shape[:2])
            grid[0], grid[1] = across[columns], down[rows, None]
            target.copy_(piece.draw(nets, points).view(3, *target.shape[:2]).permute(1, 2, 0))

        self._each([partial(tile, *place) for place in _tiles(width, height, self._piece_px)])

    def _draw_bent(self, picture: Tensor, whole: SinglePicture, pixel_map: PixelMap) -> None:
        nets = self._nets(whole)
        offsets_of = torch.from_numpy(pixel_map.offsets).view(2, -1)
        colours = _colours(picture)

        def batch(index: Tensor) -> None:
            piece = self._piece(nets)
            points = piece.points(1, len(index))
            points.copy_(offsets_of[:, index])
            colours[index.to(self.device)] = piece.draw(nets, points)[0].T.to(colours.dtype)

        covered = torch.from_numpy(pixel_map.covered)
        self._each([partial(batch, index) for index in torch.split(covered, self._piece_px)])

    def _draw_plate(self, picture: Tensor, plate: Plate, view: View) -> None:
        height, width, _ = picture.shape
        found = gathered(plate, view, width, height, self.device)
        across, down = (torch.from_numpy(offsets(count)).float().to(self.device) for count in (width, height))
        colours = _colours(picture)
        cells = self._cells(plate)
        linear, centres = (
            torch.from_numpy(array).to(self.device)
            for array in cells_coordinates(plate, picture_coordinates(view, width / height))
        )

        def batch(parts: list[_CellRun]) -> None:
            own = [part.cell for part in parts]
            nets = [CppnBatch.seen([cells[cell] for cell in own], linear, centres[own])]
            begins, ends = torch.tensor([part[1:] for part in parts], device=self.device).T
            place = begins[:, None] + torch.arange(max(part.end - part.begin for part in parts), device=self.device)
            place = torch.minimum(place, ends[:, None] - 1)  # the last pixel again where a part has fewer
            index = found.order[place]  # (count, n)
            piece = self._piece(nets)
            points = piece.points(*index.shape)
            points[:, 0], points[:, 1] = across[index % width], down[index // width]
            drawn = piece.draw(nets, points).mul_(found.light[place][:, None])  # (count, 3, n)
            colours[index] = drawn.permute(0, 2, 1).to(colours.dtype)

        batches = _batches(found.starts.tolist(), [cell.architecture for cell in cells], self._piece_px)
        self._each([partial(batch, parts) for parts in batches])

    def _each(self, work: list[Callable[[], None]]) -> None:
        """Do all pieces of work, on all threads."""
        if self._pool is None or len(work) == 1:
            for one in work:
                one()
        else:
            for done in [self._pool.submit(one) for one in work]:
                done.result()

    def _nets(self, whole: SinglePicture) -> list[CppnBatch]:
        maps = [tensor.to(self.device) for tensor in maps_of([whole.affine])]
        return [CppnBatch.seen([component], *maps) for component in whole.components]

    def _cells(self, plate: Plate) -> list[Component]:
        """The CPPNs of a plate, kept for the next frame."""
        known = self._plate
        if known is None or known[0] != plate:
            self._plate = known = plate, [self._interpolator.neuron(neuron) for neuron in plate.neurons]
        return known[1]

    def _piece(self, nets: list[CppnBatch]) -> Workspace:
        """This thread's memory for CPPNs as wide as these."""
        width = max(one.architecture.width for one in nets)
        pieces = self._memory.by_width
        if width not in pieces:
            pieces[width] = Workspace(width, self._piece_px, self.device)
        return pieces[width]


def _colours(picture: Tensor) -> Tensor:
    """A picture of 3 or 4 channels as its pixels (pixels, 3)."""
    height, width, _ = picture.shape
    return picture.as_strided((height * width, 3), (picture.stride(1), 1))


def _tiles(width: int, height: int, max_px: int) -> Iterator[tuple[slice, slice]]:
    """Cut a picture into rows and columns of at most `max_px` pixels, whole rows where they fit."""
    columns = min(width, max_px)
    rows = max(1, max_px // columns)
    for top in range(0, height, rows):
        for left in range(0, width, columns):
            yield slice(top, min(top + rows, height)), slice(left, min(left + columns, width))


class _CellRun(NamedTuple):
    """Pixels of one cell: order[begin:end] of those that were gathered."""

    cell: int
    begin: int
    end: int


def _batches(starts: list[int], shapes: list[Architecture], max_px: int) -> Iterator[list[_CellRun]]:
    """Cells of one shape that go together, some of them in parts; the largest of a batch times their number fits."""
    batch: list[_CellRun] = []
    longest = 0
    for cell, (first, last) in enumerate(pairwise(starts)):
        for begin in range(first, last, max_px):
            part = _CellRun(cell, begin, min(begin + max_px, last))
            longest = max(longest, part.end - part.begin)
            if batch and ((len(batch) + 1) * longest > max_px or shapes[batch[0].cell] != shapes[cell]):
                yield batch
                batch, longest = [], part.end - part.begin
            batch.append(part)
    if batch:
        yield batch


class _Memory(local):
    """Every thread has memory of its own."""

    def __init__(self) -> None:
        self.by_width: dict[int, Workspace] = {}
