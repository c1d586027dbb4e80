"""A player with a decoder, a supply and a sink of your own.

usage: python -m docs.examples.play SCORE FRAMES TABLE.csv
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path

from docs.examples.decoder import RingsDecoder
from docs.examples.sink import BrightnessTable
from docs.examples.supply import OnTwos
from installation.editions.production import Production
from installation.outputs.headless import Headless
from installation.picture.mixing.mixer import Mixer
from installation.picture.supply.supply import ExactSupply
from installation.player.offline import Replay
from installation.player.player import Player
from installation.player.report import Report
from installation.show.clock import FixedClock
from installation.show.playing.performance import Performance


def play(score: Path, frames: int, table: Path) -> None:
    """Play the first frames of a score without a display, as quickly as the machine can."""
    production = Production.open(score)
    with ExitStack() as owned:
        context = owned.enter_context(Headless()).context
        mixer = owned.enter_context(Mixer(context, production.sizes))
        supply = owned.enter_context(OnTwos(ExactSupply(RingsDecoder())))
        sink = owned.enter_context(BrightnessTable(table))
        performance = Performance(production.score, production.sizes)
        clock = FixedClock(production.score.fps)
        report = Report(supply.statistics, time.process_time, production.score.fps)
        Player(performance, clock, Replay(), supply, mixer, [sink], report).run(lambda number: number < frames - 1)


if __name__ == "__main__":
    play(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
