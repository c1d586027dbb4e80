"""Three machines on this one behind a bad network, with clocks that drift: cues, a fader, and the faults of a house.

    python -m installation.benchmarks.fleet --minutes 6

Each machine is a network name space with a player, its house and its understudy, 160x90 headless; between them a switch
delays by 1 ms +- 0.5 and loses 1 %; steady clocks drift by 70 ppm, the systems' clocks wander as chrony leaves them.
Compared are the frames that the machines say they showed, every second, and the messages that their journals end with.
Needs Linux, and leave to make network name spaces and TAP devices; root has it.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from installation.benchmarks.machines.house import CUES, FPS, NAMES, STANDBY, STANDBY_FOR, House
from installation.benchmarks.machines.name_space import enter_own_network
from installation.desk.journal.journal import read_journal
from installation.desk.journal.journal_archive import archived_journals
from installation.errors import DeviceError
from installation.show.control import Message

FADER_HZ = 50
CUE_SECONDS = 1.8
QUIET_SHARE = 0.3
"""Share of the time without faults: the network, or this machine, causes any delays then."""

SETTLE_SECONDS = 8.0
KILL_SECONDS = 15.0
"""Mean time between kills."""

STEP_SECONDS = 3600.0
UNDERSTUDY_SECONDS = 60.0
EQUAL_SECONDS = 60.0
HEAL_SECONDS = 3.0
"""Frames this close to a cut are not compared: messages from the separate parts belong to frames already shown."""

STANDBY_SECONDS = 20.0
TOLD = 5
"""The most missing messages that a report names per machine."""


@dataclass
class FleetFigures:
    """The results, in seconds. `frames_differing` and `lost_messages` list the differences between machines; the late
    cues are those of the quiet part. None stands for an event that did not happen in time."""

    cues: int = 0
    fader_moves: int = 0
    messages: int = 0
    compared_frames: int = 0
    frames_differing: list[str] = field(default_factory=list)
    lost_messages: list[str] = field(default_factory=list)
    late_cues: dict[str, int] = field(default_factory=dict)
    late_messages: dict[str, int] = field(default_factory=dict)
    worst_late_frames: dict[str, int] = field(default_factory=dict)
    skipped_a_minute: dict[str, dict[str, float]] = field(default_factory=dict)
    back_after_kill: list[float | None] = field(default_factory=list)
    back_after_power: list[float | None] = field(default_factory=list)
    standby_on: list[float | None] = field(default_factory=list)
    equal_after_heal: list[float | None] = field(default_factory=list)
    clock_step_told: bool | None = None
    frames_off_while_stepped: float | None = None

    @property
    def is_right(self) -> bool:
        """Whether all machines had one show. Their speed depends on this machine, so people judge it."""
        came_back = None not in (*self.back_after_kill, *self.back_after_power, *self.equal_after_heal)
        return came_back and not self.frames_differing and not self.lost_messages and self.compared_frames > 0


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
        self._compare_frames()
        return self.figures

    def compare_journals(self) -> None:
        """Count messages that machines lack, once the players have ended."""
        said = {name: _said(self.house.journal(name)) for name in NAMES}
        everything = set[Message]().union(*said.values())
        self.figures.messages = len(everything)
        for name in NAMES:
            lost = sorted(everything - said[name], key=lambda message: message.order)
            self.figures.lost_messages += [f"{name} lacks {one}" for one in lost[:TOLD]]
            if len(lost) > TOLD:
                self.figures.lost_messages.append(f"{name} lacks {len(lost)} of {len(everything)} messages")

    def _operate(self) -> None:
        """Move a fader and start cues, each at a random machine that is on."""
        next_cue = time.monotonic()
        while not self._over.wait(1 / FADER_HZ):
            reached = sorted(self._reached)
            self.house.desks[self._chance.choice(reached)].send_message("/master", 0.5 + 0.5 * self._chance.random())
            self.figures.fader_moves += 1
            if time.monotonic() >= next_cue:
                next_cue += CUE_SECONDS
                cue = CUES[self.figures.cues % len(CUES)]
                self.house.desks[self._chance.choice(reached)].send_message(f"/cue/{cue}/go", [])
                self.figures.cues += 1

    def _faults(self, end: float) -> None:
        left = end - time.monotonic()
        away = min(60.0, left / 6)
        self._watched("cable pulled", partial(self._cut, away, "cellar"))
        self._watched("cut in two", partial(self._cut, away, "hall"))
        self._watched("clock stepped", partial(self._step_clock, "cellar", min(20.0, left / 12)))
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
        self._says(f"{what}: skipped a minute {skipped}")

    def _cut(self, seconds: float, *others: str) -> None:
        cut = time.time()
        self.house.network.part(*(NAMES.index(name) for name in others))
        self._over.wait(seconds)
        self.house.network.part()
        self.figures.equal_after_heal.append(self._until_equal())
        self._parted.append((cut - HEAL_SECONDS, time.time() + HEAL_SECONDS))
        self._says(f"state equal {self.figures.equal_after_heal[-1]} s after it was healed")

    def _until_equal(self) -> float | None:
        """Wait until all machines have nearly the same messages; returns the seconds, or None."""
        began = time.monotonic()
        while time.monotonic() < began + EQUAL_SECONDS:
            lasts = [self.house.witness.last(name) for name in NAMES]
            known = [last.status["known"] for last in lasts if last is not None and last.at > began]
            if len(known) == len(NAMES) and _are_near(known):
                return round(time.monotonic() - began, 2)
            time.sleep(0.02)  # waits for other programs
        return None

    def _step_clock(self, name: str, seconds: float) -> None:
        self.house.clocks[name].step(STEP_SECONDS)
        began = time.monotonic()
        self._over.wait(seconds)
        said = [one for one in self.house.witness.said[name] if one.at > began + 1.5]
        self.figures.clock_step_told = any(abs(one.status["stepped_seconds"]) > STEP_SECONDS / 2 for one in said)
        self.figures.frames_off_while_stepped = round(max((abs(one.off_frames) for one in said), default=-1.0), 2)
        self.house.clocks[name].step(0.0)
        self._over.wait(3.0)
        self._says(f"{name} was {self.figures.frames_off_while_stepped} frames off at most, and told of it")

    def _lose_power(self, seconds: float) -> None:
        figures = self.figures
        self._reached.discard(STANDBY_FOR)
        began = time.monotonic()
        self.house.power_off(STANDBY_FOR)
        figures.standby_on.append(self._until_standby(began))
        self._over.wait(seconds)
        back = time.monotonic()
        self.house.power_on(STANDBY_FOR)
        figures.back_after_power.append(_rounded(self.house.until_right(STANDBY_FOR, back)))
        self._reached.add(STANDBY_FOR)
        self._says(f"standby on after {figures.standby_on[-1]} s, back after {figures.back_after_power[-1]} s")

    def _until_standby(self, since: float) -> float | None:
        while time.monotonic() < since + STANDBY_SECONDS:
            last = self.house.witness.last(STANDBY)
            if last is not None and last.at > since and last.status["stands_in_for"] == STANDBY_FOR:
                return round(last.at - since, 2)
            time.sleep(0.01)  # the delay is measured to a hundredth of a second
        return None

    def _kills(self, end: float) -> None:
        while time.monotonic() < end or len(self.figures.back_after_kill) < 2:
            name = self._chance.choice(NAMES)
            self._until_understudy(name)
            self._reached.discard(name)
            killed = time.monotonic()
            self.house.kill_player(name)
            self.figures.back_after_kill.append(_rounded(self.house.until_right(name, killed)))
            self._reached.add(name)
            self._says(f"{name} killed, back after {self.figures.back_after_kill[-1]} s")
            self._over.wait(self._chance.uniform(0.5, 1.5) * KILL_SECONDS)

    def _until_understudy(self, name: str) -> None:
        """Wait for the understudy, which loads for some seconds after each start and shortens the next one."""
        until = time.monotonic() + UNDERSTUDY_SECONDS
        while not self.house.has_understudy(name) and time.monotonic() < until:
            time.sleep(0.1)  # waits for another program

    def _status(self, name: str) -> Mapping[str, Any]:
        last = self.house.witness.last(name)
        assert last is not None, "it has said something"
        return last.status

    def _compare_frames(self) -> None:
        """Compare the digests of frames that several machines report; each machine's last report counts."""
        figures, shown = self.figures, dict[str, dict[str, str]]()
        epoch = float(self._status(NAMES[0])["epoch"])
        for name in NAMES:
            for said in self.house.witness.said[name]:
                for number, digest in said.status.get("compared", {}).items():
                    shown.setdefault(number, {})[name] = digest
            figures.late_messages[name] = self._status(name)["late_messages"]
            figures.worst_late_frames[name] = self._status(name)["worst_late_frames"]
        for number, digests in shown.items():
            due = epoch + int(number) / FPS
            if len(digests) > 1 and not any(begin < due < end for begin, end in self._parted):
                figures.compared_frames += 1
                if len(set(digests.values())) > 1:
                    figures.frames_differing.append(f"{number}: {digests}")


def _are_near(known: Sequence[Mapping[str, int]]) -> bool:
    """Whether machines have the same messages, except those of the last second, since the fader never rests."""
    counts = ([one.get(origin, 0) for one in known] for origin in set[str]().union(*known))
    return all(max(count) - min(count) <= FADER_HZ for count in counts)


def _said(journal: Path) -> set[Message]:
    """All messages of a journal and its archived parts, including those before its last restart."""
    recordings = [read_journal(one, forgiving=True) for one in (*archived_journals(journal), journal)]
    return {message for one in recordings for message in (*one.earlier, *one.messages)}


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 2)


def drill(
    folder: Path, seconds: float, seed: int, *, with_faults: bool, says: Callable[[str], object] = lambda _said: None
) -> FleetFigures:
    """Run one drill in an empty folder. Raises DeviceError if this machine cannot run it."""
    with House(folder) as house:
        one = Drill(house, seconds, seed, with_faults=with_faults, says=says)
        one.until_begun()
        figures = one.run()
    one.compare_journals()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=6.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-faults", action="store_true")
    parser.add_argument("--folder", type=Path, help="keep journals and logs here, in an empty folder")
    options = parser.parse_args()
    try:
        enter_own_network("installation.benchmarks.fleet")
        with tempfile.TemporaryDirectory() as temporary:
            folder = options.folder or Path(temporary)
            folder.mkdir(exist_ok=True)
            says = partial(print, file=sys.stderr, flush=True)
            seconds, with_faults = options.minutes * 60, not options.no_faults
            figures = drill(folder, seconds, options.seed, with_faults=with_faults, says=says)
    except DeviceError as error:
        raise SystemExit(str(error)) from None
    print(json.dumps(asdict(figures), indent=2))
    raise SystemExit(0 if figures.is_right else 1)


if __name__ == "__main__":
    main()
