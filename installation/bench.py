"""What this machine can hold: decoding, mixing and evaluating, each beside what it is to be compared with."""

from __future__ import annotations

import gc
import json
import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from installation import SHIPPED_ATLAS
from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.outputs.headless import Headless
from installation.picture.choice import available
from installation.picture.decoding_benchmark import measure_decoders, measure_growth
from installation.picture.mixing_benchmark import measure_mixing
from installation.picture.torch_decoder import TorchDecoder
from installation.show.benchmark import heavy_score
from installation.show.control import Control, begin
from installation.show.evaluate import evaluate
from installation.show.score import Score

EVALUATE_LIMIT_US = 200.0
EVALUATED_FRAMES = 120
REPEATS = 5
"""Each frame of the heavy score is evaluated so often, of which the best counts, and of all frames the median."""

Figures = dict[str, Any]


def measure(atlas: Path = SHIPPED_ATLAS) -> Figures:
    """Measure everything: a minute or more on two cores. Compare ratios of one run, not seconds of two."""
    interpolator = Interpolator(Atlas.open(atlas))
    cores = len(os.sched_getaffinity(0))
    with Headless() as headless:
        renderer = str(headless.context.info["GL_RENDERER"])
        mixing = [asdict(figure) for figure in measure_mixing(headless.context, _mixing_clock(renderer))]
    decoders = measure_decoders(interpolator, available(interpolator, Headless), time.perf_counter, cores)
    with_torch = TorchDecoder(interpolator)
    try:
        growth = measure_growth(interpolator, with_torch, time.perf_counter)
    finally:
        with_torch.close()
    return {
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": cores,
            "renderer": renderer,
            "python": platform.python_version(),
            "load_before": round(os.getloadavg()[0], 2),
        },
        "decode": {name: asdict(figure) for name, figure in decoders.items()},
        "decode_ms": growth,
        "mixing": mixing,
        **measure_evaluate(),
    }


def measure_evaluate() -> Figures:
    """Median microseconds to evaluate 6 outputs x 8 layers x 30 cues: outside transitions, and within them."""
    score = heavy_score()
    control = begin(score)
    period = round(30 * score.fps)
    kinds: dict[str, list[float]] = {"evaluate_us": [], "evaluate_in_transition_us": []}
    gc.disable()
    try:
        for index in range(EVALUATED_FRAMES):
            for name, offset in (("evaluate_us", 0.6), ("evaluate_in_transition_us", 0.1)):
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


def as_tables(figures: Figures, baseline: Mapping[str, Any] | None = None) -> None:
    """Print for people; beside each decoder's ratio that of a saved baseline, if there is one."""
    console = Console()
    machine = ", ".join(f"{name} {value}" for name, value in figures["machine"].items())
    console.print(machine)
    decoding = Table("decoder", "Mpixel/s", "x eager torch", "share of ceiling", "x eager, baseline", title="Decoding")
    for name, figure in figures["decode"].items():
        before = (baseline or {}).get("decode", {}).get(name, {}).get("ratio_to_eager")
        decoding.add_row(
            name,
            f"{figure['mpx_per_s']:.2f}",
            f"{figure['ratio_to_eager']:.2f}",
            f"{figure['share_of_ceiling']:.0%}",
            "" if before is None else f"{before:.2f}",
        )
    console.print(decoding)
    growing = Table("a picture of", "", "ms", title="How decoding grows (torch-cpu)")
    for kind, values in figures["decode_ms"].items():
        for name, milliseconds in values.items():
            growing.add_row(kind, name, f"{milliseconds:.1f}")
    console.print(growing)
    mixing = Table("three outputs of", "composition", "ms a frame", title="Mixing")
    for figure in figures["mixing"]:
        width, height = figure["size_px"]
        mixing.add_row(f"{width}x{height}", figure["composition"], f"{figure['milliseconds']:.2f}")
    console.print(mixing)
    console.print(
        f"evaluate, 6 outputs x 8 layers x 30 cues: {figures['evaluate_us']:.0f} us "
        f"(limit {EVALUATE_LIMIT_US:.0f}); within a transition {figures['evaluate_in_transition_us']:.0f} us"
    )


def _mixing_clock(renderer: str) -> Callable[[], float]:
    """On software GL the time of all cores that worked for it; on a card, time."""
    return time.process_time if "llvmpipe" in renderer else time.perf_counter
