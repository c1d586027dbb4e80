"""A drill: an operator plays a house of simulated machines, while one fault after another befalls it."""

from __future__ import annotations

import datetime
import os
import random
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from installation.benchmarks.machines.comparison import are_near, compare_frames, compare_journals
from installation.benchmarks.machines.figures import FleetFigures
from installation.benchmarks.machines.house import NAMES, STANDBY, STANDBY_FOR, House
from installation.errors import DeviceError
from installation.fleet.keys import KeyFiles, make_keys
from installation.fleet.observer import Observer
from installation.fleet.zenoh_network import HOUSE

FADER_HZ = 50
CUE_SECONDS = 1.8
QUIET_SHARE = 0.3
"""Share of the time without faults: the network, or this machine, causes any delays then."""

SETTLE_SECONDS = 8.0
KILL_SECONDS = 50.0
"""One kill for so many seconds of the whole drill: 36 in half an hour."""

LEAST_KILLS = 2
STEP_SECONDS = 3600.0
STEPPED_SECONDS = 4.0
"""A machine reports its clock every second, and that it stepped some seconds later."""

FLOOD_SECONDS = 5.0
UNDERSTUDY_SECONDS = 60.0
PATIENCE_SECONDS = 60.0
"""After this time, whatever has not happened counts as never."""

HEAL_SECONDS = 3.0
"""Frames this close to a cut are not compared: messages from the separate parts belong to frames already shown."""


class Drill:
    """Plays a house for `seconds`, with or without faults, and collects `figures`; `says` receives the progress."""

    def __init__(
        self, house: House, seconds: float, seed: int, *, with_faults: bool, says: Callable[[str], object]
    ) -> None:
        self.house, self.figures = house, FleetFigures()
        self._seconds, self._chance, self._with_faults, self._says = seconds, random.Random(seed), with_faults, says
        self._reached = set(NAMES)
        """The machines that are on, to which the operator sends."""
        self._over = threading.Event()
        self._parted: list[tuple[float, float]] = []
        """Intervals of the wall clock during which a part of the house was cut off, with some seconds around them."""

    def until_begun(self) -> None:
        """Start all machines. Raises DeviceError if one does not begin to play."""
        began = time.monotonic()
        for name in NAMES:
            self.house.power_on(name)
        for name in NAMES:
            if self.house.until_right(name, began) is None:
                raise DeviceError(f"{name} does not begin:\n{self.house.log(name)[-3000:]}")
        self._says(f"all machines play after {time.monotonic() - began:.1f} s")
        for name in NAMES if self._with_faults else ():
            self._until_understudy(name)

    def run(self) -> FleetFigures:
        hands = threading.Thread(target=self._operate, name="operator")
        hands.start()
        end = time.monotonic() + self._seconds
        try:
            with_faults = self._with_faults
            self._watched("quiet", partial(self._over.wait, self._seconds * (QUIET_SHARE if with_faults else 1.0)))
            self.figures.late_cues = {name: self._status(name)["late_cues"] for name in NAMES}
            self._says(f"late cues: {self.figures.late_cues}")
            if with_faults:
                self._faults(end)
        finally:
            self._over.set()
            hands.join()
        time.sleep(SETTLE_SECONDS)  # the last messages arrive, and machines compare the last frames
        figures, said = self.figures, self.house.witness.said
        compare_frames(figures, said, float(self._status(NAMES[0])["epoch"]), self._parted)
        figures.late_messages = {name: self._status(name)["late_messages"] for name in NAMES}
        figures.worst_late_frames = {name: self._status(name)["worst_late_frames"] for name in NAMES}
        return figures

    def _operate(self) -> None:
        """Move a fader and start cues, each at a random machine that is on."""
        cues, next_cue = self.house.show.cues, time.monotonic()
        while not self._over.wait(1 / FADER_HZ):
            reached = sorted(self._reached)
            self.house.desks[self._chance.choice(reached)].send_message("/master", 0.5 + 0.5 * self._chance.random())
            self.figures.fader_moves += 1
            if time.monotonic() >= next_cue:
                next_cue += CUE_SECONDS
                cue = cues[self.figures.cues % len(cues)]
                self.house.desks[self._chance.choice(reached)].send_message(f"/cue/{cue}/go", [])
                self.figures.cues += 1

    def _faults(self, end: float) -> None:
        left = end - time.monotonic()
        away = min(60.0, left / 6)
        self._watched("cable pulled", partial(self._cut, away, "cellar"))
        self._watched("cut in two", partial(self._cut, away, "hall"))
        self._watched("clock stepped", partial(self._step_clock, "cellar", min(20.0, max(left / 12, STEPPED_SECONDS))))
        self._watched("edit saved", partial(self._edit, "hall"))
        self._watched("flood", partial(self._flood, "cellar", min(FLOOD_SECONDS, left / 12)))
        self._watched("stranger", self._stranger)
        self._watched("power lost", partial(self._lose_power, min(15.0, left / 12)))
        self._watched("kills", partial(self._kills, end))

    def _watched(self, what: str, happens: Callable[[], object]) -> None:
        """Run `happens`, and count the frames that each machine skips meanwhile."""
        before = {name: self._status(name)["skipped"] for name in NAMES}
        began = time.monotonic()
        happens()
        minutes = (time.monotonic() - began) / 60
        skipped = {name: round((self._status(name)["skipped"] - before[name]) / minutes, 1) for name in NAMES}
        # A player that ended meanwhile counts from 0 again: a negative count tells nothing.
        skipped = {name: count for name, count in skipped.items() if count >= 0}
        self.figures.skipped_a_minute[what] = skipped
        programs_per_core = os.getloadavg()[0] / len(os.sched_getaffinity(0))
        self.figures.programs_per_core = max(self.figures.programs_per_core, programs_per_core)
        self._says(f"{what}: skipped a minute {skipped}")

    def _until(self, is_so: Callable[[], bool]) -> float | None:
        """Wait until something is so; returns the seconds, or None after PATIENCE_SECONDS."""
        began = time.monotonic()
        while time.monotonic() < began + PATIENCE_SECONDS:
            if is_so():
                return round(time.monotonic() - began, 2)
            time.sleep(0.01)  # waits for other programs
        return None

    def _cut(self, seconds: float, *others: str) -> None:
        cut = time.time()
        self.house.network.part(*(NAMES.index(name) for name in others))
        self._over.wait(seconds)
        healed = time.monotonic()
        self.house.network.part()

        def is_equal() -> bool:
            lasts = [self.house.witness.last(name) for name in NAMES]
            known = [last.status["known"] for last in lasts if last is not None and last.at > healed]
            # The fader never rests: the messages of the last second may be on their way.
            return len(known) == len(NAMES) and are_near(known, FADER_HZ)

        self.figures.equal_after_heal.append(self._until(is_equal))
        self._parted.append((cut - HEAL_SECONDS, time.time() + HEAL_SECONDS))
        self._says(f"state equal {self.figures.equal_after_heal[-1]} s after it was healed")

    def _step_clock(self, name: str, seconds: float) -> None:
        self.house.clocks[name].step(STEP_SECONDS)
        began = time.monotonic()
        self._over.wait(seconds)
        said = [one for one in self.house.witness.said[name] if one.at > began + 1.5]
        self.figures.clock_step_told = any(abs(one.status["stepped_seconds"]) > STEP_SECONDS / 2 for one in said)
        self.figures.frames_off_while_stepped = round(max((abs(one.off_frames) for one in said), default=-1.0), 2)
        self.house.clocks[name].step(0.0)
        self._over.wait(3.0)
        self._says(f"{name} was {self.figures.frames_off_while_stepped} frames off at most")

    def _edit(self, name: str) -> None:
        """Save the score on one machine, with a comment more."""
        before = {self._edition(one) for one in NAMES}
        score = self.house.score(name)
        score.write_text(f"{score.read_text(encoding='utf-8')}# an edit\n", encoding="utf-8")

        def is_played() -> bool:
            now = {self._edition(one) for one in NAMES}
            return len(now) == 1 and not now & before

        self.figures.edit_played.append(self._until(is_played))
        self._says(f"an edit plays on all after {self.figures.edit_played[-1]} s")

    def _flood(self, name: str, seconds: float) -> None:
        """Send to one machine as fast as this program can."""
        began, sent = time.monotonic(), 0
        while time.monotonic() < began + seconds:
            self.house.desks[name].send_message("/master", self._chance.random())
            sent += 1
        over = time.monotonic()
        self._over.wait(3.0)
        off = [abs(last.off_frames) for one in NAMES if (last := self.house.witness.last(one)) and last.at > over]
        self.figures.frames_off_after_flood = round(max(off), 2) if len(off) == len(NAMES) else float("inf")
        self._says(f"{sent / seconds:,.0f} messages a second: {self.figures.frames_off_after_flood} frames off")

    def _stranger(self) -> None:
        """Listen, and ask, with keys of another house."""
        folder = self.house.folder / "stranger"
        if not folder.exists():
            make_keys(self.house.machines, folder, datetime.datetime.now(datetime.UTC))
        with Observer(self.house.machines, KeyFiles.of(folder, NAMES[0]), HOUSE) as stranger:
            self.figures.heard_by_a_stranger = len(stranger.statuses())

    def _lose_power(self, seconds: float) -> None:
        figures = self.figures
        self._reached.discard(STANDBY_FOR)
        began = time.monotonic()
        self.house.power_off(STANDBY_FOR)

        def is_on() -> bool:
            last = self.house.witness.last(STANDBY)
            return last is not None and last.at > began and last.status["stands_in_for"] == STANDBY_FOR

        figures.standby_on.append(self._until(is_on))
        self._over.wait(seconds)
        back = time.monotonic()
        self.house.power_on(STANDBY_FOR)
        figures.back_after_power.append(_rounded(self.house.until_right(STANDBY_FOR, back)))
        self._reached.add(STANDBY_FOR)
        self._says(f"standby on after {figures.standby_on[-1]} s, back after {figures.back_after_power[-1]} s")

    def _kills(self, end: float) -> None:
        count = max(round(self._seconds / KILL_SECONDS), LEAST_KILLS)
        for number in range(count):
            left = max(end - time.monotonic(), 0.0) / (count - number)
            self._over.wait(self._chance.uniform(0.0, 2.0) * left / 2)
            name = self._chance.choice(NAMES)
            self._until_understudy(name)
            self._reached.discard(name)
            killed = time.monotonic()
            self.house.kill_player(name)
            self.figures.back_after_kill.append(_rounded(self.house.until_right(name, killed)))
            self._reached.add(name)
            self._says(f"{name} killed, back after {self.figures.back_after_kill[-1]} s")
        self._over.wait(max(end - time.monotonic(), 0.0))

    def _until_understudy(self, name: str) -> None:
        """Wait for the understudy, which loads for some seconds after each start and shortens the next one."""
        until = time.monotonic() + UNDERSTUDY_SECONDS
        while not self.house.has_understudy(name) and time.monotonic() < until:
            time.sleep(0.1)  # waits for another program

    def _edition(self, name: str) -> str:
        return str(self._status(name)["edition"]["id"])

    def _status(self, name: str) -> Mapping[str, Any]:
        last = self.house.witness.last(name)
        assert last is not None, "it has said something"
        return last.status


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 2)


def drill(
    folder: Path,
    score: Path | None,
    seconds: float,
    seed: int,
    *,
    with_faults: bool,
    says: Callable[[str], object] = lambda _said: None,
) -> FleetFigures:
    """Run one drill in an empty folder, with this score or one of its own.

    Raises DeviceError if this machine cannot run it, and ScoreError for mistakes in the score.
    """
    with House(folder, score) as house:
        one = Drill(house, seconds, seed, with_faults=with_faults, says=says)
        one.until_begun()
        figures = one.run()
    compare_journals(figures, house)
    return figures
