"""A house of several machines on this one: cues, faders, deaths and returns, and whether all end with one show.

    python -m installation.benchmarks.fleet --minutes 5

Every machine is a player of its own, headless, that reaches the others over sockets on loopback, with keys as in a real
house. What is compared: the frames that they say they showed, every second; the messages that their journals end with;
and how long a machine that was killed needs until it plays again.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from pythonosc.udp_client import SimpleUDPClient

from installation.desk.journal.journal import read_journal
from installation.fleet.keys import KeyFiles, make_keys
from installation.fleet.observer import Observer
from installation.fleet.zenoh_network import HOUSE
from installation.rig.machines import Machine
from installation.show.control import Message

NAMES = ("attic", "cellar", "hall")
FPS = 20
SETTLE_SECONDS = 5.0
START_SECONDS = 60.0
FADER_HZ = 50
CUE_SECONDS = 1.5
KILL_SECONDS = 20.0


@dataclass
class FleetFigures:
    """What came of it. `frames_differing` says where; `lost_messages` are in one journal and not in all."""

    cues: int = 0
    fader_moves: int = 0
    kills: int = 0
    compared_frames: int = 0
    frames_differing: list[str] = field(default_factory=list)
    lost_messages: list[str] = field(default_factory=list)
    messages: int = 0
    back_seconds: list[float] = field(default_factory=list)
    late_messages: dict[str, int] = field(default_factory=dict)
    worst_late_frames: dict[str, int] = field(default_factory=dict)

    @property
    def is_right(self) -> bool:
        return not self.frames_differing and not self.lost_messages and self.compared_frames > 0


class House:
    """The folder, the rig, and a process for each machine."""

    def __init__(self, folder: Path, score: Path, names: Sequence[str]) -> None:
        self.folder, self.score = folder, score
        self.machines = tuple(Machine(name, "127.0.0.1", _free_port()) for name in names)
        self.osc = {name: _free_port() for name in names}
        make_keys(self.machines, folder / "keys", datetime.datetime.now(datetime.UTC))
        outputs = ("left", "centre", "right")
        heads = (
            f"  {output}: {{machine: {names[number % len(names)]}, size: 160x90, monitor: {{connector: C{number}}}}}"
            for number, output in enumerate(outputs)
        )
        machines = (f"  {one.name}: {{address: {one.address}, port: {one.port}}}" for one in self.machines)
        rig = "\n".join(["machines:", *machines, "fleet: {keys: keys}", "heads:", *heads, ""])
        (folder / "rig.yaml").write_text(rig, encoding="utf-8")
        self.players: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        command = [sys.executable, "-c", "from installation.commands.cli import main; main()", "play", str(self.score)]
        command += ["--rig", str(self.folder / "rig.yaml"), "--machine", name, "--headless", "--fps", str(FPS)]
        command += ["--osc", str(self.osc[name]), "--journal", str(self.journal(name)), "--resume"]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.players[name] = subprocess.Popen(
                command, stdout=log, stderr=log, env=os.environ | {"OMP_NUM_THREADS": "1"}
            )

    def journal(self, name: str) -> Path:
        return self.folder / f"{name}.jsonl"

    def kill(self, name: str) -> None:
        self.players[name].kill()
        self.players[name].wait()

    def close(self) -> None:
        for player in self.players.values():
            player.terminate()
        for player in self.players.values():
            player.wait(timeout=30)


def run(score: Path, minutes: float, seed: int, *, with_kills: bool) -> FleetFigures:
    chance, result = random.Random(seed), FleetFigures()
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        house = House(Path(temporary), score, NAMES)
        stack.callback(house.close)
        for name in NAMES:
            house.start(name)
        keys = KeyFiles.of(house.folder / "keys", NAMES[0])
        observer = stack.enter_context(Observer(house.machines, keys, HOUSE))
        _wait_for(observer, house, NAMES)
        _play(house, observer, result, chance, time.monotonic() + minutes * 60, with_kills=with_kills)
        _settle(observer, result)
        house.close()
        house.players.clear()
        said = {name: _said(house.journal(name)) for name in NAMES}
        everything = set.union(*said.values())
        result.messages = len(everything)
        result.lost_messages = [f"{name} lacks {message}" for name in NAMES for message in everything - said[name]]
    return result


def _said(journal: Path) -> set[Message]:
    """Everything that a journal has, also from before the state that it went on with last."""
    recording = read_journal(journal, forgiving=True)
    return {*recording.earlier, *recording.messages}


def _play(
    house: House, observer: Observer, result: FleetFigures, chance: random.Random, end: float, *, with_kills: bool
) -> None:
    desks = {name: SimpleUDPClient("127.0.0.1", port) for name, port in house.osc.items()}
    next_cue, next_kill, next_look = (time.monotonic() + wait for wait in (CUE_SECONDS, KILL_SECONDS, 1.0))
    while (now := time.monotonic()) < end:
        desks[chance.choice(NAMES)].send_message("/master", 0.5 + 0.5 * chance.random())
        result.fader_moves += 1
        if now >= next_cue:
            next_cue = now + CUE_SECONDS
            desks[chance.choice(NAMES)].send_message("/go", [])
            result.cues += 1
        if now >= next_look:
            next_look = now + 1.0
            _compare(observer, result)
        if with_kills and now >= next_kill:
            next_kill = now + KILL_SECONDS
            name = chance.choice(NAMES)
            house.kill(name)
            result.kills += 1
            house.start(name)
            started = time.monotonic()
            _wait_for(observer, house, [name])
            result.back_seconds.append(round(time.monotonic() - started, 2))
        time.sleep(1 / FADER_HZ)  # as often as a hand on a fader is heard


def _compare(observer: Observer, result: FleetFigures) -> None:
    """What the machines say of the frames that several of them have compared."""
    shown: dict[str, dict[str, str]] = {}
    for name, status in observer.latest().items():
        for number, digest in status.get("compared", {}).items():
            shown.setdefault(number, {})[name] = digest
    for number, digests in shown.items():
        if len(digests) > 1:
            result.compared_frames += 1
            if len(set(digests.values())) > 1:
                result.frames_differing.append(f"{number}: {digests}")


def _settle(observer: Observer, result: FleetFigures) -> None:
    observer.statuses(SETTLE_SECONDS)
    _compare(observer, result)
    for name, status in observer.latest().items():
        result.late_messages[name] = int(status.get("late_messages", 0))
        result.worst_late_frames[name] = int(status.get("worst_late_frames", 0))


def _wait_for(observer: Observer, house: House, names: Sequence[str]) -> None:
    """Until these machines say something new."""
    started = time.monotonic()
    frames = {name: observer.latest().get(name, {}).get("frame") for name in names}
    while any(observer.latest().get(name, {}).get("frame") == frames[name] for name in names):
        if time.monotonic() - started > START_SECONDS:
            logs = "\n".join((house.folder / f"{name}.log").read_text(errors="replace")[-2000:] for name in names)
            raise SystemExit(f"{', '.join(names)} did not start within {START_SECONDS:g} s:\n{logs}")
        time.sleep(0.02)  # what is timed is a player's start, to the hundredth of a second


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("score", nargs="?", type=Path, default=Path("scores/first_light.yaml"))
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-kills", action="store_true")
    options = parser.parse_args()
    result = run(options.score, options.minutes, options.seed, with_kills=not options.no_kills)
    print(json.dumps(asdict(result), indent=2))
    if result.back_seconds:
        print(f"back after {median(result.back_seconds):.2f} s (median), {max(result.back_seconds):.2f} s at most")
    raise SystemExit(0 if result.is_right else 1)


if __name__ == "__main__":
    main()
