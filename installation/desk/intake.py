"""The way in: a packet is parsed, translated, checked and left for the next frame, or refused, counted and answered."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock

from installation.desk.address_map import AddressMap
from installation.desk.addresses import PREFIX, AddressSpace
from installation.desk.counters import DeskCounters
from installation.desk.fader_cache import FaderCache, FaderShape
from installation.desk.guard import AccessGuard
from installation.desk.inbox import COALESCING, FaderMove, Inbox
from installation.desk.message_checks import messages_for
from installation.desk.network.osc_server import Peer
from installation.desk.network.osc_wire import OscMessage, encode_message, parse_packet
from installation.desk.publisher import Publisher
from installation.desk.rig_gateway import RigGateway, is_for_rig
from installation.errors import Refusal, RefusedError
from installation.show.control import Message

SILENT_REFUSALS: frozenset[Refusal] = frozenset({"not allowed", "no passcode", "too fast"})
"""Whoever is refused for these is told nothing."""

MAX_ERRORS_PER_SECOND = 20
"""Answered to all senders together; a flood of mistakes does not become a flood of answers."""


class Intake:
    """Takes packets from any transport. Nothing that it is given makes it raise.

    The desk's thread and the player both come here, the player for what still lies in the socket when a frame begins;
    whoever reads and hands over packets holds `lock`, so that they keep their order. `steady` and `wall` are clocks in
    seconds; wall is since 1970, as in OSC time tags.
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
        self.counters = counters
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
        self._second_began = 0.0
        self._errors_this_second = 0

    def admit(self, host: str) -> None:
        """Raises RefusedError for whoever is not to be heard at all."""
        self._guard.admit(host, self._steady())

    def receive(self, packets: list[bytes], peer: Peer) -> None:
        """Packets of one sender, in their order; what is wrong with one message does not concern the others."""
        with self.lock:
            now = self._steady()
            try:
                self._guard.admit(peer.host, now, len(packets))
            except RefusedError as refused:
                self.counters.received += len(packets)
                self.counters.refuse(refused, str(peer), len(packets))
                return
            if peer != self._fader_peer:
                self.flush_faders()
                self._fader_peer = peer
            is_open = self._guard.is_open(peer.host, now)
            index = 0
            while index < len(packets):
                if is_open and (read := self._fader_cache.read(packets, index, self._shares)):
                    self.counters.received += read
                    self._fader_moves += read
                    index += read
                elif is_open and (pressed := self._fader_cache.press(packets[index], peer.host)):
                    self._press(pressed, peer)
                    index += 1
                else:
                    self.flush_faders()
                    self._parse(packets[index], peer)
                    index += 1

    def play(self) -> None:
        """The space is another score's from now on; whatever came before was settled by the frame before."""
        self._fader_cache.forget()

    def flush_faders(self) -> None:
        """Queues where the faders stand that were swept since the last message of another kind or sender."""
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
        """Counts it and, unless it is a matter of safety, says so: `/atlas/error ,sss address reason sentence`."""
        self.count(refused, peer)
        if refused.reason in SILENT_REFUSALS:
            return
        now = self._steady()
        if now - self._second_began >= 1.0:
            self._second_began, self._errors_this_second = now, 0
        self._errors_this_second += 1
        if self._errors_this_second <= MAX_ERRORS_PER_SECOND:
            self._publisher.mistake(encode_message(f"{PREFIX}/error", address, refused.reason, str(refused)), peer)

    def count(self, refused: RefusedError, peer: Peer) -> None:
        """Only counts it, for those who could not understand an answer."""
        self.counters.refuse(refused, str(peer))

    def sync(self, peer: Peer) -> None:
        self._publisher.sync(peer)

    def leave(self, peer: Peer) -> None:
        self._publisher.leave(peer)

    def move(self, host: str, address: str, share: float, source: str) -> None:
        """A level from a desk that knows no OSC, as a fraction of the range of `address`."""
        with self.lock:
            self.flush_faders()
            self.counters.received += 1
            try:
                self._guard.require_passcode(host, self._steady())
                self._queue(messages_for(self._space, address, (share,), source), None, None)
            except RefusedError as refused:
                self.counters.refuse(refused, source)

    def put(self, message: Message) -> None:
        """Queues a checked message."""
        with self.lock:
            self.flush_faders()
            self.counters.received += 1
            try:
                self._queue([message], None, None)
            except RefusedError as refused:
                self.counters.refuse(refused, message.source)

    def _press(self, message: Message, peer: Peer) -> None:
        self.flush_faders()
        self.counters.received += 1
        try:
            self._queue([message], None, peer)
        except RefusedError as refused:
            self.refuse(refused, peer, f"/{message.kind}")

    def _parse(self, packet: bytes, peer: Peer) -> None:
        """The whole way."""
        try:
            messages = parse_packet(packet)
        except RefusedError as refused:
            self.counters.received += 1
            self.refuse(refused, peer)
            return
        self.counters.received += len(messages)
        for message in messages:
            try:
                queued = self._take(message, peer)
            except RefusedError as refused:
                self.refuse(refused, peer, message.address)
            else:
                if len(messages) == 1:
                    self._learn(packet, message, queued, peer)

    def _learn(self, packet: bytes, message: OscMessage, queued: list[Message], peer: Peer) -> None:
        if any(one.kind in COALESCING for one in queued):
            self._fader_cache.learn(packet, message)
        elif message.due is None:
            self._fader_cache.learn_press(packet, peer.host, message.address, queued)

    def _take(self, received: OscMessage, peer: Peer) -> list[Message]:
        """What was queued of it."""
        address = received.address.casefold().removeprefix(PREFIX)
        if address == "/passcode":
            self._guard.unlock(peer.host, str(received.arguments[0]) if received.arguments else "", self._steady())
            return []
        self._guard.require_passcode(peer.host, self._steady())
        if address == "/sync":
            self._publisher.sync(peer)
            return []
        message = self._mapping.translate(received)
        if message is None:
            return []
        plain = message.address.casefold().removeprefix(PREFIX)
        if self._rig is not None and is_for_rig(plain):
            request = self._rig.take(plain, message.arguments, f"osc:{peer.host}")
            if request is not None:
                self._publisher.asked_of_rig(request, peer)
            return []
        messages = messages_for(self._space, message.address, message.arguments, f"osc:{peer.host}")
        self._queue(messages, message.due, peer)
        return messages

    def _queue(self, messages: list[Message], due: float | None, peer: Peer | None) -> None:
        for message in messages:
            if due is None:
                self._inbox.put(message, peer)
            else:
                self._inbox.put_for(due, message, self._wall(), peer)
            self.counters.queued += 1
