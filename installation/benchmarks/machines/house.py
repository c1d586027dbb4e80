"""A house of three simulated machines with two heads each: files, players, and their reports."""

from __future__ import annotations

import datetime
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pythonosc.udp_client import SimpleUDPClient

from installation import SHIPPED_ATLAS
from installation.benchmarks.machines.bad_network import BadNetwork
from installation.benchmarks.machines.machine_clock import MachineClock
from installation.benchmarks.machines.name_space import NETWORK, MachineNameSpace, open_operators_port
from installation.benchmarks.machines.powered import CLOCK, PROCESSES
from installation.files import write_atomically
from installation.fleet.keys import KeyFiles, make_keys
from installation.fleet.observer import Observer
from installation.fleet.zenoh_network import HOUSE
from installation.owner import Owner
from installation.rig.machines import Machine
from installation.soak.trial import linked_copy, read_score

NAMES = ("attic", "cellar", "hall")
STANDBY, STANDBY_FOR = "hall", "attic"
DRIFTS = (70e-6, -70e-6, 30e-6)
FPS = 20
SIZE = "160x90"
"""Every output's size: three machines share the processor of one."""

OSC_PORT = 9000
CUES = "abcdefgh"
NEURONS = ("candles", "temple", "pagoda", "palace")
START_SECONDS = 300.0

_SCORE = f"""title: Three machines
atlas: {SHIPPED_ATLAS}
fps: {FPS}
outputs: {{{", ".join(f"{name}{side}: {SIZE}" for name in NAMES for side in "12")}}}
cues:
"""


def score_text() -> str:
    """A score whose cues stay until somebody starts another."""
    lines = (
        f"  - {{id: {cue}, duration: 4s, end: hold, transition: {{dissolve: 0.5s}}, "
        f"layers: [{{name: picture, walk: {NEURONS[number % len(NEURONS)]}, view: {{zoom: {1 + number / 4}}}}}]}}\n"
        for number, cue in enumerate(CUES)
    )
    return _SCORE + "".join(lines)


@dataclass(frozen=True, slots=True)
class HouseShow:
    """The show that the machines play: a score's file, its cues, and its outputs."""

    file: Path
    cues: tuple[str, ...]
    outputs: tuple[str, ...]

    @classmethod
    def of(cls, file: Path) -> HouseShow:
        """Read a score; raises ScoreError for its mistakes."""
        score = read_score(file)
        return cls(file, tuple(one.id for one in score.cues), tuple(one.name for one in score.outputs))

    @classmethod
    def made(cls, folder: Path) -> HouseShow:
        """Write a score into a new folder: its cues stay until somebody starts another."""
        write_atomically(folder / "score.yaml", score_text().encode(), make_folder=True)
        return cls.of(folder / "score.yaml")


@dataclass(slots=True)
class Said:
    """A machine's message, and its time by this program's steady and the true wall clock."""

    at: float
    wall: float
    status: dict[str, Any]

    @property
    def is_right(self) -> bool:
        """Whether the frame is the one due at that time, as precisely as a message tells."""
        return abs(self.off_frames) <= RIGHT_FRAMES

    @property
    def played_seconds(self) -> float:
        """The time from the first picture of this player to the message."""
        return float((self.status["shown"] + self.status["skipped"]) / FPS)

    @property
    def off_frames(self) -> float:
        return float(self.status["frame"] - (self.wall - self.status["epoch"]) * FPS)


RIGHT_FRAMES = 6
"""Some 0.3 s: the longest delay in reading a message on a machine that seven programs share."""


class Witness(Observer):
    """Records all messages of the machines."""

    def __init__(self, machines: Sequence[Machine], keys: KeyFiles | None, house: str) -> None:
        self.said: dict[str, list[Said]] = {name: [] for name in NAMES}
        super().__init__(machines, keys, house)

    def note(self, machine: str, status: dict[str, Any]) -> None:
        self.said[machine].append(Said(time.monotonic(), time.time(), status))

    def last(self, name: str) -> Said | None:
        return self.said[name][-1] if self.said[name] else None


class House(Owner):
    """The whole house, with its files in `folder`. It needs its own network; see name_space.enter_own_network.

    It plays `score`, whose outputs the heads show in turn; None makes a score.
    """

    def __init__(self, folder: Path, score: Path | None = None, *, standby: bool = True) -> None:
        self.folder = folder
        self.show = HouseShow.made(folder / "made") if score is None else HouseShow.of(score)
        self._powered: dict[str, subprocess.Popen[bytes]] = {}
        with ExitStack() as opened:
            self.network = opened.enter_context(BadNetwork(len(NAMES)))
            self.spaces = {
                name: opened.enter_context(MachineNameSpace(device, 10 + number))
                for number, (name, device) in enumerate(zip(NAMES, self.network.names, strict=False))
            }
            open_operators_port(self.network.names[-1], 100)
            self.machines = tuple(Machine(name, space.address) for name, space in self.spaces.items())
            make_keys(self.machines, folder / "keys", datetime.datetime.now(datetime.UTC))
            self.clocks: dict[str, MachineClock] = {}
            for number, name in enumerate(NAMES):
                self.state(name).mkdir()
                clock = MachineClock(self.state(name) / CLOCK, DRIFTS[number], phase=2.0 * number)
                self.clocks[name] = opened.enter_context(clock)
                shutil.copytree(folder / "keys", self.state(name) / "keys")
                linked_copy(self.show.file, self.state(name) / "show")
                (self.state(name) / "rig.yaml").write_text(self._rig(standby=standby), encoding="utf-8")
            self.desks = {name: SimpleUDPClient(space.address, OSC_PORT) for name, space in self.spaces.items()}
            opened.callback(self._power_off_all)
            keys = KeyFiles.of(folder / "keys", NAMES[0])
            self.witness = opened.enter_context(Witness(self.machines, keys, HOUSE))
            self._opened = opened.pop_all()

    def state(self, name: str) -> Path:
        """The folder that is a machine's disk."""
        return self.folder / name

    def journal(self, name: str) -> Path:
        return self.state(name) / "journal.jsonl"

    def score(self, name: str) -> Path:
        """A machine's copy of the score."""
        return self.state(name) / "show" / self.show.file.name

    def power_on(self, name: str) -> None:
        state = self.state(name)
        words = ["play", str(self.score(name)), "--rig", str(state / "rig.yaml"), "--machine", name]
        words += ["--headless", "--size", SIZE, "--fps", str(FPS)]
        words += ["--journal", str(self.journal(name)), "--resume", "--osc", str(OSC_PORT)]
        words += ["--host", self.spaces[name].address, "--allow", f"{NETWORK}0/24"]
        command = [sys.executable, "-m", "installation.benchmarks.machines.powered", str(state), *words]
        with (state / "log").open("ab") as log:
            self._powered[name] = subprocess.Popen(
                self.spaces[name].command(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"},
            )

    def power_off(self, name: str) -> None:
        self.spaces[name].end_all()
        if name in self._powered:
            self._powered.pop(name).wait()

    def kill_player(self, name: str) -> None:
        """Kill only the machine's player; its house replaces it with the understudy."""
        if player := self._processes(name).get("player"):
            os.kill(player, signal.SIGKILL)

    def has_understudy(self, name: str) -> bool:
        return self._processes(name).get("understudy") is not None

    def until_right(self, name: str, since: float, seconds: float = START_SECONDS) -> float | None:
        """Wait until a player that starts after `since` reports a right frame; returns the seconds from then to its
        first picture, by the steady clock, or None after `seconds`.

        The witness may hear a machine that came back a second after its first picture.
        """
        old = [said for said in self.witness.said[name] if said.at <= since]
        while time.monotonic() < since + seconds:
            last = self.witness.last(name)
            # The former player's last messages may still come; a new player counts its frames from the beginning.
            is_new = not old or (last is not None and last.status["shown"] < old[-1].status["shown"])
            if last is not None and last.at > since and is_new and last.is_right:
                return last.at - last.played_seconds - since
            time.sleep(0.01)  # the start is measured to a hundredth of a second
        return None

    def log(self, name: str) -> str:
        return (self.state(name) / "log").read_text(errors="replace")

    def close(self) -> None:
        self._opened.close()

    def _processes(self, name: str) -> dict[str, int | None]:
        with suppress(OSError, ValueError):
            found: dict[str, int | None] = json.loads((self.state(name) / PROCESSES).read_text())
            return found
        return {}

    def _power_off_all(self) -> None:
        for name in NAMES:
            self.power_off(name)

    def _rig(self, *, standby: bool) -> str:
        more = {STANDBY: f", standby_for: {STANDBY_FOR}"} if standby else {}
        machines = (f"  {one.name}: {{address: {one.address}{more.get(one.name, '')}}}" for one in self.machines)
        outputs = itertools.cycle(self.show.outputs)
        heads = (
            f"  {name}{side}: {{machine: {name}, shows: {next(outputs)}, monitor: {{connector: {name}{side}}}}}"
            for name in NAMES
            for side in "12"
        )
        return "\n".join(["machines:", *machines, "fleet: {keys: keys}", "heads:", *heads, ""])
