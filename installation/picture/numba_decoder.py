"""The decoder for the CPU: every piece of a picture is one call of the compiled kernel, on all cores.

What a plate's cells have in common with every other frame, all layers but the first, is laid out once and kept.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from threading import Lock

import numpy as np
import torch
from numba.core.errors import NumbaError
from numpy.typing import NDArray
from torch import Tensor, nn

from installation.atlas.cppn import Architecture, unflatten
from installation.atlas.interpolate import Component, Interpolator
from installation.errors import DeviceError
from installation.picture.niceness import give_way
from installation.picture.numba_kernel import BLOCK_PX, ROWS, draw_runs
from installation.picture.numba_plates import gathered, one_after_another
from installation.picture.pixel_map import PixelMap
from installation.picture.plates import cell_coordinates, cells_coordinates, only_cell
from installation.picture.projection import first_layer, offsets
from installation.picture.source import Decoded
from installation.picture.view import Affine, picture_coordinates
from installation.show.frame import Address, Plate, Shot

Floats = NDArray[np.float32]
Numbers = NDArray[np.int32]
Cells = NDArray[np.int64]

PIECE_PX = 128 * BLOCK_PX
"""Pixels that a thread draws in one go: some 3 ms, beside which a call costs nothing."""

MOST_PLATES = 8
"""Of so many plates is remembered where their neurons lie; the oldest is forgotten."""

_ALL = np.empty(0, np.int32)
_FULL = np.empty(0, np.float32)


class NumbaDecoder:
    """Decodes with the compiled kernel on `threads` cores at once (default: all it may use).

    Compiles at once, some seconds the first time ever; raises DeviceError where that fails.
    """

    def __init__(self, interpolator: Interpolator, threads: int | None = None) -> None:
        self.name = "numba-cpu"
        self.threads = threads or len(os.sched_getaffinity(0))
        self._interpolator = interpolator
        self._banks: dict[Architecture, _Bank] = {}
        self._plates: dict[Plate, list[tuple[_Bank, Cells, Numbers]]] = {}
        self._lock = Lock()
        try:
            _compile()
        except (NumbaError, RuntimeError, OSError) as error:  # OSError: no place for what was compiled.
            raise DeviceError(f"the CPU kernel does not compile: {error}") from error
        self._pool = ThreadPoolExecutor(self.threads, "decode", give_way) if self.threads > 1 else None

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> Decoded:
        """See Decoder.decode."""
        aspect = pixel_map.aspect if pixel_map else width / height
        subject, affine = shot.subject, picture_coordinates(shot.view, aspect)
        picture = np.zeros((height, width, 3), np.float32)
        if not isinstance(subject, Plate):
            self._draw(picture, self._interpolator.components(subject), affine, pixel_map)
        elif (cell := only_cell(subject, shot.view, aspect)) is not None:
            component = self._interpolator.neuron(subject.neurons[cell])
            self._draw(picture, (component,), cell_coordinates(subject, cell, affine))
        else:
            self._draw_plate(picture, shot, subject, affine)
        # torch converts with vector instructions: 0.3 ms for 640x360, where numpy takes 12.
        return Decoded(torch.from_numpy(picture).half().numpy(), shot.view, pixel_map)

    def close(self) -> None:
        """Stop the threads."""
        if self._pool is not None:
            self._pool.shutdown()

    def _draw(
        self,
        picture: Floats,
        components: tuple[Component, ...],
        affine: Affine,
        pixel_map: PixelMap | None = None,
    ) -> None:
        architecture = components[0].architecture
        if any(component.architecture != architecture for component in components):
            raise DeviceError("the CPU kernel draws CPPNs of one shape at a time")
        weights = torch.stack([component.weights for component in components])
        linear = torch.tensor([[[affine.a, affine.b], [affine.d, affine.e]]], dtype=torch.float64)
        centre = torch.tensor([affine.at(0.5, 0.5)], dtype=torch.float64)
        nets = _Nets(
            architecture,
            _first(*unflatten(weights, architecture)[0], linear, centre),
            np.arange(len(components), dtype=np.int32),
            _others(weights, architecture),
            np.array([component.share for component in components], np.float32),
        )
        order = _ALL if pixel_map is None else pixel_map.covered
        pixels = picture.shape[0] * picture.shape[1] if pixel_map is None else len(order)
        piece_px = BLOCK_PX * max(1, min(PIECE_PX, pixels // self.threads) // BLOCK_PX)
        edges = np.array([*range(0, pixels, piece_px), pixels], np.int32)
        runs = np.stack([edges[:-1], edges[1:]], 1)
        draw = _drawing(picture, pixel_map)
        self._each([partial(draw, order, run[None], nets, _FULL) for run in runs])

    def _draw_plate(self, picture: Floats, shot: Shot, plate: Plate, affine: Affine) -> None:
        height, width, _ = picture.shape
        draw = _drawing(picture)
        found = gathered(plate, shot.view, width, height, self._each)
        runs = np.stack([found.starts[:-1], found.starts[1:]], 1)  # (cells, 2)
        work = []
        for bank, cells, rows in self._laid_out(plate):
            seen = runs[cells, 1] > runs[cells, 0]
            if not seen.any():
                continue
            own, nets = runs[cells[seen]], bank.nets(plate, cells[seen], rows[seen], affine)
            done = np.cumsum(own[:, 1] - own[:, 0])
            piece_px = min(PIECE_PX, -(-int(done[-1]) // self.threads))
            edges = [0, *np.unique(np.searchsorted(done, np.arange(piece_px, done[-1], piece_px))), len(own)]
            work += [
                partial(draw, found.order, own[begin:end], nets.some(begin, end), found.light)
                for begin, end in pairwise(edges)
            ]
        self._each(work)

    def _laid_out(self, plate: Plate) -> list[tuple[_Bank, Cells, Numbers]]:
        """The banks that hold the neurons of a plate, each with the cells that it holds and their rows in it."""
        with self._lock:
            if plate not in self._plates:
                if len(self._plates) >= MOST_PLATES:
                    self._plates.pop(next(iter(self._plates)))
                atlas = self._interpolator.atlas
                shapes = [atlas.architecture(atlas.find(neuron).family) for neuron in plate.neurons]
                laid_out = []
                for shape in dict.fromkeys(shapes):
                    cells = np.flatnonzero([one == shape for one in shapes])
                    bank = self._banks.setdefault(shape, _Bank(shape, self._interpolator))
                    laid_out.append((bank, cells, bank.rows([plate.neurons[cell] for cell in cells])))
                self._plates[plate] = laid_out
            return self._plates[plate]

    def _each(self, work: Sequence[Callable[[], None]]) -> None:
        """Do all pieces of work, on all threads."""
        if self._pool is None or len(work) == 1:
            one_after_another(work)
        else:
            for done in [self._pool.submit(one) for one in work]:
                done.result()


@dataclass(frozen=True, slots=True, eq=False)
class _Nets:
    """What the kernel needs of CPPNs; see numba_kernel.draw_runs."""

    architecture: Architecture
    first: Floats
    rows: Numbers
    rest: Floats
    shares: Floats

    def some(self, begin: int, end: int) -> _Nets:
        """Those of the runs from `begin` up to `end`, where every run has one."""
        return replace(self, first=self.first[begin:end], rows=self.rows[begin:end])


class _Bank:
    """The weights of neurons of one shape, laid out for the kernel when first asked for and kept."""

    def __init__(self, architecture: Architecture, interpolator: Interpolator) -> None:
        self._architecture = architecture
        self._interpolator = interpolator
        self._rows: dict[Address, int] = {}
        self._weight = torch.empty(0, architecture.width, 2)
        self._bias = torch.empty(0, architecture.width)
        self._rest = _others(torch.empty(0, architecture.size), architecture)

    def rows(self, addresses: Sequence[Address]) -> Numbers:
        """Where these neurons lie; those that are new are laid out behind the others."""
        new = [address for address in dict.fromkeys(addresses) if address not in self._rows]
        if new:
            weights = torch.stack([self._interpolator.neuron(address).weights for address in new])
            weight, bias = unflatten(weights, self._architecture)[0]
            self._weight, self._bias = torch.cat([self._weight, weight]), torch.cat([self._bias, bias])
            self._rest = np.concatenate([self._rest, _others(weights, self._architecture)])
            self._rows |= {address: len(self._rows) + number for number, address in enumerate(new)}
        return np.array([self._rows[address] for address in addresses], np.int32)

    def nets(self, plate: Plate, cells: Cells, rows: Numbers, affine: Affine) -> _Nets:
        """The neurons of some cells as they are seen where `affine` maps a place to the plate."""
        linear, centres = (torch.from_numpy(array) for array in cells_coordinates(plate, cells, affine))
        own = torch.from_numpy(rows)
        first = _first(self._weight[own], self._bias[own], linear, centres)
        return _Nets(self._architecture, first, rows, self._rest, np.ones(1, np.float32))


def _drawing(picture: Floats, pixel_map: PixelMap | None = None) -> Callable[[Numbers, Numbers, _Nets, Floats], None]:
    """The kernel for one picture (height, width, 3); it takes an order, runs, nets and light, see draw_runs."""
    height, width, _ = picture.shape
    if pixel_map is None:
        across, down = (offsets(count).astype(np.float32) for count in (width, height))
        row_px = width
    else:
        across, down = pixel_map.offsets.reshape(2, -1)
        row_px = 1

    def draw(order: Numbers, runs: Numbers, nets: _Nets, light: Floats) -> None:
        draw_runs(picture.reshape(-1, 3), order, runs, nets.first, nets.rows, nets.rest, nets.shares, light, across,
                  down, row_px, nets.architecture.depth, BLOCK_PX)  # fmt: skip

    return draw


def _first(weight: Tensor, bias: Tensor, linear: Tensor, centres: Tensor) -> Floats:
    """First layers seen through maps (see projection.first_layer), for the kernel."""
    seen, shifted = first_layer(weight, bias, linear, centres)
    return _laid(seen, shifted).float().numpy()


def _others(weights: Tensor, architecture: Architecture) -> Floats:
    """All layers but the first of CPPNs (count, size), for the kernel."""
    width = architecture.width
    spare = _units(width) - width
    layers = []
    for weight, bias in unflatten(weights, architecture)[1:]:
        halves = weight.reshape(*weight.shape[:-1], 2, width)  # (count, out, 2, width)
        layers.append(_laid(nn.functional.pad(halves, (0, spare)).flatten(-2), bias))
    return torch.cat(layers, 1).numpy()


def _laid(weight: Tensor, bias: Tensor) -> Tensor:
    """A layer (count, out, in) and (count, out) as the kernel reads it: for every ROWS units their biases, then their
    weights input by input; (count, numbers), silent units at the end."""
    columns = torch.cat([bias[..., None], weight], -1)  # (count, out, 1 + in)
    out = columns.shape[1]
    padded = nn.functional.pad(columns, (0, 0, 0, _units(out) - out))
    return padded.view(len(padded), _units(out) // ROWS, ROWS, columns.shape[2]).transpose(2, 3).flatten(1).contiguous()


def _units(width: int) -> int:
    return -(-width // ROWS) * ROWS


def _compile() -> None:
    """Draw one pixel: numba compiles then, or finds what it compiled before."""
    architecture = Architecture(4, 1)
    weights, one = torch.zeros(1, architecture.size), np.ones(1, np.float32)
    place = torch.zeros(1, 2, 2, dtype=torch.float64), torch.zeros(1, 2, dtype=torch.float64)
    first = _first(*unflatten(weights, architecture)[0], *place)
    nets = _Nets(architecture, first, np.zeros(1, np.int32), _others(weights, architecture), one)
    _drawing(np.zeros((1, 1, 3), np.float32))(_ALL, np.array([[0, 1]], np.int32), nets, _FULL)
