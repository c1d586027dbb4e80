"""Measures what cables do to a show: `python -m installation.benchmarks.plug_test --changes 200`, figures as JSON.

Three outputs of plain colour play on three monitors (see dummy_monitors) that are pulled, plugged and set to other
modes by chance. After every change frames are shown, each with a screenshot, until every monitor has its picture in
full.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass

import numpy as np

from installation.benchmarks.dummy_monitors import LARGE, SMALL, DummyMonitors, three_monitors
from installation.errors import DeviceError
from installation.outputs.windows.windows import Windows
from installation.picture.mixing.canvas import Canvas
from installation.rig.head import Head, MonitorSelector

COLOURS = ((200, 40, 40), (40, 200, 40), (40, 40, 200))
HEADS = tuple(Head(f"output {number}", MonitorSelector(connector=f"DUMMY{number}")) for number in range(len(COLOURS)))

TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class CableFigures:
    """The results of `changes` changes: all screenshots, those with a picture on a wrong monitor, and the delay until
    every monitor was right again, in frames and seconds: the 99th percentile and the worst."""

    changes: int
    screenshots: int
    on_a_wrong_monitor: int
    frames_p99: int
    frames_worst: int
    seconds_p99: float
    seconds_worst: float


def pull_and_plug(cables: DummyMonitors, changes: int, seed: int = 7) -> CableFigures:
    """Show, change and watch. Raises DeviceError if a monitor is not right again within TIMEOUT_SECONDS."""
    chance = random.Random(seed)
    screenshots = wrong = 0
    waits: list[tuple[float, int]] = []
    with _playing() as (windows, canvases):
        for change in range(changes + 1):
            if change:
                _change(cables, chance)
            begun, frames = time.monotonic(), 0
            is_right = False
            while not is_right:
                if time.monotonic() - begun > TIMEOUT_SECONDS:
                    raise DeviceError(f"change {change} of {changes}: not right after {TIMEOUT_SECONDS:g} s")
                windows.present(frames, canvases)
                frames += 1
                is_right, is_wrong = _look(cables)
                screenshots, wrong = screenshots + 1, wrong + is_wrong
            if change:
                waits.append((time.monotonic() - begun, frames))
    seconds, counts = sorted(one for one, _ in waits), sorted(count for _, count in waits)
    p99 = (changes * 99 - 1) // 100
    return CableFigures(changes, screenshots, wrong, counts[p99], counts[-1], seconds[p99], seconds[-1])


def _change(cables: DummyMonitors, chance: random.Random) -> None:
    number = chance.randrange(len(COLOURS))
    if number in cables.plugged and chance.random() < 0.6:
        cables.unplug(number)
    else:
        cables.plug(number, chance.choice([SMALL, LARGE]))


def _look(cables: DummyMonitors) -> tuple[bool, bool]:
    """Whether every monitor is filled with its colour, and whether one shows another's."""
    pictures = cables.pictures()
    is_right = all(bool((picture == COLOURS[number]).all()) for number, picture in pictures.items())
    is_wrong = any(
        bool((picture == colour).all(axis=2).any())
        for number, picture in pictures.items()
        for other, colour in enumerate(COLOURS)
        if other != number
    )
    return is_right and len(pictures) == len(cables.plugged), is_wrong


@contextmanager
def _playing() -> Iterator[tuple[Windows, dict[str, Canvas]]]:
    sizes = {head.output: SMALL for head in HEADS}
    with Windows(sizes, lambda _: None, heads=HEADS) as windows, ExitStack() as cleanup:
        canvases = {output: cleanup.enter_context(Canvas(windows.context, size)) for output, size in sizes.items()}
        for canvas, colour in zip(canvases.values(), COLOURS, strict=True):
            canvas.texture.write(np.full((SMALL[1], SMALL[0], 4), (*colour, 255), np.uint8).tobytes())
        yield windows, canvases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=200)
    changes = parser.parse_args().changes
    with three_monitors() as cables:
        os.environ["DISPLAY"] = cables.name
        os.environ.pop("WAYLAND_DISPLAY", None)
        print(json.dumps(asdict(pull_and_plug(cables, changes)), indent=2))


if __name__ == "__main__":
    try:
        main()
    except DeviceError as error:
        sys.exit(str(error))
