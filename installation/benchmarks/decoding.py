"""Measures the cost of decoding on this machine: every decoder beside eager torch and the machine's ceiling."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import torch

from installation.atlas.activation import Activation
from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas
from installation.atlas.cppn import grid, logits
from installation.atlas.format import Family, Index, NetworkProvenance, Neuron, write_atlas
from installation.atlas.interpolate import Interpolator
from installation.picture.decoding.choosing.fallback_decoder import DECODER_FAILURES, MakeDecoder
from installation.picture.decoding.decoder import Decoder, decode_all, max_batch_px
from installation.picture.order import Order
from installation.show.frame import LatentPoint, Plate, Shot, View

log = logging.getLogger(__name__)

SIDE_PX, CARD_SIDE_PX = 512, 2048
"""Sides of the pictures that decoders and eager torch draw in turn; a smaller picture does not keep a card busy."""

CARD_PICTURES = 8
"""Pictures that a batching decoder draws at once: 8 ms on a card that draws 4 Gpixel/s, so that a launch hardly counts.
Eager torch, which takes a hundred times the memory, draws one."""

ON_CARD = ("triton", "torch-cuda")
"""Decoders that are measured beside eager torch on the card."""

LAYERS = (2, 4, 8, 12)
ROUNDS = 4
SIZES_PX = ((160, 90), (320, 180), (640, 360), (1280, 720))
CELLS = (1, 16, 100, 1000)

Clock = Callable[[], float]
Pictures = Mapping[str, tuple[LatentPoint | Plate, tuple[int, int]]]
"""Subject and picture size, by name."""


@dataclass(frozen=True, slots=True)
class Ceilings:
    """The most that was measured here: bytes copied, multiply-adds of a square matrix product (in half precision on a
    card), activations (an arctangent and a square, in the cache or in registers), each per second, on all cores or on
    the card."""

    copied_bytes: float
    multiply_adds: float
    activations: float

    def mpx_per_s(self, architecture: Architecture) -> float:
        """Mpixel/s of a decoder that did nothing but products and activations, each at its ceiling, in turn.

        Only arctangents were measured. Other curves take no time here, so a decoder's share of this ceiling is too low.
        """
        products = sum(fan_in * fan_out for fan_in, fan_out in architecture.layers)
        activations = architecture.width * architecture.depth if architecture.curve == "atan" else 0
        return 1e-6 / (products / self.multiply_adds + activations / self.activations)


@dataclass(frozen=True, slots=True)
class DecodeFigure:
    """One decoder: Mpixel/s, times eager torch on its device in the same run, share of the device's ceiling."""

    mpx_per_s: float
    ratio_to_eager: float
    share_of_ceiling: float


def measure_ceilings(clock: Clock, device: str = "cpu", threads: int = 1) -> Ceilings:
    """Measure the machine; on the CPU with torch's own threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        numbers = (16 if device == "cpu" else 256) << 20  # no cache matters beside a gigabyte
        source, target = (torch.ones(numbers, device=device) for _ in range(2))
        side, kind = (1024, torch.float32) if device == "cpu" else (4096, torch.float16)
        square = torch.ones(side, side, device=device, dtype=kind)
        product = torch.empty_like(square)
        copy = _best(lambda: target.copy_(source), clock, device)
        multiply = _best(lambda: torch.mm(square, square, out=product), clock, device)
    finally:
        torch.set_num_threads(before)
    activations = threads * _activations(clock) if device == "cpu" else _activations_on_card(clock, device)
    return Ceilings(8.0 * numbers / copy, float(side) ** 3 / multiply, activations)


def _activations(clock: Clock) -> float:
    """Activations per second of one thread."""
    numbers = 24 * 4096
    total, signal = torch.ones(1, 24, numbers // 24), torch.ones(1, 48, numbers // 24)
    activation = Activation(numbers)
    return numbers / _best(lambda: activation(total, signal), clock, "cpu")


def _activations_on_card(clock: Clock, device: str) -> float:
    """Activations per second, in registers; infinite without triton, so that only products limit the ceiling."""
    if find_spec("triton") is None:
        return float("inf")
    from installation.picture.decoding.fused_ceiling import activate

    _, count = activate(device)
    return count / _best(lambda: activate(device), clock, device)


def measure_decoders(
    interpolator: Interpolator,
    makes: Mapping[str, MakeDecoder],
    clock: Clock,
    threads: int,
    *,
    compiled_too: bool = False,
) -> dict[str, DecodeFigure]:
    """Measure each decoder over one square picture, in turn with eager torch; omits decoders that fail.

    Eager torch is plain `cppn.logits` over the whole picture with `threads` threads; for decoders of a card, it runs
    on the card. `compiled_too` adds torch.compile if a compiler is installed, on a card in half precision: it takes
    half a minute.
    """
    on_card = [name for name in makes if name in ON_CARD]
    others = {name: make for name, make in makes.items() if name not in on_card}
    figures = _EagerBaseline("cpu", SIDE_PX, interpolator, clock, threads).beside(others, compiled_too)
    if on_card:
        card = _EagerBaseline("cuda", CARD_SIDE_PX, interpolator, clock, 1)
        figures |= card.beside({name: makes[name] for name in on_card}, compiled_too)
    return figures


class _EagerBaseline:
    """Eager torch on one device over a picture with `side_px` pixels a side, and decoders beside it."""

    def __init__(self, device: str, side_px: int, interpolator: Interpolator, clock: Clock, threads: int) -> None:
        atlas = interpolator.atlas
        neuron = next(one for one in atlas.neurons if isinstance(atlas.drawing(one.family), Architecture))
        self._device, self._side_px, self._clock, self._threads = device, side_px, clock, threads
        shape = atlas.drawing(neuron.family)
        assert isinstance(shape, Architecture)
        self._architecture = shape
        self._latent = atlas.latent(neuron).to(device)
        self._points = grid(side_px, side_px).to(device)
        self._shot = Shot(LatentPoint(((neuron.address, 1.0),)), View())
        self._ceiling = measure_ceilings(clock, device, threads).mpx_per_s(self._architecture)

    def beside(self, makes: Mapping[str, MakeDecoder], compiled_too: bool) -> dict[str, DecodeFigure]:
        """The figures of eager torch, compiled torch and all decoders."""
        suffix = "" if self._device == "cpu" else f"-{self._device}"
        eager = partial(self._run, self._draw)
        figures = {f"torch-eager{suffix}": self._figure(eager, eager)}
        if compiled_too:
            half = self._device != "cpu"
            draw = self._draw_in_half if half else self._draw
            if (compiled := self._compiled(draw)) is not None:
                figures[f"torch-compile{suffix}{'-half' if half else ''}"] = self._figure(compiled, eager)
        for name, make in makes.items():
            try:
                decoder = make()
            except DECODER_FAILURES:
                continue
            try:
                pictures = CARD_PICTURES if max_batch_px(decoder) else 1
                figures[name] = self._figure(partial(self._decode, decoder, pictures), eager, pictures)
            finally:
                decoder.close()
        return figures

    def _decode(self, decoder: Decoder, pictures: int) -> None:
        for decoded in decode_all(decoder, [Order(self._shot, self._side_px, self._side_px)] * pictures):
            decoded.prepare()

    def _draw(self) -> torch.Tensor:
        return torch.sigmoid(logits(self._latent, self._points, self._architecture))

    def _draw_in_half(self) -> torch.Tensor:
        return torch.sigmoid(logits(self._latent.half(), self._points.half(), self._architecture))

    def _run(self, draw: Callable[[], object]) -> None:
        """Draw with all threads, and wait for the end."""
        torch.set_num_threads(self._threads)
        draw()
        torch.set_num_threads(1)
        if self._device != "cpu":
            torch.cuda.synchronize()

    def _compiled(self, draw: Callable[[], torch.Tensor]) -> Callable[[], None] | None:
        """`draw` through torch.compile; None without a working compiler."""
        if not any(shutil.which(name) for name in ("c++", "g++", "clang++", "cl")):
            return None
        compiled = torch.compile(draw)
        try:
            self._run(compiled)
        except RuntimeError as error:  # Torch raises this if the compiler fails.
            log.info("torch.compile does not work here: %s", error)
            return None
        return partial(self._run, compiled)

    def _figure(self, work: Callable[[], object], eager: Callable[[], object], pictures: int = 1) -> DecodeFigure:
        """Measure `work` on `pictures` pictures beside `eager`: the best of several rounds, each with both, after
        one run to warm up."""
        work()
        own = plain = float("inf")
        for _ in range(ROUNDS):
            plain, own = min(plain, once(eager, self._clock)), min(own, once(work, self._clock))
        speed = pictures * self._side_px**2 / own / 1e6
        return DecodeFigure(speed, pictures * plain / own, speed / self._ceiling)


def measure_growth(interpolator: Interpolator, decoder: Decoder, clock: Clock) -> dict[str, dict[str, float]]:
    """Milliseconds per picture, by its pixels, by its kind of point between neurons, and by the cells of a plate."""
    neurons = interpolator.atlas.neurons
    first = neurons[0]
    family = [neuron.address for neuron in neurons if neuron.family == first.family][:2]
    other = next((neuron.address for neuron in neurons if neuron.family != first.family), first.address)
    one = LatentPoint(((first.address, 1.0),))
    subjects = {
        "a neuron": one,
        "between two of a family": LatentPoint(tuple((address, 1 / len(family)) for address in family)),
        "between two families": LatentPoint(((first.address, 0.5), (other, 0.5))) if other != first.address else one,
    }
    size = SIZES_PX[-2]
    work: dict[str, Pictures] = {
        "pixels": {f"{pixels[0]}x{pixels[1]}": (one, pixels) for pixels in SIZES_PX},
        "neurons": {name: (subject, size) for name, subject in subjects.items()},
        "cells": {str(cells): (_plate(interpolator, cells, size), size) for cells in CELLS},
    }
    return {by: _milliseconds(decoder, pictures, clock) for by, pictures in work.items()}


def measure_layers(make: Callable[[Interpolator], Decoder], clock: Clock, folder: Path) -> dict[str, float]:
    """Milliseconds per picture by its CPPN's hidden layers, over an atlas of grey neurons written to `folder`."""
    sha256 = "0" * 64
    shapes = {f"layers-{depth}": Architecture(depth=depth) for depth in LAYERS}
    families = {
        name: Family(f"families/{name}.00000000.safetensors", sha256, shape, 1) for name, shape in shapes.items()
    }
    neurons = tuple(
        Neuron(f"benchmark/{name}/0", name, "benchmark", name, 0, "", name, None, 0, 0.0, 0, 0, "", "", sha256)
        for name in shapes
    )
    index = Index({"benchmark": NetworkProvenance(sha256, "none", "none")}, families, neurons)
    write_atlas(folder, index, {name: torch.zeros(1, shape.size) for name, shape in shapes.items()})
    decoder = make(Interpolator(Atlas.open(folder)))
    try:
        pictures = {
            str(shapes[neuron.name].depth): (LatentPoint(((neuron.address, 1.0),)), SIZES_PX[-2]) for neuron in neurons
        }
        return _milliseconds(decoder, pictures, clock)
    finally:
        decoder.close()


def _plate(interpolator: Interpolator, cells: int, size: tuple[int, int]) -> Plate:
    """A full square of cells, neurons repeated as needed."""
    addresses = [neuron.address for neuron in interpolator.atlas.neurons]
    side = max(1, round(cells**0.5))
    return Plate(tuple(addresses[cell % len(addresses)] for cell in range(side * side)), side, 0.0, size[0] / size[1])


def _milliseconds(decoder: Decoder, pictures: Pictures, clock: Clock) -> dict[str, float]:
    """The best milliseconds of several rounds, each with all of these pictures."""

    def draw(subject: LatentPoint | Plate, size: tuple[int, int]) -> None:
        decoder.decode(Shot(subject, View()), *size)

    for picture in pictures.values():
        draw(*picture)
    rounds = [[once(partial(draw, *picture), clock) for picture in pictures.values()] for _ in range(ROUNDS)]
    return {name: 1000 * min(times) for name, times in zip(pictures, zip(*rounds, strict=True), strict=True)}


def _best(work: Callable[[], object], clock: Clock, device: str) -> float:
    def finished() -> None:
        work()
        if device != "cpu":
            torch.cuda.synchronize()

    finished()
    return min(once(finished, clock) for _ in range(2 * ROUNDS))


def once(work: Callable[[], object], clock: Clock) -> float:
    """The seconds that `work` takes."""
    begun = clock()
    work()
    return clock() - begun
