"""The decoder in plain torch: on the CPU in pieces that stay in the cache, on a graphics card in large pieces.

In plain eager torch a layer of a whole picture moves hundreds of megabytes between memory and cores, and this takes
most of the time. Here a few thousand pixels pass through all layers before the next, in reused memory. Features lie
along rows, so that atan and square are written directly as the next layer's input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from threading import local
from typing import NamedTuple

import torch
from torch import Tensor

from installation.atlas.architecture import Architecture
from installation.atlas.interpolate import OPAQUE_LOGIT, Component, Interpolator
from installation.picture.card_pixels import CHANNELS, TransferRoute, card_pictures
from installation.picture.decoding.plates import cell_coordinates, cells_coordinates
from installation.picture.decoding.projection import maps_of, offsets
from installation.picture.decoding.single_picture import SinglePicture, outputs_of, seen
from installation.picture.decoding.torch_nets import CppnBatch, Workspace
from installation.picture.decoding.torch_plates import gathered
from installation.picture.pixel_map import PixelMap
from installation.picture.source import DecodedPicture
from installation.picture.thread_priority import lower_thread_priority
from installation.picture.view import picture_coordinates
from installation.picture.ways.kinds import summed_logits
from installation.picture.ways.points import points_seen
from installation.show.frame import Plate, Shot, View
from installation.systems import cores

CPU_PIECE_PX = 8192
CUDA_PIECE_PX = 1 << 20


class TorchDecoder:
    """Decodes with torch on `device`; on the CPU in `threads` threads (default: one for each core that it may use)."""

    def __init__(self, interpolator: Interpolator, device: str = "cpu", threads: int | None = None) -> None:
        self.device = torch.device(device)
        self.name = f"torch-{self.device.type}"
        on_cpu = self.device.type == "cpu"
        self._on_card = not on_cpu
        self.threads = (threads or cores()) if on_cpu else 1
        self._interpolator = interpolator
        self._piece_px = CPU_PIECE_PX if on_cpu else CUDA_PIECE_PX
        self._memory = _Memory()
        self._route = TransferRoute()
        self._plate: tuple[Plate, list[Component]] | None = None
        self._pool = ThreadPoolExecutor(self.threads, "decode", lower_thread_priority) if self.threads > 1 else None

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
        """See Decoder.decode."""
        aspect = pixel_map.aspect if pixel_map else width / height
        subject = seen(shot, aspect, self._interpolator)
        parts = subject.components if isinstance(subject, SinglePicture) else self._cells(subject)
        outputs = outputs_of(parts)
        channels = CHANNELS if self._on_card else outputs
        whole = torch.empty(height, width, channels, dtype=torch.float16, device=self.device)
        picture = whole[..., :outputs]
        if not isinstance(subject, SinglePicture):
            self._draw_plate(picture.zero_(), subject, shot.view)
        elif pixel_map is not None:
            self._draw_bent(picture.zero_(), subject, pixel_map)
        else:
            self._draw(picture, subject)
        decoded = DecodedPicture(
            card_pictures(whole, route=self._route, alpha=outputs == 4)[0] if self._on_card else picture.numpy(),
            shot.view,
            pixel_map,
        )
        decoded.prepare()
        return decoded

    def close(self) -> None:
        """Stop the threads."""
        if self._pool is not None:
            self._pool.shutdown()

    def _draw(self, picture: Tensor, whole: SinglePicture) -> None:
        height, width, _ = picture.shape
        across, down = (torch.from_numpy(offsets(count)).float().to(self.device) for count in (width, height))
        colours = self._colours_of(whole, height)

        def tile(rows: slice, columns: slice) -> None:
            target = picture[rows, columns]  # (h, w, outputs)
            points = torch.empty(2, *target.shape[:2], device=self.device)
            points[0], points[1] = across[columns], down[rows, None]
            target.copy_(colours(points.flatten(1)).view(-1, *target.shape[:2]).permute(1, 2, 0))

        self._each([partial(tile, *place) for place in _tiles(width, height, self._piece_px)])

    def _draw_bent(self, picture: Tensor, whole: SinglePicture, pixel_map: PixelMap) -> None:
        offsets_of = torch.from_numpy(pixel_map.offsets).view(2, -1)
        flat = _flat(picture)
        colours = self._colours_of(whole, len(picture))

        def batch(index: Tensor) -> None:
            points = offsets_of[:, index].to(self.device)
            flat[index.to(self.device)] = colours(points).T.to(flat.dtype)

        covered = torch.from_numpy(pixel_map.covered)
        self._each([partial(batch, index) for index in torch.split(covered, self._piece_px)])

    def _colours_of(self, whole: SinglePicture, height: int) -> Callable[[Tensor], Tensor]:
        """A function that draws the picture at offsets (2, n) from the centre of a place of `height` pixels: (outputs,
        n)."""
        maps = self._maps(maps_of([whole.affine]))
        nets = [
            CppnBatch.seen(shape, [component], maps)
            for shape, components in whole.nets.items()
            for component in components
        ]
        others, outputs = whole.others, whole.outputs

        def colours(points: Tensor) -> Tensor:
            begun = summed_logits(others, points_seen(whole.affine, points[0], points[1], height), outputs)
            for net in nets:
                _add(begun[None], self._piece(net).logits(net, points[None]), net.share)
            return begun.sigmoid_()

        return colours

    def _draw_plate(self, picture: Tensor, plate: Plate, view: View) -> None:
        height, width, outputs = picture.shape
        found = gathered(plate, view, width, height, self.device)
        across, down = (torch.from_numpy(offsets(count)).float().to(self.device) for count in (width, height))
        flat = _flat(picture)
        cells = self._cells(plate)
        affine = picture_coordinates(view, width / height)
        linear, centres = self._maps(map(torch.from_numpy, cells_coordinates(plate, affine)))

        def batch(shape: Architecture, parts: list[_CellRun]) -> None:
            own = [part.cell for part in parts]
            nets = CppnBatch.seen(shape, [cells[cell] for cell in own], (linear, centres[own]))
            begins, ends = torch.tensor([part[1:] for part in parts], device=self.device).T
            place = begins[:, None] + torch.arange(max(part.end - part.begin for part in parts), device=self.device)
            place = torch.minimum(place, ends[:, None] - 1)  # shorter parts repeat their last pixel
            index = found.order[place]  # (count, n)
            points = torch.stack([across[index % width], down[index // width]], 1)
            begun = torch.zeros(len(points), outputs, points.shape[-1], device=self.device)
            _add(begun, self._piece(nets).logits(nets, points), 1.0)
            put(begun, place, index)

        def other(part: _CellRun) -> None:
            place = torch.arange(part.begin, part.end, device=self.device)
            index = found.order[place]
            own = cell_coordinates(plate, part.cell, affine)
            points = points_seen(own, across[index % width], down[index // width], height)
            put(summed_logits([cells[part.cell]], points, outputs)[None], place[None], index[None])

        def put(logits: Tensor, place: Tensor, index: Tensor) -> None:
            drawn = logits.sigmoid_()  # (count, outputs, n)
            drawn[:, -1 if outputs == 4 else 0 :].mul_(found.light[place][:, None])
            flat[index] = drawn.permute(0, 2, 1).to(flat.dtype)

        runs = list(_runs(found.starts.tolist(), self._piece_px))
        work = [partial(batch, *one) for one in _batches(runs, cells, self._piece_px)]
        rest = [partial(other, run) for run in runs if not isinstance(cells[run.cell].drawing, Architecture)]
        self._each([*work, *rest])

    def _maps(self, maps: Iterable[Tensor]) -> tuple[Tensor, Tensor]:
        linear, centres = (tensor.to(self.device) for tensor in maps)
        return linear, centres

    def _each(self, work: list[Callable[[], None]]) -> None:
        """Do all pieces of work, in all threads."""
        if self._pool is None or len(work) == 1:
            for one in work:
                one()
        else:
            for done in [self._pool.submit(one) for one in work]:
                done.result()

    def _cells(self, plate: Plate) -> list[Component]:
        """The components of a plate's cells, kept for the next frame."""
        known = self._plate
        if known is None or known[0] != plate:
            self._plate = known = plate, [self._interpolator.neuron(neuron) for neuron in plate.neurons]
        return known[1]

    def _piece(self, nets: CppnBatch) -> Workspace:
        """This thread's memory for CPPNs of their shape."""
        pieces = self._memory.by_shape
        if nets.architecture not in pieces:
            pieces[nets.architecture] = Workspace(nets.architecture, self._piece_px, self.device)
        return pieces[nets.architecture]


def _add(begun: Tensor, logits: Tensor, share: float) -> None:
    """Add logits (count, 3 or 4, n) to those of a picture (count, outputs, n)."""
    own = logits.shape[1]
    begun[:, :own].add_(logits, alpha=share)
    begun[:, own:].add_(share * OPAQUE_LOGIT)


def _flat(picture: Tensor) -> Tensor:
    """A picture as rows of pixels (pixels, outputs); its memory may have more channels than `outputs`."""
    height, width, outputs = picture.shape
    return picture.as_strided((height * width, outputs), (picture.stride(1), 1))


def _tiles(width: int, height: int, max_px: int) -> Iterator[tuple[slice, slice]]:
    """Cut a picture into rows and columns of at most `max_px` pixels, whole rows where they fit."""
    columns = min(width, max_px)
    rows = max(1, max_px // columns)
    for top in range(0, height, rows):
        for left in range(0, width, columns):
            yield slice(top, min(top + rows, height)), slice(left, min(left + columns, width))


class _CellRun(NamedTuple):
    """Pixels of one cell: order[begin:end] of the gathered pixels."""

    cell: int
    begin: int
    end: int


def _runs(starts: list[int], max_px: int) -> Iterator[_CellRun]:
    """The pixels of all cells, large cells in parts."""
    for cell, (first, last) in enumerate(pairwise(starts)):
        for begin in range(first, last, max_px):
            yield _CellRun(cell, begin, min(begin + max_px, last))


def _batches(
    runs: Iterable[_CellRun], cells: Sequence[Component], max_px: int
) -> Iterator[tuple[Architecture, list[_CellRun]]]:
    """Batches of cells with CPPNs of one shape; the largest run of a batch times their number is at most `max_px`."""
    shape: Architecture | None = None
    batch: list[_CellRun] = []
    longest = 0
    for run in runs:
        drawing = cells[run.cell].drawing
        if not isinstance(drawing, Architecture):
            continue
        longest = max(longest, run.end - run.begin)
        if shape and ((len(batch) + 1) * longest > max_px or shape != drawing):
            yield shape, batch
            batch, longest = [], run.end - run.begin
        batch.append(run)
        shape = drawing
    if shape:
        yield shape, batch


class _Memory(local):
    """Memory of each thread."""

    def __init__(self) -> None:
        self.by_shape: dict[Architecture, Workspace] = {}
