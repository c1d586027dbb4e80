"""The way in: a packet is parsed, translated, checked and left for the next frame, or refused, counted and answered."""

from __future__ import annotations

from collections.abc import Callable

from installation.desk.addresses import PREFIX, AddressSpace
from installation.desk.door import messages_for
from installation.desk.guard import Guard
from installation.desk.inbox import Inbox
from installation.desk.osc_server import Peer
from installation.desk.osc_wire import OscMessage, encode_message, parse_packet
from installation.desk.tally import Tally
from installation.errors import Refusal, RefusedError
from installation.show.control import Message

UNANSWERED: frozenset[Refusal] = frozenset({"not allowed", "no passcode", "too fast"})
"""Whoever is refused for these is told nothing."""

MOST_ERRORS_PER_SECOND = 20
"""Answered to all senders together; a flood of mistakes does not become a flood of answers."""


class Intake:
    """Takes packets from any transport on the desk's thread. Nothing that it is given makes it raise.

    `answer(packet, peer)` sends to one peer; `sync(peer)` sends it the full state; `heard(peer, messages)` hears of
    everything that was queued, before it takes effect. `steady` and `wall` are clocks in seconds; wall is since 1970.
    """

    def __init__(
        self,
        space: AddressSpace,
        inbox: Inbox,
        guard: Guard,
        tally: Tally,
        answer: Callable[[bytes, Peer], None],
        sync: Callable[[Peer], None],
        heard: Callable[[Peer, list[Message]], None],
        steady: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self._space = space
        self._inbox = inbox
        self._guard = guard
        self._tally = tally
        self._answer = answer
        self._sync = sync
        self._heard = heard
        self._steady = steady
        self._wall = wall
        self._second_began = 0.0
        self._errors_this_second = 0

    def admit(self, host: str) -> None:
        """Raises RefusedError for whoever is not to be heard at all."""
        self._guard.admit(host, self._steady())

    def receive(self, packet: bytes, peer: Peer) -> None:
        """Everything in a packet; what is wrong with one message does not concern the others."""
        try:
            messages = parse_packet(packet)
        except RefusedError as refused:
            self._tally.count(received=1)
            self.refuse(refused, peer)
            return
        self._tally.count(received=len(messages))
        for message in messages:
            try:
                self._take(message, peer)
            except RefusedError as refused:
                self.refuse(refused, peer, message.address)

    def refuse(self, refused: RefusedError, peer: Peer, address: str = "") -> None:
        """Counts it and, unless it is a matter of safety, says so: `/atlas/error ,sss address reason sentence`."""
        self._tally.refuse(refused, str(peer))
        if refused.reason in UNANSWERED:
            return
        now = self._steady()
        if now - self._second_began >= 1.0:
            self._second_began, self._errors_this_second = now, 0
        self._errors_this_second += 1
        if self._errors_this_second <= MOST_ERRORS_PER_SECOND:
            self._answer(encode_message(f"{PREFIX}/error", address, refused.reason, str(refused)), peer)

    def _take(self, message: OscMessage, peer: Peer) -> None:
        address = message.address.casefold().removeprefix(PREFIX)
        if address == "/passcode":
            self._guard.unlock(peer.host, str(message.arguments[0]) if message.arguments else "", self._steady())
            return
        self._guard.require_passcode(peer.host, self._steady())
        if address == "/sync":
            self._sync(peer)
            return
        source = f"osc:{peer.host}"
        messages = messages_for(self._space, message.address, message.arguments, source)
        self._heard(peer, messages)
        for queued in messages:
            if message.due is None:
                self._inbox.put(queued)
            else:
                self._inbox.put_for(message.due, queued, self._wall())
            self._tally.count(queued=1)
