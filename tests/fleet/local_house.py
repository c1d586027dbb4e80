"""A house in one process: machines whose network delivers at once, loses what it is told to, and can be cut."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction

from installation.desk.journal.journal_lines import Succession
from installation.fleet.ensemble import Ensemble, Playing
from installation.fleet.member import Joined, Member
from installation.fleet.network import Listener
from installation.rig.machines import Fleet, Machine
from installation.show.clock import HouseClock
from installation.show.control import Message, MessageKind, initial_control
from installation.show.playing.performance import Performance
from installation.show.score import Score
from tests.show.scores import three_cues

EPOCH = 1000.0
SCORE = three_cues()
LEAD_SECONDS = 0.3


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """What another thread does is there, or the test fails."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.001)  # gives way to the thread that is waited for


class LocalHouse:
    """Machines by name; `seconds` is the time by everybody's clock. `cut` are the machines that nobody reaches."""

    def __init__(self, *names: str, standby_for: str = "", score: Score = SCORE) -> None:
        machines = (Machine(name, "127.0.0.1", 7000 + number) for number, name in enumerate(names))
        self.fleet = Fleet(
            tuple(
                Machine(one.name, one.address, one.port, standby_for if index == len(names) - 1 else "")
                for index, one in enumerate(machines)
            ),
            LEAD_SECONDS,
        )
        self.score = score
        self.seconds = EPOCH
        self.listeners: dict[str, Listener] = {}
        self.cut: set[str] = set()
        self.loses: Callable[[], bool] = lambda: False

    def reaches(self, one: str, other: str) -> bool:
        return one != other and other in self.listeners and not ({one, other} & self.cut)

    def part(self, *names: str) -> None:
        """Pull the cables of these machines."""
        for name in names:
            self.cut.add(name)
            self._tell(name, Listener.vanished)

    def heal(self) -> None:
        cut, self.cut = self.cut, set()
        for name in cut:
            self._tell(name, Listener.appeared)

    def die(self, name: str) -> None:
        """The process of a machine ends."""
        self._tell(name, Listener.vanished)
        self.listeners.pop(name, None)

    def _tell(self, name: str, what: Callable[[Listener, str], None]) -> None:
        for other, listener in self.listeners.items():
            if other != name:
                getattr(listener, what.__name__)(name)
                getattr(self.listeners[name], what.__name__)(other)


class LocalNetwork:
    """One machine's end of a house."""

    def __init__(self, house: LocalHouse, name: str, listener: Listener) -> None:
        self._house, self._name = house, name
        house.listeners[name] = listener
        house._tell(name, Listener.appeared)

    def _others(self) -> list[Listener]:
        reached = [name for name in self._house.listeners if self._house.reaches(self._name, name)]
        return [self._house.listeners[name] for name in reached]

    def send_message(self, data: bytes) -> None:
        for listener in self._others():
            if not self._house.loses():
                listener.heard_message(data)

    def send_status(self, data: bytes) -> None:
        for listener in self._others():
            listener.heard_status(self._name, data)

    def ask(self, machine: str, question: str, data: bytes, seconds: float) -> bytes | None:  # noqa: ARG002 at once
        if not self._house.reaches(self._name, machine):
            return None
        return self._house.listeners[machine].answer(question, data)

    def close(self) -> None:
        self._house.die(self._name)


class LocalMachine:
    """A machine that plays frame after frame, as the house's clock says."""

    def __init__(self, house: LocalHouse, name: str, off_seconds: float = 0.0) -> None:
        self.house, self.name = house, name

        def wall() -> float:
            return house.seconds + off_seconds

        self.member = Member(
            house.fleet,
            name,
            lambda listener: LocalNetwork(house, name, listener),
            accepts=lambda message: initial_control(house.score).apply(message) is not None,
            wall=wall,
            steady=lambda: house.seconds,
        )
        eventually(lambda: self.member.service.is_open)
        self.joined: Joined | None = self.member.join(seconds=0.0)
        score, joined = house.score, self.joined
        base = joined.state.base if joined else Succession(0, score.digest, score.title, initial_control(score))
        messages = tuple(entry.message for entry in joined.state.entries) if joined else ()
        self.performance = Performance(score, [one.name for one in score.outputs], base.control)
        epoch = joined.state.epoch if joined else wall()
        offset = joined.wall_offset_seconds if joined else 0.0
        self.clock = HouseClock(score.fps, epoch, offset, wall, lambda: house.seconds, self._wait)
        self.ensemble = Ensemble(
            self.member, self.performance, self.clock, base, messages, joined, lambda: house.seconds
        )
        self.frame_number = -1
        self.told: tuple[str, ...] = ()
        self.digests = {"score": "s"}
        self.journal: list[Message] = []

    def _wait(self, seconds: float) -> None:
        """Frames are asked for when they are due: nobody waits."""

    def step(self, *heard: tuple[MessageKind, str, float]) -> None:
        """One frame at the house's time; `heard` are kind, target and value of what its desk said."""
        self.frame_number = round((self.house.seconds + self._off() - self.clock.epoch) * float(self.house.score.fps))
        sequencer = self.ensemble.sequencer
        sequencer.begin(self.house.score, self.frame_number, self.performance.control)
        for kind, target, value in heard:
            sequencer.accept(Message(0, 0, kind, target, value, source="osc:desk"))
        messages = sequencer.finish()
        self.journal += messages
        self.performance.follow(messages, self.frame_number)
        self.ensemble.step(self.frame_number, lambda: Playing(self.digests, 1, 0, ("left",)), self._tell)

    def _off(self) -> float:
        return self.clock._house() - self.house.seconds

    def _tell(self, *sentences: str) -> None:
        self.told = sentences

    def close(self) -> None:
        self.member.close()


def run(house: LocalHouse, seconds: float, *machines: LocalMachine) -> None:
    """Let the machines play on."""
    step = float(1 / house.score.fps)
    for _ in range(round(Fraction(seconds) * house.score.fps)):
        house.seconds += step
        for machine in machines:
            machine.step()


def run_until(condition: Callable[[], bool], house: LocalHouse, *machines: LocalMachine) -> None:
    """Let the machines play on until something is so; what they ask each other takes threads of theirs."""

    def is_so() -> bool:
        run(house, 1.0, *machines)
        return condition()

    eventually(is_so)
