"""The desk's counters: everything that it receives ends up in exactly one of them."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from installation.errors import Refusal, RefusedError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Latency:
    """Latency in whole frames: at most `p99` for 99 of 100 messages, at most `worst` for all. None before the first."""

    p99: int | None
    worst: int | None


@dataclass(frozen=True, slots=True)
class DeskStatistics:
    """The desk's counts since its start.

    `received` counts messages from the wire, including unreadable packets. One of them may become several messages (a
    pattern) or none (a released button): `queued` = `applied` + `coalesced` + `waiting` + GOs that the desk refused
    when it stamped them. `refused` counts by reason. `latency_frames` counts the frames from a message's arrival until
    it took effect: 1 is the next frame, more means that frames were skipped. `failures` counts internal failures by
    name, `journal_refused` failed writes of the journal.
    """

    received: int
    queued: int
    applied: int
    coalesced: int
    waiting: int
    refused: Mapping[Refusal, int]
    latency_frames: Latency
    feedback_sent: int
    feedback_dropped: int
    failures: Mapping[str, int]
    journal_refused: int


MAX_LOGGED_SENTENCES = 10
"""The most different sentences that the log shows for one reason: somebody who programs a desk needs several."""


class DeskCounters:
    """Counters. The intake adds to `received` and `queued` under its lock; only the player adds to `applied`.

    For each reason they log the first refusals and only count the rest. This is not a FailureLog: a refusal is the
    sender's mistake, has a reason and a sender, and never ends.

    `listeners` get each refusal and its sender, on the thread where it happens, unless `is_told` is False.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.received = 0
        self.queued = 0
        self.applied = 0
        self.refused: Counter[Refusal] = Counter()
        self._logged: dict[Refusal, set[str]] = {}
        self._waited: Counter[int] = Counter()
        self.listeners: list[Callable[[RefusedError, str], None]] = []

    def apply(self, messages: int, waited_frames: int) -> None:
        """Counts messages that took effect after at most this many frames."""
        self.applied += messages
        self._waited[waited_frames] += messages

    def latency_frames(self) -> Latency:
        total, so_far, p99 = self._waited.total(), 0, None
        for frames, messages in sorted(self._waited.items()):
            so_far += messages
            if p99 is None and 100 * so_far >= 99 * total > 0:
                p99 = frames
        return Latency(p99, max((frames for frames, count in self._waited.items() if count), default=None))

    def refuse(self, refused: RefusedError, sender: str, times: int = 1, *, is_told: bool = True) -> None:
        """Counts a refusal; with `is_told` also logs it, if its sentence is new, and tells the listeners."""
        with self._lock:
            if not is_told:
                self.refused[refused.reason] += times
                return
            logged = self._logged.setdefault(refused.reason, set())
            is_new = str(refused) not in logged and len(logged) < MAX_LOGGED_SENTENCES
            if is_new:
                logged.add(str(refused))
            self.refused[refused.reason] += times
        for listener in self.listeners:
            listener(refused, sender)
        if is_new:
            last = "; further ones are only counted" if len(logged) == MAX_LOGGED_SENTENCES else ""
            logger.warning("desk: refused (%s) from %s: %s%s", refused.reason, sender, refused, last)
