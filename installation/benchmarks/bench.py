"""Measures this machine: decoding, mixing and evaluating, each beside its baseline."""

from __future__ import annotations

import gc
import json
import os
import platform
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from installation import SHIPPED_ATLAS
from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.benchmarks.decoding import (
    measure_ceilings,
    measure_decoders,
    measure_growth,
    measure_layers,
)
from installation.benchmarks.evaluating import heavy_score, opened
from installation.benchmarks.frames import QUICK, THOROUGH, UHD, measure_frames, measure_upload, profile
from installation.benchmarks.mixing import measure_effects, measure_mixing
from installation.benchmarks.ways import measure_ways
from installation.outputs.headless import Headless
from installation.picture.decoding.choosing.choice import available, choose
from installation.picture.decoding.decoder import max_batch_px
from installation.show.control import Control, initial_control
from installation.show.evaluate import evaluate
from installation.show.score import Score
from installation.systems import cores

EVALUATE_LIMIT_US = 200.0
OPEN_EVALUATE_LIMIT_US = 300.0
EVALUATED_FRAMES = 120
REPEATS = 5
"""Evaluations of each frame of the heavy score: the best of them counts, and the median of all frames."""

Figures = dict[str, Any]


def measure(atlas: Path = SHIPPED_ATLAS, *, thorough: bool = False) -> Figures:
    """Measure everything: under two minutes on two quiet cores, four and more if `thorough`, which adds torch.compile
    and frames up to six outputs of 3840x2160. Compare ratios of one run, not seconds of two."""
    interpolator = Interpolator(Atlas.open(atlas))
    all_cores = cores()
    with Headless() as headless:
        renderer = str(headless.context.info["GL_RENDERER"])
        mixing = [asdict(figure) for figure in measure_mixing(headless.context, _mixing_clock(renderer))]
        effects = [asdict(figure) for figure in measure_effects(headless.context, _mixing_clock(renderer))]
        upload = [asdict(figure) for figure in measure_upload(headless.context, time.perf_counter)]
    makes = available(interpolator, Headless)
    decoders = measure_decoders(interpolator, makes, time.perf_counter, all_cores, compiled_too=thorough)
    quickest = max((name for name in decoders if name in makes), key=lambda name: decoders[name].mpx_per_s)
    plan = THOROUGH if thorough else QUICK
    with Headless() as headless, closing(makes[quickest]()) as decoder:
        context = headless.context
        frames = [asdict(one) for one in measure_frames(context, interpolator, decoder, time.perf_counter, plan)]
        growth = measure_growth(interpolator, decoder, time.perf_counter)
    with TemporaryDirectory() as folder:
        growth["layers"] = measure_layers(lambda found: available(found)[quickest](), time.perf_counter, Path(folder))
    ceilings = measure_ceilings(time.perf_counter, "cpu", all_cores)
    with TemporaryDirectory() as folder:
        ways = measure_ways(
            lambda found: available(found, Headless)[quickest](), time.perf_counter, Path(folder), ceilings
        )
    return {
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": all_cores,
            "renderer": renderer,
            "python": platform.python_version(),
            "load_before": round(os.getloadavg()[0], 2),
        },
        "decode": {name: asdict(figure) for name, figure in decoders.items()},
        "ceilings": asdict(ceilings),
        "ways": {name: asdict(figure) for name, figure in ways.items()},
        "decoder": quickest,
        "decode_ms": growth,
        "upload": upload,
        "mixing": mixing,
        "effects": effects,
        "frames": frames,
        **measure_evaluate(),
    }


def measure_evaluate() -> Figures:
    """Median microseconds to evaluate 6 outputs x 8 layers x 30 cues: outside transitions, and within them.

    Also with branches, chance, arithmetic and drift in every cue (`open_...`).
    """
    return _measure_evaluate("", heavy_score()) | _measure_evaluate("open_", opened(heavy_score()))


def _measure_evaluate(kind: str, score: Score) -> Figures:
    control = initial_control(score)
    period = round(30 * score.fps)
    names = {f"{kind}evaluate_us": 0.6, f"{kind}evaluate_in_transition_us": 0.1}
    kinds: dict[str, list[float]] = {name: [] for name in names}
    gc.disable()
    try:
        for index in range(EVALUATED_FRAMES):
            for name, offset in names.items():
                frame_number = (index % 30) * period + round(offset * period) + index
                kinds[name].append(min(_seconds_to_evaluate(score, frame_number, control) for _ in range(REPEATS)))
    finally:
        gc.enable()
    return {name: round(1e6 * sorted(values)[len(values) // 2], 1) for name, values in kinds.items()}


def _seconds_to_evaluate(score: Score, frame_number: int, control: Control) -> float:
    begun = time.perf_counter()
    evaluate(score, frame_number, control)
    return time.perf_counter() - begun


def as_json(figures: Figures) -> str:
    return json.dumps(figures, indent=1)


def measure_copies(atlas: Path = SHIPPED_ATLAS) -> Figures:
    """The copies between host and card in whole frames with the quickest decoder; see frames.profile."""
    interpolator = Interpolator(Atlas.open(atlas))
    with Headless() as headless, closing(choose(interpolator, time.perf_counter, open_gl=Headless).decoder) as decoder:
        if max_batch_px(decoder):  # a card's decoder: measures the four outputs of a wall
            return dict(profile(headless.context, interpolator, decoder, 4, UHD))
        return dict(profile(headless.context, interpolator, decoder))


def print_tables(figures: Figures, baseline: Mapping[str, Any] | None = None) -> None:
    """Print tables for people, with the ratios and frames of a saved baseline, if given, beside them."""
    console = Console()
    before = baseline or {}
    console.print(", ".join(f"{name} {value}" for name, value in figures["machine"].items()))
    console.print(_decoding(figures, before))
    console.print(_ceilings(figures))
    growing = Table("a picture of", "", "ms", title=f"How decoding grows ({figures['decoder']})")
    for kind, values in figures["decode_ms"].items():
        for name, milliseconds in values.items():
            growing.add_row(kind, name, f"{milliseconds:.1f}")
    console.print(growing)
    console.print(_ways(figures))
    mixing = Table("three outputs of", "composition", "ms a frame", title="Mixing")
    for figure in figures["mixing"]:
        mixing.add_row(_size(figure), figure["composition"], f"{figure['milliseconds']:.2f}")
    console.print(mixing)
    effects = Table("effect", "ns a pixel", "x a picture", title="What an effect on a layer adds")
    for figure in figures["effects"]:
        cost, times = f"{figure['nanoseconds_per_pixel']:.1f}", f"{figure['times_picture']:.2f}"
        effects.add_row(figure["effect"], cost, times)
    console.print(effects)
    console.print(_frames(figures, before))
    console.print(
        f"evaluate, 6 outputs x 8 layers x 30 cues: {figures['evaluate_us']:.0f} us "
        f"(limit {EVALUATE_LIMIT_US:.0f}); within a transition {figures['evaluate_in_transition_us']:.0f} us; "
        f"with chance, branches and drift {figures['open_evaluate_us']:.0f} us (limit {OPEN_EVALUATE_LIMIT_US:.0f}), "
        f"within a transition {figures['open_evaluate_in_transition_us']:.0f} us"
    )


def _decoding(figures: Figures, before: Mapping[str, Any]) -> Table:
    table = Table("decoder", "Mpixel/s", "x eager torch", "share of ceiling", "x eager, baseline", title="Decoding")
    for name, figure in figures["decode"].items():
        ratio = before.get("decode", {}).get(name, {}).get("ratio_to_eager")
        speed, share = f"{figure['mpx_per_s']:.2f}", f"{figure['share_of_ceiling']:.0%}"
        table.add_row(name, speed, f"{figure['ratio_to_eager']:.2f}", share, "" if ratio is None else f"{ratio:.2f}")
    return table


def _ways(figures: Figures) -> Table:
    table = Table("a neuron drawn as", "ns a pixel", "x cppn", "at most", "share of ceiling", title="Ways of drawing")
    for name, figure in figures["ways"].items():
        cost, times = f"{figure['ns_a_pixel']:.0f}", f"{figure['times_cppn']:.2f}"
        wanted = figure["times_wanted"]
        table.add_row(name, cost, times, f"{wanted:.1f}" if wanted else "", f"{figure['share_of_ceiling']:.0%}")
    return table


def _ceilings(figures: Figures) -> Table:
    table = Table("the machine's own", "per second", title="Ceilings, and uploads beside them")
    found = figures["ceilings"]
    table.add_row("bytes copied", f"{found['copied_bytes']:.3g}")
    table.add_row("multiply-adds", f"{found['multiply_adds']:.3g}")
    table.add_row("activations", f"{found['activations']:.3g}")
    for figure in figures["upload"]:
        share = figure["bytes_per_s"] / found["copied_bytes"]
        said = f"{figure['bytes_per_s']:.3g} bytes, {share:.0%} of the copy; {figure['milliseconds']:.1f} ms"
        table.add_row(f"upload of {_size(figure)}", said)
    return table


def _frames(figures: Figures, before: Mapping[str, Any]) -> Table:
    table = Table("outputs", "of", "decode ms", "mix ms", "frames/s", "baseline", title="Whole frames, native, exact")
    known = {(one["outputs"], *one["size_px"]): one["decode_ms"] + one["mix_ms"] for one in before.get("frames", [])}
    for one in figures["frames"]:
        whole = one["decode_ms"] + one["mix_ms"]
        earlier = known.get((one["outputs"], *one["size_px"]))
        then = "" if earlier is None else f"{1000 / earlier:.1f}"
        decode, mix = f"{one['decode_ms']:.0f}", f"{one['mix_ms']:.1f}"
        table.add_row(str(one["outputs"]), _size(one), decode, mix, f"{1000 / whole:.1f}", then)
    return table


def _size(figure: Mapping[str, Any]) -> str:
    width, height = figure["size_px"]
    return f"{width}x{height}"


def _mixing_clock(renderer: str) -> Callable[[], float]:
    """The clock for mixing: the time of all working cores on software GL, elapsed time on a card."""
    return time.process_time if "llvmpipe" in renderer else time.perf_counter
