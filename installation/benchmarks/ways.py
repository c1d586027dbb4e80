"""Measures the cost of a pixel in every way of drawing, beside the machine's ceiling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas
from installation.atlas.drawing import WayOfDrawing
from installation.atlas.format import Family, Index, NetworkProvenance, write_atlas
from installation.atlas.interpolate import Interpolator
from installation.atlas.spectrum import Spectrum
from installation.benchmarks.decoding import ROUNDS, Ceilings, Clock, once
from installation.benchmarks.made_up import NETWORK, NO_SHA256, made_up_neuron
from installation.picture.decoding.decoder import Decoder
from installation.picture.sources.subject_decoder import SubjectDecoder
from installation.show.frame import Descent, LatentPoint, OnBody, Shot, Subject, View, World

SIZE_PX = (640, 360)

WAYS: dict[str, WayOfDrawing] = {
    "cppn": Architecture(),
    "cppn, octaves": Architecture(coordinates="octaves"),
    "cppn, torus": Architecture(coordinates="torus"),
    "cppn, loop": Architecture(coordinates="loop"),
    "cppn, alpha": Architecture(alpha=True),
    "cppn, relu": Architecture(activation="relu"),
    "cppn, abs": Architecture(activation="abs"),
    "cppn, sine": Architecture(activation="sine"),
    "fourier": Spectrum(256, 256),
}
BODIES = ("sphere", "torus", "plane")
"""Each wears the plain CPPN, upright and lit, over most of the picture's height."""

TIMES_WANTED = {"cppn, alpha": 1.0, "fourier": 1.0, **dict.fromkeys(BODIES, 1.3)}

TAPS = 16
"""Coefficients of a cubic spline for each place, with three colours each."""


@dataclass(frozen=True, slots=True)
class WayFigure:
    """One way of drawing: nanoseconds per pixel, their ratio to those of a plain CPPN of 8 x 24 in the same run, and
    the share of the ceiling for products, activations and memory one after the other. `times_wanted` is how many times
    a plain CPPN it may cost at most, if that was decided."""

    ns_a_pixel: float
    times_cppn: float
    share_of_ceiling: float
    times_wanted: float | None


def measure_ways(
    make: Callable[[Interpolator], Decoder], clock: Clock, folder: Path, ceilings: Ceilings
) -> dict[str, WayFigure]:
    """Measure all ways of drawing over an atlas of random neurons written to `folder`, a descent between two CPPNs, and
    bodies that wear one.

    Each figure is the best of several rounds, which contain all ways in turn.
    """
    generator = torch.Generator().manual_seed(1)
    names = {name: f"way{number}" for number, name in enumerate(WAYS)}
    families = {names[name]: Family("", "", drawing, 2) for name, drawing in WAYS.items()}
    neurons = tuple(made_up_neuron(family, row, None) for family in families for row in range(2))
    index = Index({NETWORK: NetworkProvenance(NO_SHA256, "none", "none")}, families, neurons)
    latents = {names[name]: 0.2 * torch.randn(2, drawing.size, generator=generator) for name, drawing in WAYS.items()}
    write_atlas(folder, index, latents)
    subjects: dict[str, Subject] = {
        name: LatentPoint(((f"{NETWORK}/{family}/0", 1.0),)) for name, family in names.items()
    }
    plain = names["cppn"]
    worlds = tuple(World(f"{NETWORK}/{plain}/{row}", 0.1, 0.1, 0.15) for row in range(2))
    subjects["descent"] = Descent(worlds, endless=True)
    for body in BODIES:
        subjects[body] = OnBody(LatentPoint(((f"{NETWORK}/{plain}/0", 1.0),)), View(), body, 30.0, 15.0, 0.0, 0.8, 0.8)
    decoder = SubjectDecoder(make(Interpolator(Atlas.open(folder))))
    try:
        draws = {
            name: partial(decoder.decode, Shot(subject, View(zoom=1.3)), *SIZE_PX) for name, subject in subjects.items()
        }
        for draw in draws.values():
            draw()
        rounds = [[once(draw, clock) for draw in draws.values()] for _ in range(ROUNDS)]
    finally:
        decoder.close()
    best = {name: min(times) for name, times in zip(draws, zip(*rounds, strict=True), strict=True)}
    pixels = SIZE_PX[0] * SIZE_PX[1]
    return {
        name: WayFigure(
            1e9 * seconds / pixels,
            seconds / best["cppn"],
            pixels / seconds / 1e6 / ceiling_of(WAYS.get(name, WAYS["cppn"]), ceilings),
            TIMES_WANTED.get(name),
        )
        for name, seconds in best.items()
    }


def ceiling_of(drawing: WayOfDrawing, ceilings: Ceilings) -> float:
    """The most Mpixel/s that the machine could draw if it did nothing else."""
    if isinstance(drawing, Architecture):
        return ceilings.mpx_per_s(drawing)
    seconds = 3 * TAPS / ceilings.multiply_adds + 3 * 4 * TAPS / ceilings.copied_bytes
    return 1e-6 / seconds
