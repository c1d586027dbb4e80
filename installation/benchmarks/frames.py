"""Measures the cost of whole frames, with each picture decoded at native size for each frame, and of uploads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import moderngl
import numpy as np
import torch

from installation.atlas.interpolate import Interpolator
from installation.picture.decoding.decoder import Decoder
from installation.picture.mixing.mixer import Mixer
from installation.picture.mixing.textures import Textures
from installation.picture.rectangle import Rectangle
from installation.picture.source import DecodedPicture, LayerPicture
from installation.picture.supply.supply import ExactSupply
from installation.show.frame import CueFrame, Frame, LatentPoint, LayerFrame, OutputFrame, Shot, View

Size = tuple[int, int]
Clock = Callable[[], float]

HD, FULL_HD, UHD = (1280, 720), (1920, 1080), (3840, 2160)
QUICK: Sequence[tuple[int, Size]] = ((1, HD), (3, HD), (6, HD), (1, FULL_HD))
THOROUGH: Sequence[tuple[int, Size]] = tuple((outputs, size) for size in (HD, FULL_HD, UHD) for outputs in (1, 3, 6))
UPLOADED = (HD, FULL_HD, UHD)
ROUNDS = 3
PROFILED_FRAMES = 30


@dataclass(frozen=True, slots=True)
class FrameFigure:
    """A frame on `outputs` outputs of `size_px`, with a different neuron on each: milliseconds to decode and mix."""

    outputs: int
    size_px: Size
    decode_ms: float
    mix_ms: float


@dataclass(frozen=True, slots=True)
class UploadFigure:
    """The upload of a picture of `size_px` from host memory into a texture: milliseconds, and bytes per second."""

    size_px: Size
    milliseconds: float
    bytes_per_s: float


def measure_frames(
    context: moderngl.Context,
    interpolator: Interpolator,
    decoder: Decoder,
    clock: Clock,
    plan: Sequence[tuple[int, Size]] = QUICK,
) -> Iterator[FrameFigure]:
    """Draw one frame of every kind, after an uncounted one; the caller keeps the decoder."""
    for outputs, size_px in plan:
        sizes = {f"output {number}": size_px for number in range(outputs)}
        with Mixer(context, sizes) as mixer:
            for _ in mixer.warm_up():
                pass
            supply = ExactSupply(decoder)
            mixer.mix(first := frame_of(interpolator, sizes, 0), supply.sources(first, sizes))
            begun = clock()
            sources = supply.sources(frame := frame_of(interpolator, sizes, 1), sizes)
            decoded = clock()
            mixer.mix(frame, sources)
            context.finish()
            yield FrameFigure(outputs, size_px, 1000 * (decoded - begun), 1000 * (clock() - decoded))


def measure_upload(context: moderngl.Context, clock: Clock, sizes: Sequence[Size] = UPLOADED) -> Iterator[UploadFigure]:
    """The best of ROUNDS uploads, each of a new picture."""
    for width, height in sizes:
        place, best, size_bytes = Rectangle(0, 0, width, height), float("inf"), 0
        textures = Textures(context)
        try:
            for _ in range(ROUNDS):
                picture = DecodedPicture(np.zeros((height, width, 3), np.float16), View())
                size_bytes = picture.pixels.nbytes
                context.finish()
                begun = clock()
                textures.shown(LayerPicture(View(), ((picture, 1.0),)), place)
                context.finish()
                best = min(best, clock() - begun)
                textures.end_frame()
        finally:
            textures.close()
        yield UploadFigure((width, height), 1000 * best, size_bytes / best)


def profile(
    context: moderngl.Context, interpolator: Interpolator, decoder: Decoder, outputs: int = 1, size_px: Size = FULL_HD
) -> Mapping[str, object]:
    """The copies between host and card in a run of exact frames: none leaves the card if pictures stay on it.

    Returns the decoder's name, the numbers of frames, of pictures and of pictures copied on the card alone, and CUDA's
    copies by kind with their number and microseconds; without a card there are no such copies.
    """
    sizes = {f"output {number}": size_px for number in range(outputs)}
    supply = ExactSupply(decoder, cache_bytes=0)
    with Mixer(context, sizes) as mixer, ExitStack() as profiling:
        # Only CUDA's side is of interest; torch's profiler of the CPU crashes beside Mesa's compiler.
        activities = [torch.profiler.ProfilerActivity.CUDA]
        on_card = torch.cuda.is_available()
        profiler = profiling.enter_context(torch.profiler.profile(activities=activities)) if on_card else None
        for number in range(PROFILED_FRAMES):
            frame = frame_of(interpolator, sizes, number)
            mixer.mix(frame, supply.sources(frame, sizes))
        context.finish()
        copied = mixer.statistics().copied_on_card
    copies = {
        event.key: {"count": event.count, "microseconds": event.device_time_total}
        for event in (profiler.key_averages() if profiler else ())
        if event.key.startswith("Memcpy")
    }
    return {
        "decoder": decoder.name,
        "frames": PROFILED_FRAMES,
        "pictures": supply.statistics().decoded,
        "copied_on_card": copied,
        "copies": copies,
    }


def frame_of(interpolator: Interpolator, sizes: Mapping[str, Size], number: int) -> Frame:
    """A frame with a different neuron on each output and a moving camera, so that no picture repeats."""
    neurons = interpolator.atlas.neurons
    outputs = []
    for place, name in enumerate(sizes):
        address = neurons[place % len(neurons)].address
        shot = Shot(LatentPoint(((address, 1.0),)), View(x=0.001 * number, y=0.001 * place))
        outputs.append(OutputFrame(name, (CueFrame("frame", (LayerFrame("picture", shot),)),)))
    return Frame(number, number / 30, tuple(outputs))
