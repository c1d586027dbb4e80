"""What the desk has counted: everything received ends up in exactly one of these numbers."""

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
    """In whole frames, None before the first message: for 99 of 100 messages at most `p99`, for all at most `worst`."""

    p99: int | None
    worst: int | None


@dataclass(frozen=True, slots=True)
class DeskStatistics:
    """The desk since its start.

    `received` counts messages as they came over the wire, packets that could not be read among them. One may make
    several (a pattern) or none (a button released): `queued` = `applied` + `coalesced` + `waiting` + GOs refused when
    they were to be stamped. `refused` counts by reason. `latency_frames` is how many frames later than the one that was
    on when it came a message took effect: 1 is the very next, more means that frames were skipped. `failures` counts
    by name what broke inside, `journal_refused` how often the disk did not take the journal.
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
"""Different sentences of a reason that stand in the log: a desk that is programmed needs more than the first."""


class DeskCounters:
    """Counters. `received` and `queued` are added to by the intake, under its lock, `applied` by the player alone.

    For each reason the first refusals are logged, the rest only counted. This is not a FailureLog: a refusal is
    a mistake of whoever sent it, it has a reason and a sender, and there is no moment at which it is over.

    `listeners` hear of every refusal and its sender, on the thread where it happens.
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
        """Messages took effect after waiting at most this many frames."""
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
        """Count it, and tell it unless that was done for the same before: `is_told` says so."""
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
