"""Measures everything that docs/decoding.md calls outstanding on a graphics card, in one run: `make bench-card`.

usage: python -m installation.benchmarks.card   (headless by EGL; less than eight minutes; exit code 1 without a card)
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

import moderngl
import torch
from rich.console import Console
from rich.table import Table

from installation import SHIPPED_ATLAS
from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.benchmarks.decoding import ON_CARD, measure_ceilings, measure_decoders, measure_growth
from installation.benchmarks.frames import UHD, Size, frame_of, profile
from installation.outputs.headless import Headless
from installation.picture.decoding.choosing.choice import available, choose
from installation.picture.decoding.decoder import Decoder
from installation.picture.mixing.mixer import Mixer
from installation.picture.supply.supply import ExactSupply

Clock = Callable[[], float]

WALL_OUTPUTS, WALL_SECONDS, WALL_FPS = 4, 120.0, 60.0


class Row(NamedTuple):
    """A figure, its target, and whether it is met; None without a target."""

    what: str
    measured: str
    wanted: str = ""
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """The tools of the steps; `decoder` is the one that the player would choose here."""

    context: moderngl.Context
    interpolator: Interpolator
    decoder: Decoder
    clock: Clock
    device: str = "cuda"


def decoders(bench: Bench) -> Iterator[Row]:
    """Every decoder of the card, eager and compiled torch beside them, and the card's ceilings."""
    found = available(bench.interpolator, Headless)
    makes = {name: make for name, make in found.items() if name in ON_CARD or name == "glsl"}
    figures = measure_decoders(bench.interpolator, makes, bench.clock, 1, compiled_too=True)
    for name, one in figures.items():
        yield Row(f"{name}: Gpixel/s", f"{one.mpx_per_s / 1000:.2f}")
    if (kernel := figures.get("triton")) is not None:
        compiled = max((one.mpx_per_s for name, one in figures.items() if "compile" in name), default=None)
        yield at_least("the kernel: Gpixel/s", kernel.mpx_per_s / 1000, 4)
        yield at_least("the kernel: times eager torch", kernel.ratio_to_eager, 10)
        if compiled is not None:
            yield at_least("the kernel: times compiled torch", kernel.mpx_per_s / compiled, 3)
        yield at_least("the kernel: share of the card's ceiling", kernel.share_of_ceiling, 0.5)
    ceilings = measure_ceilings(bench.clock, bench.device)
    yield Row("the card: multiply-adds a second", f"{ceilings.multiply_adds:.3g}")
    yield Row("the card: bytes copied a second", f"{ceilings.copied_bytes:.3g}")


def at_least(what: str, figure: float, wanted: float) -> Row:
    return Row(what, f"{figure:.2f}", f">= {wanted:g}", figure >= wanted)


def plates(bench: Bench) -> Iterator[Row]:
    """The growth of a picture's cost with its pixels, its neurons, and the cells of a plate."""
    for kind, values in measure_growth(bench.interpolator, bench.decoder, bench.clock).items():
        for name, milliseconds in values.items():
            yield Row(f"a picture by {kind}: {name}", f"{milliseconds:.2f} ms")


def copies(bench: Bench) -> Iterator[Row]:
    """Whether pictures stay on the card on their way to the screen."""
    found = profile(bench.context, bench.interpolator, bench.decoder, WALL_OUTPUTS, UHD)
    on_card = f"{found['copied_on_card']} of {found['pictures']}"
    yield Row("pictures copied on the card alone", on_card, "all", found["copied_on_card"] == found["pictures"])
    kinds = found["copies"]
    assert isinstance(kinds, dict)
    fetched = sum(one["count"] for kind, one in kinds.items() if "DtoH" in kind)
    yield Row("copies from the card to the host", str(fetched), "none", fetched == 0)


def wall(
    bench: Bench, outputs: int = WALL_OUTPUTS, size_px: Size = UHD, seconds: float = WALL_SECONDS
) -> Iterator[Row]:
    """A wall of exact frames with all pixels newly drawn, as fast as the machine can, for `seconds`."""
    sizes = {f"output {number}": size_px for number in range(outputs)}
    supply = ExactSupply(bench.decoder, cache_bytes=0)
    lasted: list[float] = []
    with Mixer(bench.context, sizes) as mixer:
        begun = before = bench.clock()
        while before - begun < seconds:
            frame = frame_of(bench.interpolator, sizes, len(lasted))
            mixer.mix(frame, supply.sources(frame, sizes))
            bench.context.finish()
            now = bench.clock()
            lasted.append(now - before)
            before = now
    lasted = sorted(lasted[1:] or lasted)  # the first one compiles
    of = f"{outputs} x {size_px[0]}x{size_px[1]}"
    rate, slow = len(lasted) / sum(lasted), lasted[int(0.99 * len(lasted))]
    yield at_least(f"{of}: frames a second", rate, WALL_FPS)
    at_most = 1 / WALL_FPS
    yield Row(f"{of}: 99 of 100 frames take", f"{1000 * slow:.1f} ms", f"<= {1000 * at_most:.1f} ms", slow <= at_most)


STEPS: tuple[Callable[[Bench], Iterator[Row]], ...] = (decoders, plates, copies, wall)


def measured(bench: Bench, steps: tuple[Callable[[Bench], Iterator[Row]], ...] = STEPS) -> Iterator[Row]:
    """Every row of every step; a failed step reports its error, and the other steps still run."""
    for step in steps:
        try:
            yield from step(bench)
        except Exception as error:  # card, driver and compiler each raise their own errors
            yield Row(step.__name__, f"failed: {error}", "to be measured", False)


def as_table(title: str, rows: list[Row]) -> Table:
    table = Table("figure", "measured", "wanted", "", title=title)
    for row in rows:
        table.add_row(row.what, row.measured, row.wanted, {True: "yes", False: "NO", None: ""}[row.met])
    return table


def main() -> int:
    """Measure and print a table; returns 0, also for missed targets and failed steps, or 1 without a card."""
    if not torch.cuda.is_available():
        print(
            "bench-card: torch finds no graphics card here; where there is one, its driver or torch's CUDA is missing"
        )
        return 1
    interpolator = Interpolator(Atlas.open(SHIPPED_ATLAS))
    with Headless() as headless:
        choice = choose(interpolator, time.perf_counter, open_gl=Headless)
        with closing(choice.decoder):
            card, renderer = torch.cuda.get_device_name(), headless.context.info["GL_RENDERER"]
            rows = [
                Row("OpenGL by EGL", renderer, "the card", "llvmpipe" not in renderer),
                Row("chosen", choice.reason),
            ]
            rows += measured(Bench(headless.context, interpolator, choice.decoder, time.perf_counter))
    Console().print(as_table(f"{card}, torch {torch.__version__}, CUDA {torch.version.cuda}", rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
