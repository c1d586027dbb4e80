"""The desk's entrance: parses, translates and checks packets; queues messages, or counts and answers refusals."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import RLock

from installation.desk.address_map import AddressMap
from installation.desk.addresses import PREFIX, AddressSpace
from installation.desk.budgets import HostBudgets, MessageRate
from installation.desk.counters import DeskCounters
from installation.desk.fader_cache import FaderCache, FaderShape
from installation.desk.guard import AccessGuard
from installation.desk.inbox import COALESCING, FaderMove, Inbox, Outcome, untold
from installation.desk.message_checks import messages_for
from installation.desk.network.osc_server import Peer
from installation.desk.network.osc_wire import OscMessage, encode_message, parse_packet
from installation.desk.publisher import Publisher
from installation.desk.rig_gateway import RigGateway, is_beside_show
from installation.desk.roles import require_role, require_role_for
from installation.errors import Refusal, RefusedError
from installation.failures import FailureLog
from installation.show.control import Message
from installation.show.score import Score

logger = logging.getLogger(__name__)

SILENT_REFUSALS: frozenset[Refusal] = frozenset({"not allowed", "no passcode", "too fast"})
"""The desk does not answer a refusal for these reasons."""

ERRORS_OF_A_HOST, ERRORS_OF_ALL = MessageRate(10, 20), MessageRate(50, 100)
"""Limits of the answers to mistakes: a flood of mistakes causes no flood of answers, nor blocks answers to others."""

TIMECODE = "/timecode"

MAX_WORK_AT_ONCE = 4_096

WORK_OF_A_HOST, WORK_OF_ALL = MessageRate(24_000, MAX_WORK_AT_ONCE), MessageRate(36_000, 2 * MAX_WORK_AT_ONCE)
"""Limits of the work that senders may cause, in units of at most some 20 us of a shared AMD EPYC core: a press, 16
bytes of a packet, one of the addresses that a pattern means. Remembered faders cost nothing. So a flood takes a tenth
of a second at once, then a share of one core, and leaves the rest to the picture."""

BYTES_PER_UNIT = 16

WORK_OF_ARRIVAL = 16
"""The work units of an arrival that is no OSC packet at the desk's own port, such as a connection or a web request."""

MAX_STRANGERS_BYTES = 512
"""The longest packet from a host that must still send the passcode: the passcode is all that the desk reads in it."""


class Intake:
    """Takes packets from any transport. No packet makes it raise.

    The desk's thread and the player both call it, the player for packets that are still in the socket when a frame
    begins. The caller holds `lock` while it reads and hands over packets, so that they keep their order. `steady` and
    `wall` are clocks in seconds; `wall` counts from 1970, as in OSC time tags.
    """

    def __init__(
        self,
        space: AddressSpace,
        mapping: AddressMap,
        guard: AccessGuard,
        inbox: Inbox,
        counters: DeskCounters,
        publisher: Publisher,
        steady: Callable[[], float],
        wall: Callable[[], float],
        rig: RigGateway | None = None,
    ) -> None:
        self.lock = RLock()
        self.timecode: Callable[[object, str, float], object] | None = None
        """Takes the argument of `/timecode`, its sender and time; None if the show does not follow timecode by OSC."""
        self.counters = counters
        self.failures = FailureLog(logger)
        self._space = space
        self._mapping = mapping
        self._guard = guard
        self._inbox = inbox
        self._publisher = publisher
        self._steady = steady
        self._wall = wall
        self._rig = rig
        self._fader_cache = FaderCache(space, mapping)
        self._shares: dict[FaderShape, float] = {}
        self._fader_moves = 0
        self._fader_peer: Peer | None = None
        self._errors = HostBudgets(ERRORS_OF_A_HOST, ERRORS_OF_ALL)
        self._work = HostBudgets(WORK_OF_A_HOST, WORK_OF_ALL)

    def admit(self, host: str, work: float = WORK_OF_ARRIVAL) -> None:
        """Raises RefusedError for a sender that the desk must ignore, always or for now."""
        with self.lock:
            now = self._steady()
            self._guard.admit(host, now)
            self._spend(host, work, now)

    def is_open(self, host: str) -> bool:
        """Whether a host may control the show."""
        with self.lock:
            return self._guard.is_open(host, self._steady())

    def require_edit(self, host: str) -> None:
        """Raises RefusedError for a host without the role `edit`, which its levels need."""
        with self.lock:
            require_role(self._guard.require_passcode(host, self._steady()), "edit", "a level")

    def receive(self, packets: list[bytes], peer: Peer) -> None:
        """Takes packets of one sender, in order; a mistake in one message does not affect the others."""
        with self.lock:
            now = self._steady()
            try:
                role = self._guard.admit(peer.host, now, len(packets))
            except RefusedError as refused:
                self.counters.received += len(packets)
                self.counters.refuse(refused, str(peer), len(packets))
                return
            if peer != self._fader_peer:
                self.flush_faders()
                self._fader_peer = peer
            index = too_many = 0
            may_edit = role == "edit"  # hosts with a lesser role take the slow path
            while index < len(packets):
                if may_edit and (read := self._fader_cache.read(packets, index, self._shares)):
                    self.counters.received += read
                    self._fader_moves += read
                    index += read
                    continue
                packet = packets[index]
                pressed = self._fader_cache.press(packet, peer.host) if may_edit else None
                if not self._work.take(peer.host, 1 if pressed else self._work_of(packet), now):
                    too_many += 1
                elif pressed:
                    self._press(pressed, peer)
                elif role is not None or len(packet) <= MAX_STRANGERS_BYTES:
                    self.flush_faders()
                    self._parse(packet, peer)
                else:
                    self.counters.received += 1
                    self.refuse(RefusedError(f"{peer.host} must send /passcode first", "no passcode"), peer)
                index += 1
            if too_many:
                self.counters.received += too_many
                self.counters.refuse(_too_much(peer.host), str(peer), too_many)

    def play(self, score: Score) -> None:
        """Switches to this score; the frame before has settled all earlier messages."""
        self._mapping.play(score)
        self._fader_cache.forget()

    def flush_faders(self) -> None:
        """Queues the newest values of all faders that moved since the last message of another kind or sender."""
        with self.lock:
            if not self._shares or self._fader_peer is None:
                return
            self.counters.queued += self._fader_moves
            self._inbox.coalesced += self._fader_moves - len(self._shares)
            self._fader_moves = 0
            shares, self._shares = self._shares, {}
            for fader, share in shares.items():
                try:
                    self._inbox.put_fader(fader.key, FaderMove(fader.target, fader.value_at(share), self._fader_peer))
                except RefusedError as refused:
                    self.counters.queued -= 1
                    self.refuse(refused, self._fader_peer, fader.target)

    def refuse(self, refused: RefusedError, peer: Peer, address: str = "") -> None:
        """Counts a refusal and, unless its reason is silent, answers `/atlas/error ,sss address reason sentence`."""
        self.count(refused, peer)
        if refused.reason in SILENT_REFUSALS:
            return
        self.answer(peer, address, refused.reason, str(refused))

    def answer(self, peer: Peer, address: str, reason: str, sentence: str) -> None:
        """Sends `/atlas/error ,sss address reason sentence`, unless the sender got too many such answers lately."""
        if self._errors.take(peer.host, 1, self._steady()):
            self._publisher.mistake(encode_message(f"{PREFIX}/error", address, reason, sentence), peer)

    def count(self, refused: RefusedError, peer: Peer) -> None:
        """Counts a refusal without an answer, for senders that could not understand one."""
        self.counters.refuse(refused, str(peer))

    def sync(self, peer: Peer) -> None:
        self._publisher.sync(peer)

    def leave(self, peer: Peer) -> None:
        self._publisher.leave(peer)

    def move(self, host: str, address: str, share: float, source: str) -> None:
        """Takes a level from a desk that does not speak OSC, as a fraction of the range of `address`."""
        with self.lock:
            self.flush_faders()
            self.counters.received += 1
            try:
                require_role(self._guard.require_passcode(host, self._steady()), "edit", address)
                self._queue(messages_for(self._space, address, (share,), source), None, None)
            except RefusedError as refused:
                self.counters.refuse(refused, source)

    def hear(self, message: OscMessage, mapping: AddressMap, source: str) -> None:
        """Takes a message of a device at this machine, in the form of OSC; `mapping` translates it."""
        with self.lock:
            self.flush_faders()
            self.counters.received += 1
            try:
                if not self._work.take(source, 1, self._steady()):
                    raise _too_much(source)
                meant = mapping.translate(message)
                if meant is not None:
                    self._queue(messages_for(self._space, meant.address, meant.arguments, source), None, None)
            except RefusedError as refused:
                self.counters.refuse(refused, source)

    def put(self, message: Message, outcome: Outcome = untold) -> None:
        """Queues a checked message."""
        with self.lock:
            self.flush_faders()
            self.counters.received += 1
            try:
                self._queue([message], None, None, outcome)
            except RefusedError as refused:
                self.counters.refuse(refused, message.source)
                outcome(refused, True)

    def _press(self, message: Message, peer: Peer) -> None:
        self.flush_faders()
        self.counters.received += 1
        try:
            self._queue([message], None, peer)
        except RefusedError as refused:
            self.refuse(refused, peer, f"/{message.kind}")

    def _parse(self, packet: bytes, peer: Peer) -> None:
        """Takes a packet on the slow path."""
        unreadable: list[RefusedError] = []
        try:
            messages = parse_packet(packet, unreadable.append)
        except RefusedError as refused:
            messages = []
            unreadable.append(refused)
        self.counters.received += len(messages) + len(unreadable)
        for wrong in unreadable:
            self.refuse(wrong, peer)
        for message in messages:
            try:
                queued = self._take(message, peer)
            except RefusedError as refused:
                self.refuse(refused, peer, message.address)
            except Exception as error:  # a bug of ours: only this message is lost, not the frame or other messages
                self.failures.failed("a message", error)
            else:
                if len(messages) == 1:
                    self._learn(packet, message, queued, peer)

    def _work_of(self, packet: bytes) -> int:
        """The work units of a packet; at most what a host may spend at once, or the desk would never read it."""
        return min(1 + len(packet) // BYTES_PER_UNIT, MAX_WORK_AT_ONCE)

    def _spend(self, host: str, work: float, now: float) -> None:
        if not self._work.take(host, work, now):
            raise _too_much(host)

    def _learn(self, packet: bytes, message: OscMessage, queued: list[Message], peer: Peer) -> None:
        if any(one.kind in COALESCING for one in queued):
            self._fader_cache.learn(packet, message)
        elif message.due is None:
            self._fader_cache.learn_press(packet, peer.host, message.address, queued)

    def _take(self, received: OscMessage, peer: Peer) -> list[Message]:
        """Acts on one message; returns the messages that it queued."""
        address = received.address.casefold().removeprefix(PREFIX)
        if address == "/passcode":
            self._guard.unlock(peer.host, str(received.arguments[0]) if received.arguments else "", self._steady())
            return []
        role = self._guard.require_passcode(peer.host, self._steady())
        if address == "/sync":
            self._publisher.sync(peer)
            return []
        if address == TIMECODE and self.timecode is not None:
            require_role(role, "run", TIMECODE)
            self.timecode(received.arguments[0] if received.arguments else None, peer.host, self._steady())
            return []
        message = self._mapping.translate(received)
        if message is None:
            return []
        plain = message.address.casefold().removeprefix(PREFIX)
        if self._rig is not None and is_beside_show(plain):
            require_role(role, "edit", plain)
            request = self._rig.take(plain, message.arguments, f"osc:{peer.host}")
            if request is not None:
                self._publisher.asked_of_rig(request, peer)
            return []
        if (look_up := self._space.work_of(message.address)) > 0:
            self._spend(peer.host, look_up, self._steady())
        messages = messages_for(self._space, message.address, message.arguments, f"osc:{peer.host}")
        if len(messages) > 1:
            self._spend(peer.host, len(messages), self._steady())
        for one in messages:
            require_role_for(role, one)
        self._queue(messages, message.due, peer)
        return messages

    def _queue(self, messages: list[Message], due: float | None, peer: Peer | None, outcome: Outcome = untold) -> None:
        for message in messages:
            if due is None:
                self._inbox.put(message, peer, outcome)
            else:
                self._inbox.put_for(due, message, self._wall(), peer)
            self.counters.queued += 1


def _too_much(host: str) -> RefusedError:
    return RefusedError(f"{host} sends more than the desk can read beside the picture", "too fast")
