"""A member: one machine among those that play a show together.

It sends this machine's messages to the others, receives theirs, requests lost ones, and knows which machines are
present. Everything from the network waits in a queue for the player; the player never waits for the network.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from fractions import Fraction

from installation import __version__
from installation.desk.journal.journal_lines import Succession
from installation.errors import DeviceError
from installation.failures import FailureLog
from installation.fleet import wire
from installation.fleet.edition_files import EditionSource, Manifest
from installation.fleet.network import Connect, FleetNetwork
from installation.fleet.peers import PeerMachine
from installation.fleet.replica import Replica, ReplicaEntry
from installation.fleet.sequencer import AT_ONCE
from installation.fleet.wire import HouseState
from installation.optional_service import OptionalService
from installation.owner import Owner
from installation.rig.machines import Fleet
from installation.show.control import Message

logger = logging.getLogger(__name__)

JOIN_SECONDS = 2.0
"""A starting machine waits for the others at most this long; the picture comes first."""

ANSWER_SECONDS = 1.0
STATE_SECONDS = 3.0
"""For a whole state. No longer, since a machine may just have gone, and further questions wait for this one."""

MAX_TOLD = 5_000
"""The most messages in one answer: a megabyte, which takes less than a second. The next status brings up the rest."""

CLOCK_QUESTIONS = 5

WRONG_CLOCK_SECONDS = 0.25
"""A system clock with a larger difference from the others' was never set, or somebody set it wrongly."""

MAX_ERRANDS = 64
"""The most questions that wait for other machines; the next status brings up dropped ones again."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The state of the show that `machine` sent when this one joined, and that machine's clock minus this one's."""

    state: HouseState
    wall_offset_seconds: float = 0.0
    machine: str = ""


class Member(Owner):
    """Opens the network, and tries again until it succeeds. `accepts` says whether a message can be applied.

    `wall` and `steady` are the wall clock and a monotonic clock, in seconds.
    """

    def __init__(
        self,
        fleet: Fleet,
        name: str,
        connect: Connect,
        accepts: Callable[[Message], bool],
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self.fleet, self.name = fleet, name
        self.peers = {other.name: PeerMachine(other.name) for other in fleet.others(name)}
        self.late_messages = 0
        self.late_cues = 0
        """Late messages although they were stamped ahead: if there are any, `lead` is too short."""
        self.worst_late_frames = 0
        self.refused_messages = 0
        self._accepts, self._wall, self._steady = accepts, wall, steady
        self._guard = threading.Lock()
        self._replica = Replica(f"{name}:{round(wall() * 1000)}")
        self._state: HouseState | None = None
        self._received = deque[Message]()  # unbounded: nothing requests a dropped message again
        self._described: dict[int, str] = {}
        self._told = b""
        self._network: FleetNetwork | None = None
        self._was_there: set[str] = set()
        self._somebody_came = threading.Event()
        self._failures = FailureLog(logger)
        self._errands: queue.Queue[tuple[str, Callable[[], None]] | None] = queue.Queue(MAX_ERRANDS)
        self.editions: EditionSource | None = None
        """Answers questions about this machine's editions, once it plays."""
        self.proof = ""
        """The proof of this player's frames, see `proof.py`; empty until it is complete."""
        self.questions: dict[str, Callable[[bytes], bytes]] = {}
        """Further questions that this machine answers, on the network's threads."""
        self.older_house: Joined | None = None
        """The show that this machine is to adopt, if others have played for longer."""
        with ExitStack() as opened:
            runner = threading.Thread(target=self._run_errands, name="fleet-errands", daemon=True)
            runner.start()
            opened.callback(runner.join, 2.0)
            opened.callback(self._errands.put, None)
            self.service = opened.enter_context(
                OptionalService(f"machine '{name}'", lambda stack: self._open(stack, connect))
            )
            self._opened = opened.pop_all()

    def close(self) -> None:
        self._opened.close()

    @property
    def was_there(self) -> frozenset[str]:
        """The machines that have been seen since this one started."""
        return frozenset(self._was_there)

    @property
    def is_alone(self) -> bool:
        """Whether no other machine can be reached."""
        return not any(peer.is_there for peer in self.peers.values())

    def join(self, seconds: float = JOIN_SECONDS) -> Joined | None:
        """The state of the machine that has played longest; None if none plays, or none answers in time."""
        until = self._steady() + seconds
        self._somebody_came.wait(seconds)
        while True:
            for name in self._by_epoch():
                joined = self._asked_state(name)
                if joined is not None and joined.state.version == __version__:
                    return joined
            if self._steady() >= until:
                return None
            self._somebody_came.clear()
            self._somebody_came.wait(0.05)

    def begin(
        self, epoch: float, fps: Fraction, base: Succession, messages: tuple[Message, ...], joined: Joined | None
    ) -> None:
        """Answer the others from now on, because this machine plays. `messages` are its journal's since `base`."""
        with self._guard:
            if joined is not None:
                self._replica.take(joined.state.entries)
                self._replica.adopt(joined.state.known)
            known = {entry.message for entry in self._replica.entries}
            own = [self._replica.make(message) for message in messages if message not in known]
            self._state = HouseState(epoch, fps, base, (), {})
        for entry in own:
            self._send(entry)

    @property
    def messages(self) -> tuple[Message, ...]:
        """All messages of all machines that are not forgotten."""
        with self._guard:
            return tuple(entry.message for entry in self._replica.entries)

    def publish(self, message: Message) -> None:
        """Send a message to the others."""
        with self._guard:
            entry = self._replica.make(message)
        self._send(entry)

    def received(self, frame_number: int) -> list[Message]:
        """The others' messages since the last call."""
        messages = []
        while self._received:
            messages.append(self._received.popleft())
        for message in messages:
            late = frame_number - message.frame
            if late > 0:
                self.late_messages += 1
                self.late_cues += message.kind not in AT_ONCE
                self.worst_late_frames = max(self.worst_late_frames, late)
        return messages

    def forget(self, frame_number: int) -> None:
        """Forget messages that are stamped before a frame."""
        with self._guard:
            self._replica.forget(frame_number)

    def tell_from(self, base: Succession) -> None:
        """Send joining machines the show from this state on."""
        with self._guard:
            if self._state is not None:
                self._state = replace(self._state, base=base)

    def tell(self, status: Mapping[str, object], described: Mapping[int, str]) -> None:
        """Send this machine's state; `described` are the last compared frames as text."""
        with self._guard:
            known = self._replica.known
            self._described = dict(described)
        self._told = json.dumps({**status, "known": known, "proof": self.proof}).encode()
        if self._network is not None:
            self._network.send_status(self._told)

    def manifest_of(self, edition: str, machine: str) -> Manifest:
        """The manifest of an edition that another machine plays. Raises DeviceError."""
        answer = self.ask(machine, "edition", edition.encode())
        try:
            return Manifest.read(json.loads(answer or b""))
        except ValueError:
            raise DeviceError(f"machine '{machine}' does not say what it plays") from None

    def ask(self, machine: str, question: str, data: bytes, seconds: float = ANSWER_SECONDS) -> bytes | None:
        """Another machine's answer; None if none comes within this time."""
        network = self._network
        return None if network is None else network.ask(machine, question, data, seconds)

    def ask_later(self, machine: str, question: str, data: bytes, told: Callable[[bytes | None], None]) -> None:
        """Ask another machine in the background; calls `told` with the answer, or None, on another thread."""
        self._run_later(f"asking machine '{machine}'", lambda: told(self.ask(machine, question, data)))

    # The network calls these methods on its threads.

    def heard_message(self, data: bytes) -> None:
        self._take(wire.read_entries(data))

    def heard_status(self, machine: str, data: bytes) -> None:
        peer = self.peers.get(machine)
        if peer is None:
            return
        peer.status, peer.heard_at = wire.read_status(data), self._steady()
        peer.plays_along = peer.version == __version__ or (bool(self.proof) and peer.status.get("proof") == self.proof)
        if not peer.plays_along:
            return
        known = peer.status.get("known")
        if not isinstance(known, dict):
            return
        with self._guard:
            lacks = self._replica.lacks(wire.read_known(json.dumps(known).encode()))
            mine = self._state.epoch if self._state else None
        epoch = peer.status.get("epoch")
        is_older = mine is not None and isinstance(epoch, float) and epoch < mine
        if lacks or is_older:
            self._run_later(f"catching up with machine '{machine}'", lambda: self._catch_up(machine))

    def appeared(self, machine: str) -> None:
        peer = self.peers.get(machine)
        if peer is None:
            return
        peer.is_there, peer.since = True, self._steady()
        peer.heard_at = max(peer.heard_at, peer.since)
        self._was_there.add(machine)
        self._somebody_came.set()
        if self._told and self._network is not None:
            self._network.send_status(self._told)
        logger.info("machine '%s' is there", machine)

    def vanished(self, machine: str) -> None:
        peer = self.peers.get(machine)
        if peer is not None and peer.is_there:
            peer.is_there, peer.since = False, self._steady()
            logger.error("machine '%s' is not there any more", machine)

    def answer(self, question: str, data: bytes) -> bytes:
        match question:
            case "time":
                return repr(self._wall()).encode()
            case "epoch":
                with self._guard:
                    return repr(self._state.epoch).encode() if self._state else b""
            case "frame":
                return self._described.get(int(data), "").encode()
            case "state":
                return self._whole_state()
            case "edition" if self.editions is not None:
                manifest = self.editions.manifest(data.decode())
                return b"" if manifest is None else json.dumps(manifest.as_json()).encode()
            case "piece" if self.editions is not None:
                sha256, offset = data.split()
                return self.editions.piece(sha256.decode(), int(offset))
            case "since":
                known = wire.read_known(data)
                with self._guard:
                    can_tell, entries = self._replica.can_tell(known), self._replica.since(known)
                return b"+" + wire.entry_lines(entries[:MAX_TOLD]) if can_tell else b"!"
        if question in self.questions:
            return self.questions[question](data)
        raise ValueError(f"{question!r} is no question of this protocol")

    def _whole_state(self) -> bytes:
        with self._guard:
            state, entries, known = self._state, self._replica.entries, self._replica.known
        if state is None:
            return b""
        playing = self.editions.playing() if self.editions else None
        return wire.state_lines(HouseState(state.epoch, state.fps, state.base, entries, known, playing))

    def _open(self, stack: ExitStack, connect: Connect) -> None:
        network = connect(self)
        stack.callback(network.close)
        stack.callback(setattr, self, "_network", None)
        self._network = network

    def _send(self, entry: ReplicaEntry) -> None:
        if (network := self._network) is not None:
            network.send_message(wire.entry_line(entry))

    def _take(self, entries: tuple[ReplicaEntry, ...]) -> None:
        strangers = {name for name, peer in self.peers.items() if not peer.plays_along}
        with self._guard:
            new = self._replica.take(one for one in entries if one.machine not in strangers)
        for message in new:
            if self._accepts(message):
                self._received.append(message)
            else:
                self.refused_messages += 1

    def _run_later(self, what: str, errand: Callable[[], None]) -> None:
        with suppress(queue.Full):
            self._errands.put_nowait((what, errand))

    def _run_errands(self) -> None:
        """Run the tasks that wait for other machines, on a separate thread."""
        while (one := self._errands.get()) is not None:
            what, errand = one
            try:
                errand()
            except Exception as error:  # after any answer of the other machine; its next status repeats it
                self._failures.failed(what, error)

    def _catch_up(self, machine: str) -> None:
        with self._guard:
            known, mine = self._replica.known, self._state
        epoch = self.peers[machine].status.get("epoch")
        if mine is not None and isinstance(epoch, float) and epoch < mine.epoch:
            self.older_house = self._asked_state(machine)
            return
        answer = self.ask(machine, "since", wire.known_line(known))
        if answer is None:
            return
        if answer[:1] == b"+":
            self._take(wire.read_entries(answer[1:]))
        elif (joined := self._asked_state(machine)) is not None:
            with self._guard:
                self._replica.adopt(joined.state.known)
            self.older_house = joined

    def _by_epoch(self) -> list[str]:
        """The machines that play, those that have played longest first."""
        epochs = {}
        for name in [name for name, peer in self.peers.items() if peer.is_there]:
            with suppress(ValueError):  # it does not play yet
                epochs[name] = float(self.ask(name, "epoch", b"") or b"")
        return sorted(epochs, key=epochs.__getitem__)

    def _asked_state(self, machine: str) -> Joined | None:
        try:
            answer = self.ask(machine, "state", b"", STATE_SECONDS)
            return Joined(wire.read_state(answer), self._wall_offset(machine), machine) if answer else None
        except ValueError as error:
            self._failures.failed(f"the state that machine '{machine}' tells", error)
            return None

    def _wall_offset(self, machine: str) -> float:
        """Another machine's system clock minus this one's, in seconds; 0 if it is at most WRONG_CLOCK_SECONDS."""
        best = None
        for _ in range(CLOCK_QUESTIONS):
            asked = self._wall()
            answer = self.ask(machine, "time", b"")
            answered = self._wall()
            if answer is not None and (best is None or answered - asked < best[0]):
                best = answered - asked, float(answer) - (asked + answered) / 2
        offset = best[1] if best else 0.0
        return offset if abs(offset) > WRONG_CLOCK_SECONDS else 0.0
