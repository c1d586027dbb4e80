"""Where desk threads leave messages until the player fetches them, once per frame.

Levels coalesce, so that a sweep leaves no backlog: the newest value per address, but every trigger, in order.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Hashable
from itertools import count

from installation.errors import RefusedError
from installation.show.control import DESKS, Message

MOST_WAITING = 65_536
"""Messages between two frames: more than a flood of 50,000 a second leaves in a second without a frame."""

MOST_SCHEDULED = 1_024
LONGEST_SCHEDULE_SECONDS = 3_600.0

COALESCING = frozenset({"set", "rate", "locate"})


class Inbox:
    """A bounded queue; any thread may put, the player's takes. Times are seconds since 1970, as in OSC time tags."""

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._most_waiting = most_waiting
        self._lock = threading.Lock()
        self._waiting: dict[Hashable, Message] = {}
        self._scheduled: list[tuple[float, int, Message]] = []
        self._numbers = count()
        self.coalesced = 0

    def __len__(self) -> int:
        return len(self._waiting) + len(self._scheduled)

    def put(self, message: Message) -> None:
        """Queues a message; raises RefusedError if too many wait, which only happens when no frame is drawn."""
        with self._lock:
            self._add(message)

    def put_for(self, due: float, message: Message, now: float) -> None:
        """Queues a message that is to wait until `due`; one whose time has passed is taken at once."""
        if not due <= now + LONGEST_SCHEDULE_SECONDS:
            sentence = (
                f"{message.kind}: meant for {due - now:.0f} s from now; allowed is {LONGEST_SCHEDULE_SECONDS:.0f} s"
            )
            raise RefusedError(sentence, "too far ahead")
        with self._lock:
            if due <= now:
                self._add(message)
            elif len(self._scheduled) < MOST_SCHEDULED:
                heapq.heappush(self._scheduled, (due, next(self._numbers), message))
            else:
                raise RefusedError(
                    f"{message.kind}: {MOST_SCHEDULED} messages wait for their time already", "queue full"
                )

    def take(self, now: float) -> list[Message]:
        """All messages that wait, in order, those first whose time has come; nothing stays behind."""
        with self._lock:
            due = []
            while self._scheduled and self._scheduled[0][0] <= now:
                due.append(heapq.heappop(self._scheduled)[2])
            waiting, self._waiting = self._waiting, {}
        return [*due, *waiting.values()]

    def _add(self, message: Message) -> None:
        waiting = self._waiting
        if message.kind in COALESCING:
            # A fade sets out from the value before it, so it does not replace that; a desk that may be shut out does
            # not replace what others set.
            key = (message.kind, message.target, message.source.partition(":")[0] in DESKS)
            faded = message.fade_seconds > 0.0
            for replaced in (True,) if faded else (True, False):
                self.coalesced += waiting.pop((*key, replaced), None) is not None
            entry: Hashable = (*key, faded)
        else:
            entry = next(self._numbers)
        if len(waiting) >= self._most_waiting:
            raise RefusedError(f"{message.kind}: {self._most_waiting} messages wait for the next frame", "queue full")
        waiting[entry] = message
