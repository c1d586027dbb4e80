"""Tells every listener the state of the show, over every protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Lock

from installation.desk.addresses import AddressSpace
from installation.desk.budgets import HostBudgets, MessageRate
from installation.desk.feedback import TICKS_PER_SECOND, Feedback
from installation.desk.network.osc_server import Peer
from installation.desk.rig_gateway import RigGateway, RigRequest
from installation.desk.show_values import TIMED, ShowSnapshot, ShowValues, fader_value, peak_address, values_of
from installation.show.control import Message
from installation.show.controls import buses_in

SYNCS_OF_A_HOST, SYNCS_OF_ALL = MessageRate(2, 8), MessageRate(20, 32)
"""Limits of answers with the full state, which may be hundreds of packets; peers that ask more often must wait."""

MAX_ASKING = 256
"""The most peers that wait for the full state at once; others may ask again."""


class Publisher:
    """Runs on the desk's loop, except `snapshot`, which the player sets, and the methods that any thread may call.

    `send` sends a packet and never waits; `call` calls a function on the loop.
    """

    def __init__(
        self,
        space: AddressSpace,
        send: Callable[[bytes, Peer], bool],
        call: Callable[..., None],
        steady: Callable[[], float],
        rig: RigGateway | None = None,
    ) -> None:
        self.snapshot: ShowSnapshot | None = None
        self.watchers: list[Callable[[ShowValues], None]] = []
        """Called with all values after every change and ten times a second: OSCQuery and controllers listen here."""
        self._space = space
        self._call = call
        self._steady = steady
        self._rig = rig
        self._ticker: asyncio.Task[None] | None = None
        self._send = send
        self._lock = Lock()
        self._asking: dict[Peer, None] = {}
        self._syncs = HostBudgets(SYNCS_OF_A_HOST, SYNCS_OF_ALL)
        self._targets: tuple[Peer, ...] = ()
        self.feedback = Feedback(send, self._timed(), self._faders())

    def _faders(self) -> frozenset[str]:
        return frozenset(address for address, control in self._space.controls.items() if control.kind == "set")

    def _timed(self) -> frozenset[str]:
        return TIMED | {peak_address(bus) for bus in buses_in(self._space.controls)}

    def play(self) -> None:
        """Switches to another score, which the space is made from by now."""
        self.feedback.faders, self.feedback.timed = self._faders(), self._timed()

    def welcome(self, target: Peer) -> None:
        """Adds a console that gets feedback even if it sends nothing."""
        self._targets = (*self._targets, target)
        self.feedback.welcome(target)

    def dismiss(self, target: Peer) -> None:
        """Removes a console's former address."""
        self._targets = tuple(one for one in self._targets if one != target)
        self.feedback.leave(target)

    async def open(self) -> None:
        self._ticker = asyncio.create_task(self._tick_for_ever(), name="feedback")

    def values(self) -> ShowValues:
        """All values that the desk can send; before the first frame only those of the rig."""
        values = values_of(self.snapshot) if self.snapshot else {}
        return values | self._rig.state.values() if self._rig else values

    def is_target(self, peer: Peer) -> bool:
        """Whether the operator named this peer for feedback."""
        return peer in self._targets

    def heard(self, moved: list[tuple[Peer, Message]]) -> None:
        """Notes which values senders have set: they get feedback about everything else from now on."""
        for peer, message in moved:
            said: ShowValues = {}
            control = self._space.controls.get(message.target)
            if message.kind == "set" and control is not None:
                said[message.target] = fader_value(control, message.value)
            self.feedback.hear(peer, said, self.values, self._steady())

    def asked_of_rig(self, request: RigRequest, peer: Peer) -> None:
        """Notes that a sender has set a value of the rig, like `heard`; from any thread."""
        self._call(self.feedback.hear, peer, {request.address: request.numbers}, self.values, self._steady())

    def answer(self, packet: bytes, peer: Peer) -> None:
        """Sends one packet to one peer; from any thread."""
        self._call(self._send, packet, peer)

    def mistake(self, packet: bytes, peer: Peer) -> None:
        """Sends an error to its sender, and to the consoles for feedback on the same host; from any thread.

        Many desks listen on another port than they send from.
        """
        for told in (peer, *(one for one in self._targets if one.host == peer.host and one.port != peer.port)):
            self.answer(packet, told)

    def sync(self, peer: Peer) -> None:
        """Sends the full state, at once unless the host got it just now; from any thread.

        A peer that asks again before the answer gets one answer.
        """
        with self._lock:
            if peer in self._asking or len(self._asking) >= MAX_ASKING:
                return
            self._asking[peer] = None
        self._call(self._answer_syncs)

    def _answer_syncs(self) -> None:
        now, values = self._steady(), self.values()
        with self._lock:
            answered = [peer for peer in self._asking if self._syncs.take(peer.host, 1, now)]
            for peer in answered:
                del self._asking[peer]
        for peer in answered:
            self.feedback.hear(peer, {}, self.values, now)
            self.feedback.dump(peer, values)

    def leave(self, peer: Peer) -> None:
        with self._lock:
            self._asking.pop(peer, None)
        self.feedback.leave(peer)

    def change(self) -> None:
        """Sends changes, after something has happened in the show."""
        values = self.values()
        self.feedback.change(values, self._steady())
        self._watch(values)

    def refused(self, address: str, reason: str, sentence: str) -> None:
        """Sends everybody a refusal of the show, such as a refused GO, not only the person who caused it."""
        self.feedback.announce("/error", (address, reason, sentence), self._steady())

    def tick(self) -> None:
        """Sends feedback, ten times a second."""
        if self._asking:
            self._answer_syncs()
        snapshot, values = self.snapshot, self.values()
        if snapshot is not None:
            self.feedback.tick(values, snapshot.frame_number, self._steady())
            self._watch(values)

    def _watch(self, values: ShowValues) -> None:
        for watcher in tuple(self.watchers):  # a device may come or go meanwhile
            watcher(values)

    async def _tick_for_ever(self) -> None:
        while True:
            self.tick()
            await asyncio.sleep(1.0 / TICKS_PER_SECOND)
