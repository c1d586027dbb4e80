"""The decoder in plain torch: on the CPU in pieces that stay in the cache, on a graphics card in large ones.

Over a whole picture every layer moves hundreds of megabytes between memory and cores, which is what plain eager torch
spends its time on. Here a few thousand pixels go through all layers before the next come, in memory that is kept.
Features lie along rows, so that atan and square are written where the next layer reads them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import local

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from installation.atlas.activation import Activation
from installation.atlas.cppn import Architecture, unflatten
from installation.atlas.interpolate import Component, Interpolator
from installation.picture.card import CHANNELS, finished
from installation.picture.niceness import give_way
from installation.picture.pixel_map import PixelMap
from installation.picture.plates import cell_coordinates, only_cell, plate_pixels
from installation.picture.projection import offsets, seen_through
from installation.picture.source import Decoded
from installation.picture.view import Affine, picture_coordinates
from installation.show.frame import Plate, Point, Shot

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
        self._pool = ThreadPoolExecutor(self.threads, "decode", give_way) if self.threads > 1 else None

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> Decoded:
        """See Decoder.decode."""
        aspect = pixel_map.aspect if pixel_map else width / height
        subject, affine = shot.subject, picture_coordinates(shot.view, aspect)
        whole = torch.empty(height, width, CHANNELS if self._on_card else 3, dtype=torch.float16, device=self.device)
        picture = whole[..., :3]
        if pixel_map is not None:
            assert isinstance(subject, Point)
            self._draw_bent(picture.zero_(), self._interpolator.components(subject), affine, pixel_map)
        elif isinstance(subject, Point):
            self._draw(picture, self._interpolator.components(subject), affine)
        elif (cell := only_cell(subject, shot.view, aspect)) is not None:
            component = self._interpolator.neuron(subject.neurons[cell])
            self._draw(picture, (component,), cell_coordinates(subject, cell, affine))
        else:
            self._draw_plate(picture.zero_(), shot, subject, affine)
        return Decoded(finished(whole) if self._on_card else picture.numpy(), shot.view, pixel_map)

    def close(self) -> None:
        """Stop the threads."""
        if self._pool is not None:
            self._pool.shutdown()

    def _draw(self, picture: Tensor, components: tuple[Component, ...], affine: Affine) -> None:
        height, width, _ = picture.shape
        nets = [_Nets.seen([component], [affine], self.device) for component in components]
        across, down = (torch.from_numpy(offsets(count)).float().to(self.device) for count in (width, height))

        def tile(rows: slice, columns: slice) -> None:
            target = picture[rows, columns]  # (h, w, 3)
            piece = self._piece(nets[0].architecture)
            points = piece.points(1, target.shape[0] * target.shape[1])
            grid = points.view(2, *target.shape[:2])
            grid[0], grid[1] = across[columns], down[rows, None]
            target.copy_(piece.draw(nets, points).view(3, *target.shape[:2]).permute(1, 2, 0))

        self._each([partial(tile, *place) for place in _tiles(width, height, self._piece_px)])

    def _draw_bent(
        self, picture: Tensor, components: tuple[Component, ...], affine: Affine, pixel_map: PixelMap
    ) -> None:
        nets = [_Nets.seen([component], [affine], self.device) for component in components]
        offsets_of = torch.from_numpy(pixel_map.offsets).view(2, -1)
        colours = _colours(picture)

        def batch(index: Tensor) -> None:
            piece = self._piece(nets[0].architecture)
            points = piece.points(1, len(index))
            points.copy_(offsets_of[:, index])
            colours[index.to(self.device)] = piece.draw(nets, points)[0].T.to(colours.dtype)

        covered = torch.from_numpy(pixel_map.covered)
        self._each([partial(batch, index) for index in torch.split(covered, self._piece_px)])

    def _draw_plate(self, picture: Tensor, shot: Shot, plate: Plate, affine: Affine) -> None:
        height, width, _ = picture.shape
        pixels = plate_pixels(plate, shot.view, width, height)
        across, down = (torch.from_numpy(offsets(count)).float().to(self.device) for count in (width, height))
        coverage = torch.from_numpy(pixels.coverage).float().to(self.device).view(-1)
        colours = _colours(picture)

        def batch(cells: list[int], index: Tensor) -> None:
            components = [self._interpolator.neuron(plate.neurons[cell]) for cell in cells]
            nets = _Nets.seen(components, [cell_coordinates(plate, cell, affine) for cell in cells], self.device)
            piece = self._piece(nets.architecture)
            points = piece.points(*index.shape)
            points[:, 0], points[:, 1] = across[index % width], down[index // width]
            drawn = piece.draw([nets], points).mul_(coverage[index][:, None])  # (count, 3, n)
            colours[index] = drawn.permute(0, 2, 1).to(colours.dtype)

        batches = _batches(pixels.cells, self._piece_px, lambda cell: self._shape(plate, cell))
        self._each([partial(batch, cells, torch.from_numpy(index).to(self.device)) for cells, index in batches])

    def _shape(self, plate: Plate, cell: int) -> Architecture:
        return self._interpolator.neuron(plate.neurons[cell]).architecture

    def _each(self, work: list[Callable[[], None]]) -> None:
        """Do all pieces of work, on all threads."""
        if self._pool is None or len(work) == 1:
            for one in work:
                one()
        else:
            for done in [self._pool.submit(one) for one in work]:
                done.result()

    def _piece(self, architecture: Architecture) -> _Piece:
        """This thread's memory for CPPNs of one shape."""
        pieces = self._memory.by_architecture
        if architecture not in pieces:
            pieces[architecture] = _Piece(architecture, self._piece_px, self.device)
        return pieces[architecture]


def _colours(picture: Tensor) -> Tensor:
    """A picture of 3 or 4 channels as its pixels (pixels, 3)."""
    height, width, _ = picture.shape
    return picture.as_strided((height * width, 3), (picture.stride(1), 1))


def _tiles(width: int, height: int, most_px: int) -> Iterator[tuple[slice, slice]]:
    """Cut a picture into rows and columns of at most `most_px` pixels, whole rows where they fit."""
    columns = min(width, most_px)
    rows = max(1, most_px // columns)
    for top in range(0, height, rows):
        for left in range(0, width, columns):
            yield slice(top, min(top + rows, height)), slice(left, min(left + columns, width))


def _batches(
    cells: NDArray[np.int64], most_px: int, shape: Callable[[int], Architecture]
) -> Iterator[tuple[list[int], NDArray[np.int64]]]:
    """Gather pixels by cell: cells of one shape that go together, and their pixels' flat indices (count, n).

    Cells with fewer pixels than the largest of their batch repeat their last one.
    """
    flat = cells.ravel()
    order = np.argsort(flat, kind="stable")
    order = order[np.searchsorted(flat[order], 0) :]
    numbers, starts = np.unique(flat[order], return_index=True)
    if not len(numbers):
        return
    batch: list[tuple[int, NDArray[np.int64]]] = []
    for number, pixels in zip(numbers.tolist(), np.split(order, starts[1:]), strict=True):
        for start in range(0, len(pixels), most_px):
            part = pixels[start : start + most_px]
            longest = max(len(part), *(len(other) for _, other in batch), 0)
            if batch and ((len(batch) + 1) * longest > most_px or shape(batch[0][0]) != shape(number)):
                yield _padded(batch)
                batch = []
            batch.append((number, part))
    if batch:
        yield _padded(batch)


def _padded(batch: list[tuple[int, NDArray[np.int64]]]) -> tuple[list[int], NDArray[np.int64]]:
    longest = max(len(pixels) for _, pixels in batch)
    return [cell for cell, _ in batch], np.stack([np.pad(one, (0, longest - len(one)), "edge") for _, one in batch])


@dataclass(frozen=True, slots=True, eq=False)
class _Nets:
    """`count` CPPNs of one shape, seen through their views, and the share that each has in its picture's logits.

    `layers` are (W (count, out, in), b (count, out, 1)), first to last.
    """

    architecture: Architecture
    layers: list[tuple[Tensor, Tensor]]
    share: float

    @classmethod
    def seen(cls, components: list[Component], affines: list[Affine], device: torch.device) -> _Nets:
        architecture = components[0].architecture
        weights = torch.stack([component.weights for component in components])  # (count, size)
        layers = unflatten(seen_through(weights, architecture, affines).to(device), architecture)
        return cls(architecture, [(weight, bias[..., None]) for weight, bias in layers], components[0].share)


class _Memory(local):
    """Every thread has memory of its own."""

    def __init__(self) -> None:
        self.by_architecture: dict[Architecture, _Piece] = {}


class _Piece:
    """Memory for up to `capacity` pixels on their way through CPPNs of one shape."""

    def __init__(self, architecture: Architecture, capacity: int, device: torch.device) -> None:
        width = architecture.width
        self._points, self._total, self._signal = (
            torch.empty(rows * capacity, device=device) for rows in (2, width, 2 * width)
        )
        self._activation = Activation(width * capacity, device)

    def points(self, count: int, pixels: int) -> Tensor:
        """Where to put pixels' offsets from the centre, (count, 2, pixels)."""
        return self._points[: 2 * count * pixels].view(count, 2, pixels)

    def draw(self, all_nets: list[_Nets], points: Tensor) -> Tensor:
        """Display-encoded RGB (count, 3, n) at `points` (count, 2, n): the sum of logits of `all_nets`, sigmoided."""
        logits = torch.zeros(len(points), 3, points.shape[-1], device=points.device)
        for nets in all_nets:
            logits.add_(self._logits(nets, points), alpha=nets.share)
        return logits.sigmoid_()

    def _logits(self, nets: _Nets, points: Tensor) -> Tensor:
        count, _, pixels = points.shape
        width = nets.architecture.width
        total = self._total[: count * width * pixels].view(count, width, pixels)
        features = self._signal[: 2 * count * width * pixels].view(count, 2 * width, pixels)
        *hidden, (last_weight, last_bias) = nets.layers
        signal = points
        for weight, bias in hidden:
            torch.baddbmm(bias, weight, signal, out=total)
            self._activation(total, features)
            signal = features
        return torch.baddbmm(last_bias, last_weight, signal)
