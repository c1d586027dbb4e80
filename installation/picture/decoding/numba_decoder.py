"""The decoder for the CPU: each piece of a picture is one call of the compiled kernel, on all cores.

All layers of a plate's cells but the first are the same in every frame: they are laid out once and kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from threading import Lock
from typing import NamedTuple

import numpy as np
import torch
from numba.core.errors import NumbaError
from numpy.typing import NDArray

from installation.atlas.architecture import Architecture
from installation.atlas.interpolate import Component, Interpolator
from installation.errors import DeviceError
from installation.picture.decoding.numba_kernel import BLOCK_PX, CURVE_NUMBERS, draw_runs
from installation.picture.decoding.numba_plates import gathered, one_after_another
from installation.picture.decoding.numba_weights import WeightBank, Weights, padded_units
from installation.picture.decoding.plates import cell_coordinates, cells_coordinates, raster_of
from installation.picture.decoding.projection import maps_of, offsets
from installation.picture.decoding.single_picture import SinglePicture, outputs_of, seen
from installation.picture.pixel_map import PixelMap
from installation.picture.rectangle import Rectangle
from installation.picture.source import DecodedPicture, Part
from installation.picture.thread_priority import lower_thread_priority
from installation.picture.view import Affine, picture_coordinates
from installation.picture.ways.kinds import summed_logits
from installation.picture.ways.points import points_seen
from installation.show.frame import Plate, Shot, View
from installation.systems import cores

Floats = NDArray[np.float32]
Numbers = NDArray[np.int32]
Cells = NDArray[np.int64]
Doubles = NDArray[np.float64]

COLOURS = re.compile(r"\x1b\[[\d;]*m")
"""The colour codes in numba's messages if colorama is installed."""

MAX_PX = 128 * BLOCK_PX
"""The most pixels that a thread draws in one call: about 3 ms, so that the call's own cost is negligible."""

OTHERS_PX = 8192
"""The most pixels of a component that is not a CPPN that a thread draws in one call."""

MAX_PLATES = 8
"""How many plates' layouts are kept; a new one replaces the oldest."""

_ALL = np.empty(0, np.int32)
_FULL = np.empty(0, np.float32)
_ONE = np.ones(1, np.float32)


class NumbaDecoder:
    """Decodes with the compiled kernel in `threads` threads (default: one for each core that it may use).

    The constructor compiles the kernel, some seconds the first time ever; it raises DeviceError if that fails.
    """

    def __init__(self, interpolator: Interpolator, threads: int | None = None) -> None:
        self.name = "numba-cpu"
        self.threads = threads or cores()
        self._interpolator = interpolator
        self._banks: dict[Architecture, WeightBank] = {}
        self._plates: dict[Plate, _LaidOut] = {}
        self._lock = Lock()
        try:
            _compile()
        except (NumbaError, RuntimeError, OSError) as error:  # OSError: no folder for compiled code.
            raise DeviceError(f"the CPU kernel does not compile: {COLOURS.sub('', str(error))}") from error
        self._pool = ThreadPoolExecutor(self.threads, "decode", lower_thread_priority) if self.threads > 1 else None

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
        """See Decoder.decode."""
        picture = self._drawn(shot, (width, height), Rectangle(0, 0, width, height), pixel_map)
        # torch converts with vector instructions: 0.3 ms for 640x360; numpy takes 12 ms.
        return DecodedPicture(torch.from_numpy(picture).half().numpy(), shot.view, pixel_map)

    def decode_part(self, shot: Shot, size_px: tuple[int, int], part: Rectangle) -> DecodedPicture:
        """See PartDecoder.decode_part."""
        return DecodedPicture(self._drawn(shot, size_px, part), shot.view, part=Part(part, size_px))

    def close(self) -> None:
        """Stop the threads."""
        if self._pool is not None:
            self._pool.shutdown()

    def _drawn(
        self, shot: Shot, size_px: tuple[int, int], part: Rectangle, pixel_map: PixelMap | None = None
    ) -> Floats:
        subject = seen(shot, pixel_map.aspect if pixel_map else size_px[0] / size_px[1], self._interpolator)
        outputs = subject.outputs if isinstance(subject, SinglePicture) else self._laid_out(subject).outputs
        picture = np.zeros((part.height, part.width, outputs), np.float32)
        if isinstance(subject, SinglePicture):
            self._draw(picture, subject, _Places.on(pixel_map) if pixel_map else _Places.of(size_px, part))
        else:
            self._draw_plate(picture, subject, shot.view, size_px, part)
        return picture

    def _draw(self, picture: Floats, whole: SinglePicture, places: _Places) -> None:
        others = whole.others
        if others:
            self._begin(picture, places, whole.affine, others)
        piece_px = -(-self._piece_px(places.count) // BLOCK_PX) * BLOCK_PX
        edges = np.array([*range(0, places.count, piece_px), places.count], np.int32)
        runs = np.stack([edges[:-1], edges[1:]], 1)
        linear, centres = (tensor.numpy() for tensor in maps_of([whole.affine]))
        shapes = list(whole.nets.items())
        draw = _drawing(picture, places)
        for number, (architecture, components) in enumerate(shapes):
            nets = _Nets(
                Weights.of(torch.stack([component.weights for component in components]), architecture),
                np.arange(len(components), dtype=np.int32),
                linear[0],
                centres,
                np.array([component.share for component in components], np.float32),
            )
            step = _Pass(number == 0 and not others, number == len(shapes) - 1)
            self._each([partial(draw, places.order, run[None], nets, _FULL, step) for run in runs])
        if not shapes:
            _finish(picture, places.order)

    def _begin(self, picture: Floats, places: _Places, affine: Affine, others: Sequence[Component]) -> None:
        """Write the logits of components that are not CPPNs into a picture."""
        outputs = picture.shape[-1]
        flat = picture.reshape(-1, outputs)

        def piece(begin: int, end: int) -> None:
            pixels = places.order[begin:end] if len(places.order) else np.arange(begin, end)
            across, down = places.across[pixels % len(places.across)], places.down[pixels // places.row_px]
            points = points_seen(affine, torch.from_numpy(across), torch.from_numpy(down), places.height)
            flat[pixels] = summed_logits(others, points, outputs).T.numpy()

        edges = [*range(0, places.count, OTHERS_PX), places.count]
        self._each([partial(piece, *ends) for ends in pairwise(edges)])

    def _draw_plate(self, picture: Floats, plate: Plate, view: View, size_px: tuple[int, int], part: Rectangle) -> None:
        width, height = size_px
        places = _Places.of(size_px, part)
        draw = _drawing(picture, places)
        found = gathered(plate, raster_of(plate, view, width, height).cut(part), self._each)
        runs = np.stack([found.starts[:-1], found.starts[1:]], 1)  # (cells, 2)
        affine = picture_coordinates(view, width / height)
        linear, centres = cells_coordinates(plate, affine)
        laid_out = self._laid_out(plate)
        work = []
        for bank, cells, rows in laid_out.banks:
            some = runs[cells, 1] > runs[cells, 0]
            own, nets = runs[cells[some]], _Nets(bank.weights, rows[some], linear, centres[cells[some]], _ONE)
            ends = np.cumsum(own[:, 1] - own[:, 0])
            pixels = int(ends[-1]) if len(ends) else 0
            edges = np.searchsorted(ends, np.arange(0, pixels, self._piece_px(pixels)))
            work += [
                partial(draw, found.order, own[begin:end], nets.some(begin, end), found.light)
                for begin, end in pairwise(np.unique([*edges, len(own)]))
            ]
        self._each(work)
        for cell, component in laid_out.others.items():
            order = found.order[runs[cell, 0] : runs[cell, 1]]
            if len(order):
                here = replace(places, order=order, count=len(order))
                self._begin(picture, here, cell_coordinates(plate, cell, affine), [component])
                _finish(picture, order, found.light)

    def _piece_px(self, pixels: int) -> int:
        """The size of a piece that gives every thread the same amount of work."""
        pieces = -(-pixels // (MAX_PX * self.threads)) * self.threads
        return max(1, -(-pixels // max(1, pieces)))

    def _laid_out(self, plate: Plate) -> _LaidOut:
        """The layout of a plate's neurons, kept for the next frame."""
        with self._lock:
            if plate not in self._plates:
                if len(self._plates) >= MAX_PLATES:
                    self._plates.pop(next(iter(self._plates)))
                components = [self._interpolator.neuron(neuron) for neuron in plate.neurons]
                shapes = [one.drawing if isinstance(one.drawing, Architecture) else None for one in components]
                banks = []
                for shape in filter(None, dict.fromkeys(shapes)):
                    cells = np.flatnonzero([one == shape for one in shapes])
                    bank = self._banks.setdefault(shape, WeightBank(shape, self._interpolator))
                    banks.append((bank, cells, bank.rows([plate.neurons[cell] for cell in cells])))
                others = {cell: one for cell, one in enumerate(components) if shapes[cell] is None}
                self._plates[plate] = _LaidOut(banks, others, outputs_of(components))
            return self._plates[plate]

    def _each(self, work: Sequence[Callable[[], None]]) -> None:
        """Do all pieces of work, in all threads."""
        if self._pool is None or len(work) == 1:
            one_after_another(work)
        else:
            for done in [self._pool.submit(one) for one in work]:
                done.result()


@dataclass(frozen=True, slots=True, eq=False)
class _LaidOut:
    """The layout of a plate's neurons: the banks of its CPPNs, each with its cells and their rows in the bank; other
    cells by number; and the channels of the plate's picture."""

    banks: list[tuple[WeightBank, Cells, Numbers]]
    others: dict[int, Component]
    outputs: int


class _Pass(NamedTuple):
    """Whether a pass over a picture is the first or the last; each pass draws CPPNs of another shape."""

    begins: bool = True
    ends: bool = True


_ONLY = _Pass()


@dataclass(frozen=True, slots=True, eq=False)
class _Nets:
    """The nets of a call of the kernel; see numba_kernel.draw_runs."""

    weights: Weights
    rows: Numbers
    linear: Doubles
    centres: Doubles
    shares: Floats

    def some(self, begin: int, end: int) -> _Nets:
        """The nets of the runs from `begin` up to `end`, if every run has one net."""
        return replace(self, rows=self.rows[begin:end], centres=self.centres[begin:end])


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """The places of `count` pixels of a picture, for numba_kernel.draw_runs; an empty `order` means all of them.

    `height` is the whole picture's; these pixels may be a part of it.
    """

    across: Floats
    down: Floats
    row_px: int
    order: Numbers
    count: int
    height: int

    @classmethod
    def of(cls, size_px: tuple[int, int], part: Rectangle) -> _Places:
        across, down = (offsets(count).astype(np.float32) for count in size_px)
        across, down = across[part.left : part.right], down[part.top : part.bottom]
        return cls(across, down, part.width, _ALL, part.width * part.height, size_px[1])

    @classmethod
    def on(cls, pixel_map: PixelMap) -> _Places:
        across, down = pixel_map.offsets.reshape(2, -1)
        return cls(across, down, 1, pixel_map.covered, len(pixel_map.covered), pixel_map.size_px[1])


def _drawing(picture: Floats, places: _Places) -> Callable[..., None]:
    """The kernel for one picture (height, width, outputs); it takes an order, runs, nets and light, see draw_runs."""

    def draw(order: Numbers, runs: Numbers, nets: _Nets, light: Floats, step: _Pass = _ONLY) -> None:
        weights, outputs = nets.weights, picture.shape[-1]
        shape = weights.architecture
        centres, period = nets.centres, shape.period
        if period is not None:
            centres = centres - period * np.rint(centres / period)
        draw_runs(
            *(picture.reshape(-1, outputs), order, runs, weights.first, weights.rest),
            *(nets.rows, nets.linear, centres, nets.shares),
            *(light, places.across, places.down, places.row_px),
            *(padded_units(shape.width), shape.depth, CURVE_NUMBERS[shape.curve], bool(shape.waves), shape.outputs),
            *(*step, BLOCK_PX),
        )

    return draw


def _finish(picture: Floats, order: Numbers, light: Floats = _FULL) -> None:
    """Turn logits into colours, of all pixels or of those in an order; `light` is the visible share of every pixel."""
    outputs = picture.shape[-1]
    flat = picture.reshape(-1, outputs)
    pixels = order if len(order) else slice(None)
    drawn = torch.from_numpy(flat[pixels]).sigmoid().numpy()
    if len(light):
        drawn[:, -1 if outputs == 4 else 0 :] *= light[pixels][:, None]
    flat[pixels] = drawn


def _compile() -> None:
    """Draw one pixel and gather a plate of one pixel, so that numba compiles now or loads its compiled code."""
    architecture = Architecture(4, 1)
    weights = Weights.of(torch.zeros(1, architecture.size), architecture)
    nets = _Nets(weights, np.zeros(1, np.int32), np.zeros((2, 2)), np.zeros((1, 2)), _ONE)
    picture, place = np.zeros((1, 1, 3), np.float32), _Places.of((1, 1), Rectangle(0, 0, 1, 1))
    _drawing(picture, place)(_ALL, np.array([[0, 1]], np.int32), nets, _FULL)
    plate = Plate(("",), 1, 0.1)
    gathered(plate, raster_of(plate, View(), 1, 1))
