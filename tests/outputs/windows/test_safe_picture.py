"""The safe picture: every monitor is covered by a dim light that breathes, whatever happens to the cables."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack

import glfw
import numpy as np

from installation.benchmarks.dummy_monitors import LARGE, DummyMonitors
from installation.outputs.windows.safe_picture import BREATH_SECONDS, DIM, SafePicture
from installation.outputs.windows.toolkit import glfw_session

PATIENCE_SECONDS = 20.0


def light(cables: DummyMonitors) -> list[float]:
    """How bright each monitor is, of 255; -1 for one that is not of one colour."""
    pictures = cables.pictures().values()
    return [float(one.mean()) if (one == one[0, 0]).all() else -1.0 for one in pictures]


def covers(cables: DummyMonitors, breath: float) -> bool:
    seen = light(cables)
    return len(seen) == len(cables.plugged) and all(abs(one - 255 * breath * np.mean(DIM)) < 1 for one in seen)


def until(reached: Callable[[], bool], step: Callable[[], object]) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        assert time.monotonic() < give_up
        step()


def test_the_light_covers_every_monitor_breathes_and_follows_the_cables(cables: DummyMonitors) -> None:
    with glfw_session(), ExitStack() as owned:
        picture = SafePicture()
        owned.callback(picture.close)

        def step(seconds: float = 0.0) -> None:
            picture.show(seconds)
            glfw.poll_events()

        until(lambda: covers(cables, 1.0), step)
        step(BREATH_SECONDS / 4)
        until(lambda: covers(cables, 1.3), lambda: step(BREATH_SECONDS / 4))
        cables.unplug(1)
        until(lambda: covers(cables, 1.0), step)
        cables.plug(1, LARGE)
        until(lambda: covers(cables, 1.0), step)


def test_it_runs_without_score_or_shaders_and_ends_when_it_is_asked(cables: DummyMonitors) -> None:
    command = [sys.executable, "-m", "installation.commands.processes.safe_picture"]
    with subprocess.Popen(command, env=os.environ | {"DISPLAY": cables.name}) as shown:
        try:
            pause = 0.02  # another process takes its time
            until(lambda: min(light(cables), default=0.0) > 0, lambda: time.sleep(pause))
        finally:
            shown.send_signal(signal.SIGTERM)
        assert shown.wait(PATIENCE_SECONDS) == 0
    assert not any(light(cables))
