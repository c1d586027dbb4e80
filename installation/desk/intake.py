"""The way in: a packet is parsed, translated, checked and left for the next frame, or refused, counted and answered."""

from __future__ import annotations

from collections.abc import Callable

from installation.desk.addresses import PREFIX, AddressSpace
from installation.desk.answers import Answers
from installation.desk.door import messages_for
from installation.desk.guard import Guard
from installation.desk.inbox import Inbox
from installation.desk.mapping import Mapping
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

    `steady` and `wall` are clocks in seconds; wall is since 1970, as in OSC time tags.
    """

    def __init__(
        self,
        space: AddressSpace,
        mapping: Mapping,
        guard: Guard,
        inbox: Inbox,
        tally: Tally,
        answers: Answers,
        steady: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self._space = space
        self._mapping = mapping
        self._guard = guard
        self._inbox = inbox
        self.tally = tally
        self._answers = answers
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
            self.tally.count(received=1)
            self.refuse(refused, peer)
            return
        self.tally.count(received=len(messages))
        for message in messages:
            try:
                self._take(message, peer)
            except RefusedError as refused:
                self.refuse(refused, peer, message.address)

    def refuse(self, refused: RefusedError, peer: Peer, address: str = "") -> None:
        """Counts it and, unless it is a matter of safety, says so: `/atlas/error ,sss address reason sentence`."""
        self.count(refused, peer)
        if refused.reason in UNANSWERED:
            return
        now = self._steady()
        if now - self._second_began >= 1.0:
            self._second_began, self._errors_this_second = now, 0
        self._errors_this_second += 1
        if self._errors_this_second <= MOST_ERRORS_PER_SECOND:
            self._answers.answer(encode_message(f"{PREFIX}/error", address, refused.reason, str(refused)), peer)

    def count(self, refused: RefusedError, peer: Peer) -> None:
        """Only counts it, for those who could not understand an answer."""
        self.tally.refuse(refused, str(peer))

    def sync(self, peer: Peer) -> None:
        self._answers.sync(peer)

    def leave(self, peer: Peer) -> None:
        self._answers.leave(peer)

    def move(self, host: str, address: str, share: float, source: str) -> None:
        """A level from a desk that knows no OSC, as a fraction of the range of `address`."""
        self.tally.count(received=1)
        try:
            self._guard.require_passcode(host, self._steady())
            self._queue(messages_for(self._space, address, (share,), source), None)
        except RefusedError as refused:
            self.tally.refuse(refused, source)

    def put(self, message: Message) -> None:
        """Queues a checked message."""
        self.tally.count(received=1)
        try:
            self._queue([message], None)
        except RefusedError as refused:
            self.tally.refuse(refused, message.source)

    def _take(self, received: OscMessage, peer: Peer) -> None:
        address = received.address.casefold().removeprefix(PREFIX)
        if address == "/passcode":
            self._guard.unlock(peer.host, str(received.arguments[0]) if received.arguments else "", self._steady())
            return
        self._guard.require_passcode(peer.host, self._steady())
        if address == "/sync":
            self._answers.sync(peer)
            return
        message = self._mapping.translate(received)
        if message is None:
            return
        messages = messages_for(self._space, message.address, message.arguments, f"osc:{peer.host}")
        self._answers.heard(peer, messages)
        self._queue(messages, message.due)

    def _queue(self, messages: list[Message], due: float | None) -> None:
        for message in messages:
            if due is None:
                self._inbox.put(message)
            else:
                self._inbox.put_for(due, message, self._wall())
            self.tally.count(queued=1)
