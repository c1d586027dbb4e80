"""The queue in which desk threads leave messages; the player fetches them once per frame.

Levels coalesce, so that a sweep leaves no backlog: the queue keeps the newest value per address, but every trigger, in
order.
"""

from __future__ import annotations

import heapq
import threading
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import NamedTuple

from installation.desk.network.osc_server import Peer
from installation.errors import RefusedError
from installation.show.control import MESSAGE_KINDS, REMOTE_SENDERS, Message

MAX_WAITING = 8_192
"""The most messages between two frames, without levels: only the newest value of each level waits."""

MAX_WAITING_OF_A_SENDER = 2_048
"""The most of these from one sender, so that a rattling button leaves room for others: twice the largest bundle."""

MAX_WAITING_BYTES = 2 * 2**20
"""The most bytes of these as journal lines: the journal must take every batch as a whole."""

LINE_BYTES = 240
"""The most bytes of a journal line without its names."""

MAX_SCHEDULED = 1_024
MAX_SCHEDULE_SECONDS = 3_600.0

COALESCING = frozenset(kind for kind, one in MESSAGE_KINDS.items() if one.newest_only)

FADED = " faded"


Outcome = Callable[[Message | RefusedError, bool], object]
"""Takes the outcome of a message, on the player's thread: the stamped message or the refusal; and whether the show
listened to it, which it does not if the desk is disengaged."""


def untold(_what: Message | RefusedError, _is_heard: bool) -> None:
    """Ignores the outcome."""


class QueuedMessage(NamedTuple):
    """A waiting message, and its sender if the desk can answer it.

    The desk calls `outcome` with the result, unless a newer message replaces this one.
    """

    message: Message
    peer: Peer | None
    outcome: Outcome = untold

    @property
    def line_bytes(self) -> int:
        """The most bytes that it takes in the journal."""
        message = self.message
        return LINE_BYTES + sum(map(_text_bytes, (message.target, message.source, message.output)))


class FaderMove(NamedTuple):
    """The newest value of a fader that an OSC sender moves. It becomes a message only when it is taken."""

    target: str
    value: float
    peer: Peer

    @property
    def line_bytes(self) -> int:
        return LINE_BYTES + _text_bytes(self.target)

    def waiting(self) -> QueuedMessage:
        message = Message(0, 0, "set", self.target, self.value, source=f"osc:{self.peer.host}")
        return QueuedMessage(message, self.peer)


def key_of(kind: str, target: str, source: str) -> str:
    """Messages with the same key coalesce. A remote sender, which may be shut out, replaces no value of others."""
    return f"{kind} {target} {source.partition(':')[0] in REMOTE_SENDERS}"


class Inbox:
    """A bounded queue; any thread may put, only the player takes. Times are seconds since 1970, as in OSC time tags."""

    def __init__(self, max_waiting: int = MAX_WAITING) -> None:
        self._max_waiting = max_waiting
        self._lock = threading.Lock()
        self._waiting: dict[str | int, QueuedMessage | FaderMove] = {}
        self._waiting_bytes = 0
        self._of_sender: Counter[str] = Counter()
        self._scheduled: list[tuple[float, int, QueuedMessage]] = []
        self._numbers = count()
        self.coalesced = 0

    def __len__(self) -> int:
        return len(self._waiting) + len(self._scheduled)

    def put(self, message: Message, peer: Peer | None = None, outcome: Outcome = untold) -> None:
        """Queues a message; raises RefusedError if too many wait."""
        with self._lock:
            self._add(QueuedMessage(message, peer, outcome))

    def put_fader(self, key: str, newest: FaderMove) -> None:
        """Queues an immediate set, with a key from `key_of`, faster than `put`; raises RefusedError like it."""
        with self._lock:
            self._replace(key, key + FADED)
            self._append(key, newest, f"set {newest.target}")

    def put_for(self, due: float, message: Message, now: float, peer: Peer | None = None) -> None:
        """Queues a message until `due`, or for the next frame if that time has passed."""
        if not due <= now + MAX_SCHEDULE_SECONDS:
            sentence = f"{message.kind}: meant for {due - now:.0f} s from now; allowed is {MAX_SCHEDULE_SECONDS:.0f} s"
            raise RefusedError(sentence, "too far ahead")
        with self._lock:
            if due <= now:
                self._add(QueuedMessage(message, peer))
            elif len(self._scheduled) < MAX_SCHEDULED:
                heapq.heappush(self._scheduled, (due, next(self._numbers), QueuedMessage(message, peer)))
            else:
                raise RefusedError(
                    f"{message.kind}: {MAX_SCHEDULED} messages are already waiting for their time", "queue full"
                )

    def take(self, now: float) -> list[QueuedMessage]:
        """Empties the queue: first the scheduled messages that are due, then all others, in order."""
        due = []
        with self._lock:
            while self._scheduled and self._scheduled[0][0] <= now:
                due.append(heapq.heappop(self._scheduled)[2])
            waiting, self._waiting, self._waiting_bytes = self._waiting, {}, 0
            self._of_sender.clear()
        return due + [one.waiting() if isinstance(one, FaderMove) else one for one in waiting.values()]

    def _add(self, new: QueuedMessage) -> None:
        message = new.message
        entry: str | int
        if message.kind in COALESCING:
            entry = key_of(message.kind, message.target, message.source)
            faded = message.fade_seconds > 0.0
            # A fade starts from the value before it, so it does not replace that value.
            self._replace(*((entry + FADED,) if faded else (entry + FADED, entry)))
            entry += FADED if faded else ""
        else:
            entry = next(self._numbers)
        self._append(entry, new, message.kind)

    def _replace(self, *entries: str) -> None:
        for entry in entries:
            if (old := self._waiting.pop(entry, None)) is not None:
                self._waiting_bytes -= old.line_bytes
                self.coalesced += 1

    def _append(self, entry: str | int, new: QueuedMessage | FaderMove, what: str) -> None:
        """Adds an entry. Levels always have room, because there are no more of them than faders."""
        line_bytes = new.line_bytes
        if isinstance(entry, int):
            source = new.message.source if isinstance(new, QueuedMessage) else ""
            if len(self._waiting) >= self._max_waiting or self._waiting_bytes + line_bytes > MAX_WAITING_BYTES:
                raise self._full(what)
            if self._of_sender[source] >= MAX_WAITING_OF_A_SENDER:
                sentence = (
                    f"{what}: {MAX_WAITING_OF_A_SENDER} messages of this sender are already waiting for the next frame"
                )
                raise RefusedError(sentence, "queue full")
            self._of_sender[source] += 1
        self._waiting[entry] = new
        self._waiting_bytes += line_bytes

    def _full(self, what: str) -> RefusedError:
        return RefusedError(f"{what}: {len(self._waiting)} messages wait for the next frame", "queue full")


def _text_bytes(text: str) -> int:
    """The most bytes of a text in JSON, which may escape any character that is not printable ASCII."""
    return len(text) if text.isascii() and text.isprintable() else 12 * len(text)
