"""Measures how soon a scrubbed time shows: `python -m installation.benchmarks.scrubbing [SCORE]`, without a display.

The benchmark scrubs to times all over the score, at the outputs' sizes in the rehearsal window. It draws each exactly,
but small enough to be in time, and reads it back as the window would show it.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from installation import FIRST_LIGHT
from installation.editions.production import Production
from installation.outputs.headless import Headless
from installation.picture.decoding.choosing.choice import cpu_decoder
from installation.picture.mixing.mixer import Mixer
from installation.picture.supply.supply import ExactSupply
from installation.rehearsal.layout import window_layout_of
from installation.rehearsal.rehearse import WINDOW_PX
from installation.rehearsal.scrub_supply import ScrubSupply
from installation.show.playing.performance import Performance

TIMES = 40
LIMIT_SECONDS = 0.15


def scrubbed(production: Production) -> Iterator[tuple[float, float]]:
    """For each scrubbed time, the seconds until it is visible, and the share of its full width at which it is drawn."""
    with ExitStack() as cleanup:
        context = cleanup.enter_context(Headless()).context
        mixer = cleanup.enter_context(Mixer(context, production.sizes))
        for _ in mixer.warm_up():
            pass
        exact = ExactSupply(cpu_decoder(production.interpolator))
        supply = cleanup.enter_context(
            ScrubSupply(ExactSupply(cpu_decoder(production.interpolator)), exact, lambda: True)
        )
        performance = Performance(production.score, production.sizes)
        for number in range(TIMES + 4):
            # Golden-section steps cover the whole score and never repeat a time.
            frame_number = int(production.frames * (number * 0.618034 % 1.0))
            begun = time.perf_counter()
            frame = replace(performance.frame_at(frame_number), number=number)
            for canvas in mixer.mix(frame, supply.sources(frame, mixer.sizes)).values():
                canvas.pixels()
            if number >= 4:  # the first teach the supply how fast this machine is
                yield time.perf_counter() - begun, supply.share


def main() -> None:
    """Print the figures as JSON."""
    production = Production.open(Path(sys.argv[1]) if len(sys.argv) > 1 else FIRST_LIGHT)
    production = replace(production, sizes=window_layout_of(WINDOW_PX, production.sizes).sizes)
    found = list(scrubbed(production))
    seconds = sorted(one for one, _ in found)
    figures = {
        "window": WINDOW_PX,
        "outputs": production.sizes,
        "median_seconds": round(statistics.median(seconds), 3),
        "p95_seconds": round(seconds[int(0.95 * len(seconds))], 3),
        "worst_seconds": round(seconds[-1], 3),
        "limit_seconds": LIMIT_SECONDS,
        "in_time": sum(one <= LIMIT_SECONDS for one in seconds) / len(seconds),
        "median_share_of_width": statistics.median(share for _, share in found),
    }
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
