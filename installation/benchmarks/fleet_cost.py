"""What playing together costs in a frame: messages and metrics of up to 16 machines in one process, and of one alone.

    python -m installation.benchmarks.fleet_cost

The machines are members and ensembles as in a player; their network hands over what they say at once. What one machine
spends is counted where it is spent: stamping and folding in its frame, reading what the others say, its state once a
second, metrics asked for once a second; in processor time. A fader is moved 50 times a second, a cue starts every 2 s.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from installation.desk.journal.journal_lines import Succession
from installation.desk.sequencer import Sequencer, SoloSequencer
from installation.fleet.ensemble import Ensemble, Playing
from installation.fleet.member import Member
from installation.fleet.network import Listener
from installation.house.metrics import HealthSnapshot, metrics_text, process_statistics
from installation.rig.machines import Fleet, Machine
from installation.score import reader
from installation.show.clock import HouseClock
from installation.show.control import Message, initial_control
from installation.show.playing.performance import Performance
from installation.show.score import Score

FPS = 30
FADER_HZ = 50
CUE_SECONDS = 2.0
EPOCH = 1000.0


@dataclass
class Wire:
    """Delivers at once, and counts the reading for the machine that reads. `seconds` is the time of all clocks."""

    seconds: float = EPOCH

    def __post_init__(self) -> None:
        self.listeners: dict[str, Listener] = {}
        self.spent: dict[str, float] = {}

    @contextmanager
    def counted(self, name: str) -> Iterator[None]:
        began, before = time.thread_time(), sum(self.spent.values())
        yield
        within = sum(self.spent.values()) - before  # the other machines' share of this time counts for them
        self.spent[name] = self.spent.get(name, 0.0) + time.thread_time() - began - within


class WireEnd:
    """One machine's end of the wire."""

    def __init__(self, wire: Wire, name: str, listener: Listener) -> None:
        self._wire, self._name = wire, name
        for other, one in wire.listeners.items():
            one.appeared(name)
            listener.appeared(other)
        wire.listeners[name] = listener

    def send_message(self, data: bytes) -> None:
        self._to_others(lambda listener: listener.heard_message(data))

    def send_status(self, data: bytes) -> None:
        self._to_others(lambda listener: listener.heard_status(self._name, data))

    def ask(self, machine: str, question: str, data: bytes, seconds: float) -> bytes | None:  # noqa: ARG002 at once
        return self._wire.listeners[machine].answer(question, data)

    def close(self) -> None:
        self._wire.listeners.pop(self._name, None)

    def _to_others(self, tells: Callable[[Listener], None]) -> None:
        for name, listener in self._wire.listeners.items():
            if name != self._name:
                with self._wire.counted(name):
                    tells(listener)


class Simulated:
    """One machine; without a `fleet` it plays alone, like a player whose rig names no machines."""

    def __init__(self, wire: Wire, score: Score, name: str, fleet: Fleet | None, stack: ExitStack) -> None:
        self.name, self._wire, self._score = name, wire, score
        control = initial_control(score)
        self.performance = Performance(score, [one.name for one in score.outputs], control)
        self.sequencer: Sequencer = SoloSequencer()
        self.ensemble: Ensemble | None = None
        self._process = process_statistics()
        if fleet is not None:
            member = stack.enter_context(
                Member(fleet, name, lambda listener: WireEnd(wire, name, listener), bool, lambda: wire.seconds,
                       lambda: wire.seconds)
            )  # fmt: skip
            while not member.service.is_open:
                time.sleep(0.001)  # another thread opens it
            clock = HouseClock(score.fps, EPOCH, 0.0, lambda: wire.seconds, lambda: wire.seconds, bool)  # type: ignore[arg-type]  # nobody waits
            base = Succession(0, score.digest, score.title, control)
            self.ensemble = Ensemble(member, self.performance, clock, base, (), None, lambda: wire.seconds)
            self.sequencer = self.ensemble.sequencer

    def step(self, frame_number: int, heard: list[Message]) -> None:
        with self._wire.counted(self.name):
            self.sequencer.begin(self._score, frame_number, self.performance.control)
            for message in heard:
                self.sequencer.accept(message)
            self.performance.follow(self.sequencer.finish(), frame_number)
            if self.ensemble is not None:
                self.ensemble.step(frame_number, self._playing, lambda *_told: None)

    def metrics(self) -> None:
        """Write the metrics, as for a request."""
        report = {"machines": {str(one.pop("name")): one for one in self.ensemble.machines()}} if self.ensemble else {}
        with self._wire.counted(self.name):
            metrics_text(HealthSnapshot(report, 0, 0.0, self._process))

    @staticmethod
    def _playing() -> Playing:
        return Playing({"score": "s", "atlas": "a", "rig": "r"}, 1, 0, ("left", "right"))


def seconds_a_frame(score: Score, machines: int, frames: int, *, in_fleet: bool = True) -> float:
    """Mean processor seconds per frame of the busiest machine."""
    names = [f"machine{number}" for number in range(machines)]
    fleet = Fleet(tuple(Machine(name, "127.0.0.1", 7000 + number) for number, name in enumerate(names)))
    wire = Wire()
    with ExitStack() as stack:
        house = [Simulated(wire, score, name, fleet if in_fleet else None, stack) for name in names]
        cues = [cue.id for cue in score.cues]
        said = 0
        for frame_number in range(frames):
            wire.seconds = EPOCH + frame_number / FPS
            heard = []
            while said / FADER_HZ <= frame_number / FPS:
                heard.append(Message(0, 0, "set", "/master", (said % 50) / 50, source="osc:desk"))
                said += 1
            if frame_number % round(CUE_SECONDS * FPS) == 5:
                cue = cues[frame_number // round(CUE_SECONDS * FPS) % len(cues)]
                heard.append(Message(0, 0, "go", cue, source="osc:desk"))
            for number, machine in enumerate(house):
                machine.step(frame_number, heard if number == 0 else [])
                if frame_number % FPS == 0:
                    machine.metrics()
    return max(wire.spent.values()) / frames


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("score", nargs="?", type=Path, default=Path("scores/first_light.yaml"))
    parser.add_argument("--frames", type=int, default=900)
    options = parser.parse_args()
    score = reader.read(options.score)
    alone = seconds_a_frame(score, 1, options.frames, in_fleet=False)
    print(f"alone, as a rig with one machine is: {alone * 1e6:.0f} us a frame, {alone * FPS:.2%} of it")
    for machines in (2, 3, 4, 8, 16):
        spent = seconds_a_frame(score, machines, options.frames)
        print(f"{machines} machines: {spent * 1e6:.0f} us a frame, {spent * FPS:.2%} of it")


if __name__ == "__main__":
    main()
