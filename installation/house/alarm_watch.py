"""Watches the show, its outputs and displays, the disk and the clock for alarms."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from installation.failures import FailureLog
from installation.house.alarm_post import AlarmPost
from installation.house.alarms import AlarmBook, Trouble
from installation.house.display_power import DisplayState
from installation.house.supervisor import HouseStatistics

STANDS_SECONDS = 30.0
"""How long no player may play before an alarm: a restart takes a second, a cold start several."""

DARK_SECONDS = 10.0

DISPLAY_SECONDS = 300.0
"""A projector takes minutes to report that it is on."""

MIN_FREE_BYTES = 2**30

MAX_CLOCK_STEP_SECONDS = 5.0
"""How far the wall clock may drift from the monotonic clock: time services correct it in smaller steps."""

LOOK_SECONDS = 1.0


def troubles(
    house: HouseStatistics,
    displays: Mapping[str, DisplayState],
    free_bytes: int | None,
    clock_off_seconds: float,
) -> dict[str, Trouble]:
    """What is wrong, by name."""
    found: dict[str, Trouble] = {}
    if house.state != "playing":
        found["show"] = Trouble(f"no player plays: the house is {house.state}", STANDS_SECONDS, grave=True)
    if house.safe_picture:
        found["safe picture"] = Trouble(f"the safe picture is up: {house.in_a_row} crashes in a row", grave=True)
    for output in house.dark:
        found[f"output {output}"] = Trouble(f"output {output} is dark: its monitor is not connected", DARK_SECONDS)
    for name, one in displays.items():
        if one.wanted and one.state in ("off", "unreachable", "refuses"):
            found[f"display {name}"] = Trouble(f"display {name} should be on but is {one.state}", DISPLAY_SECONDS)
    if free_bytes is not None and free_bytes < MIN_FREE_BYTES:
        found["disk"] = Trouble(f"the disk is filling up: {free_bytes / 2**20:.0f} MiB are free")
    if abs(clock_off_seconds) > MAX_CLOCK_STEP_SECONDS:
        found["clock"] = Trouble(f"the clock was set or drifts: {clock_off_seconds:+.0f} s since the house began")
    return found


class AlarmWatch:
    """Checks at most once a second, however often `step` is called; no error stops the house."""

    def __init__(
        self,
        book: AlarmBook,
        post: AlarmPost,
        folder: Path,
        displays: Callable[[], Mapping[str, DisplayState]],
        failures: FailureLog,
        steady: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._book, self._post, self._folder, self._displays = book, post, folder, displays
        self._failures, self._steady, self._wall = failures, steady, wall
        self._looked = float("-inf")
        self._wall_minus_steady = wall() - steady()

    def step(self, house: HouseStatistics) -> None:
        now, wall = self._steady(), self._wall()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        with self._failures.guard("looking for alarms", Exception):  # the house has more important things to do
            off = wall - now - self._wall_minus_steady
            for news in self._book.step(troubles(house, self._displays(), self._free_bytes(), off), now, wall):
                self._post.put(news)

    def _free_bytes(self) -> int | None:
        try:
            return shutil.disk_usage(self._folder).free
        except OSError:
            return None
