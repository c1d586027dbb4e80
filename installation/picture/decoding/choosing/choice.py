"""Which decoder to use: the quickest in trials on this machine, with the others as fallbacks."""

from __future__ import annotations

import hashlib
import logging
import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch

import installation.picture.decoding.choosing.load_order  # noqa: F401  # before any window is opened
from installation.atlas.interpolate import Interpolator
from installation.atlas.measurements import Measurements
from installation.errors import DeviceError, ScoreError
from installation.picture.decoding.choosing.fallback_decoder import DECODER_FAILURES, FallbackDecoder, MakeDecoder
from installation.picture.decoding.choosing.reconsidered_decoder import ReconsideredDecoder
from installation.picture.decoding.decoder import Decoder
from installation.picture.decoding.glsl_decoder import GlOwner, GlslDecoder
from installation.picture.decoding.torch_decoder import TorchDecoder
from installation.picture.ways.kinds import is_drawn_by_definition, way_of
from installation.show.frame import LatentPoint, Shot, View
from installation.systems import cores

log = logging.getLogger(__name__)

SIZES_PX = ((16, 9), (32, 18), (64, 36), (128, 72), (256, 144), (512, 288), (1024, 576), (2048, 1152))
MIN_TIMED_SECONDS = 0.03
"""A trial decodes larger and larger sizes until a picture takes this long, or the sizes end."""

REMEASURE_FACTOR = 2.0
"""If the quickest decoder is faster or slower than remembered by this factor, all are measured again."""

LATEST = "latest"
"""The separate file for measurements on a busy machine: only a hurried player uses it."""

REMEASURED = 2
"""How many of the quickest decoders are tried at every start: other work only makes a decoder look slower than it
is."""


COST_SIDE_PX = 64
"""The trial of a way of drawing without a kernel uses a picture with this many pixels a side."""

ON_A_BUSY_MACHINE = "now on a busy machine"
IN_HASTE = "by the player before"


@dataclass(frozen=True, slots=True)
class DecoderChoice:
    """The decoder to use, the reason, and the measured speeds, in Mpixel/s; 0 for a decoder that does not work here."""

    decoder: Decoder
    reason: str
    speeds: Mapping[str, float]


def is_busy() -> bool:
    """Whether the load average of the last minute exceeds the number of cores; False if the system has none."""
    try:
        return os.getloadavg()[0] > cores()
    except (AttributeError, OSError):  # Windows has none, and a container may hide it.
        return False


def choose(
    interpolator: Interpolator,
    clock: Callable[[], float],
    *,
    wanted: str | None = None,
    open_gl: Callable[[], GlOwner] | None = None,
    candidates: Mapping[str, MakeDecoder] | None = None,
    measurements: Measurements | None = None,
    busy: Callable[[], bool] = is_busy,
    measured: Mapping[str, float] | None = None,
    hurried: bool = False,
) -> DecoderChoice:
    """Try the decoders, or look up their last speeds on this machine, and make the quickest one.

    Remembered speeds count while the quickest decoder is about as quick as before; it and the next one are tried, and
    the best speed of each is kept. Decoders measured while the machine is `busy` with other work may have had unequal
    shares of the processor; these speeds count until there is room to compare again during the show.

    A `hurried` player replaces a player that has just ended, and the screens are dark meanwhile, so it tries nothing.
    The last measurements count, and the decoders are compared during the show when there is room.

    `wanted` names the decoder to use regardless of speed, with the others as fallbacks; `open_gl` makes a context for
    the GLSL decoder. `measured` are the speeds of an earlier choice in this process, which another atlas uses again.
    Takes a fraction of a second the first time. Raises ScoreError for an unknown name, and DeviceError if `wanted` or
    every decoder fails.
    """
    _say_what_has_no_kernel(interpolator, clock)
    makes = dict(available(interpolator, open_gl) if candidates is None else candidates)
    if wanted is not None:
        if wanted not in makes:
            raise ScoreError(f"decoder {wanted!r} is not available on this machine; choose one of {', '.join(makes)}")
        first = makes.pop(wanted)()
        return DecoderChoice(FallbackDecoder({wanted: lambda: first, **makes}), f"{wanted}, as you asked", {})
    shot = Shot(LatentPoint(((interpolator.atlas.neurons[0].address, 1.0),)), View())
    if measured and measured.keys() == makes.keys():
        speeds, when = measured, "before"
    else:
        measurements = measurements or Measurements.of_user(f"decoders-{machine_digest()}")
        speeds, when = _speeds(makes, shot, clock, measurements, busy=busy(), hurried=hurried)
    ranked = sorted((name for name in makes if speeds[name] > 0), key=lambda name: -speeds[name])
    if not ranked:
        raise DeviceError(f"no decoder works here, tried {', '.join(makes)}; the log says why")
    figures = ", ".join(f"{name} {speeds[name]:.3g}" for name in ranked)
    reason = f"{ranked[0]}, the quickest here: {figures} Mpixel/s, measured {when}"
    log.info("decoder: %s", reason)
    decoder: Decoder = FallbackDecoder({name: makes[name] for name in ranked})
    if when in (ON_A_BUSY_MACHINE, IN_HASTE) and measurements is not None:
        compare = partial(_better, decoder.name, makes, shot, clock, measurements)
        decoder = ReconsideredDecoder(decoder, compare, lambda: not busy(), clock)
    return DecoderChoice(decoder, reason, speeds)


def _say_what_has_no_kernel(interpolator: Interpolator, clock: Callable[[], float]) -> None:
    """Log the cost of a pixel for every way of drawing that has no kernel."""
    atlas = interpolator.atlas
    first = {atlas.drawing(neuron.family).kind: neuron for neuron in reversed(atlas.neurons)}
    for kind, neuron in first.items():
        component = interpolator.neuron(neuron.address)
        if not is_drawn_by_definition(component):
            continue
        x, y = (one.ravel() for one in np.meshgrid(*2 * [np.linspace(-1, 1, COST_SIDE_PX)]))
        begun = clock()
        way_of(component).definition(component, x, y, 2 / COST_SIDE_PX)
        microseconds = 1e6 * (clock() - begun) / len(x)
        log.info(
            "neurons drawn as %r, such as %s, have no kernel: their definition draws them on the processor, "
            "%.2g us a pixel, and the picture goes on as a texture",
            *(kind, neuron.name, microseconds),
        )


def _better(
    used: str, makes: Mapping[str, MakeDecoder], shot: Shot, clock: Callable[[], float], measurements: Measurements
) -> MakeDecoder | None:
    """Compare the decoders now that there is room; returns a maker of the quickest, or None if it is in use already."""
    speeds = {name: _measured_speed(name, make, shot, clock) for name, make in makes.items()}
    _remember(measurements, speeds)
    ranked = sorted((name for name in makes if speeds[name] > 0), key=lambda name: -speeds[name])
    if not ranked or ranked[0] == used:
        return None
    return lambda: FallbackDecoder({name: makes[name] for name in ranked})


def _speeds(
    makes: Mapping[str, MakeDecoder],
    shot: Shot,
    clock: Callable[[], float],
    measurements: Measurements,
    *,
    busy: bool,
    hurried: bool,
) -> tuple[Mapping[str, float], str]:
    """The speeds in Mpixel/s, and the time of their measurement in words."""
    known = _known(measurements)
    latest = measurements.named(LATEST)
    if hurried:
        for remembered in (known, _known(latest)):
            if remembered.keys() == makes.keys() and max(remembered.values()) > 0:
                return remembered, IN_HASTE
    rivals = sorted((name for name in known if known[name] > 0), key=lambda name: -known[name])[:REMEASURED]
    if rivals and known.keys() == makes.keys():
        tried = {name: _measured_speed(name, makes[name], shot, clock) for name in rivals}
        if known[rivals[0]] / REMEASURE_FACTOR < tried[rivals[0]] < known[rivals[0]] * REMEASURE_FACTOR:
            best = known | {name: max(speed, known[name]) for name, speed in tried.items()}
            if best != known:
                _remember(measurements, best)
            return best, "before"
    speeds = {name: _measured_speed(name, make, shot, clock) for name, make in makes.items()}
    if busy:
        _remember(latest, speeds)
        return speeds, ON_A_BUSY_MACHINE
    _remember(measurements, speeds)
    return speeds, "now"


def _known(measurements: Measurements) -> dict[str, float]:
    return {name: values[0] for name, values in measurements.read().items()}


def _remember(measurements: Measurements, speeds: Mapping[str, float]) -> None:
    measurements.write({name: [speed] for name, speed in speeds.items()})


def available(interpolator: Interpolator, open_gl: Callable[[], GlOwner] | None = None) -> dict[str, MakeDecoder]:
    """The decoders whose requirements this machine meets; some may still fail in a trial."""
    found: dict[str, MakeDecoder] = {}
    if torch.cuda.is_available():
        if find_spec("triton") is not None:
            found["triton"] = partial(_triton, interpolator)
        found["torch-cuda"] = partial(TorchDecoder, interpolator, "cuda")
    if open_gl is not None:
        found["glsl"] = partial(GlslDecoder, interpolator, open_gl)
    all_cores = cores()
    if find_spec("numba") is not None:
        for threads in [count for count in (4, 8, 16) if count < all_cores]:
            found[f"numba-cpu-{threads}"] = partial(_numba, interpolator, threads)
        found["numba-cpu"] = partial(_numba, interpolator, all_cores)
    found["torch-cpu"] = partial(TorchDecoder, interpolator, "cpu", all_cores)
    return found


def cpu_decoder(interpolator: Interpolator) -> Decoder:
    """The CPU's decoder for films, stills and other results that one machine must reproduce: compiled if possible,
    otherwise torch. It never depends on a measurement or a card."""
    makes = available(interpolator)
    return FallbackDecoder({name: makes[name] for name in ("numba-cpu", "torch-cpu") if name in makes})


def _numba(interpolator: Interpolator, threads: int) -> Decoder:
    from installation.picture.decoding.numba_decoder import NumbaDecoder

    return NumbaDecoder(interpolator, threads)


def _triton(interpolator: Interpolator) -> Decoder:
    from installation.picture.decoding.triton_decoder import TritonDecoder

    return TritonDecoder(interpolator)


def machine_digest() -> str:
    """A digest that differs between machines, and after a change of the card or of torch."""
    info = Path("/proc/cpuinfo")
    model = next((line for line in info.read_text().splitlines() if "model name" in line), "") if info.exists() else ""
    try:
        cards = [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    except RuntimeError:  # A card that was lost, or that another program reserves, has no name.
        cards = ["a card that does not answer"]
    parts = (platform.node(), platform.machine(), model, cores(), torch.__version__, *cards)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def mpixels_per_second(decoder: Decoder, shot: Shot, clock: Callable[[], float]) -> float:
    """The speed of a decoder on pictures large enough for a measurement."""
    decoder.decode(shot, *SIZES_PX[0])  # The first picture includes the cost of memory and compilation.
    speed = 0.0
    for width, height in SIZES_PX:
        seconds = min(_decode_seconds(decoder, shot, width, height, clock) for _ in range(2))
        speed = width * height / max(seconds, 1e-9) / 1e6
        if seconds > MIN_TIMED_SECONDS:
            break
    return speed


def _decode_seconds(decoder: Decoder, shot: Shot, width: int, height: int, clock: Callable[[], float]) -> float:
    begun = clock()
    decoder.decode(shot, width, height)
    return clock() - begun


def _measured_speed(name: str, make: MakeDecoder, shot: Shot, clock: Callable[[], float]) -> float:
    try:
        decoder = make()
        try:
            return mpixels_per_second(decoder, shot, clock)
        finally:
            decoder.close()
    except DECODER_FAILURES as error:
        log.info("decoder %s does not work here: %s", name, error)
        return 0.0
    except Exception:  # a bug in one decoder must not leave the player without any
        log.exception("decoder %s does not work here", name)
        return 0.0
