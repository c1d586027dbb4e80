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
class Statistics:
    """The desk since its start.

    `received` counts messages as they came over the wire, packets that could not be read among them. One may make
    several (a pattern) or none (a button released): `queued` = `applied` + `coalesced` + `waiting` + GOs refused when
    they were to be stamped. `refused` counts by reason.
    """

    received: int
    queued: int
    applied: int
    coalesced: int
    waiting: int
    refused: Mapping[Refusal, int]
    feedback_sent: int
    feedback_dropped: int
    failures: Mapping[str, int]


class Tally:
    """Counters. `received` and `queued` are added to by the intake, under its lock, `applied` by the player alone.

    Each reason to refuse is logged once, then counted.

    `on_refused` hears of every refusal and its sender, on the thread where it happens.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.received = 0
        self.queued = 0
        self.applied = 0
        self.refused: Counter[Refusal] = Counter()
        self.on_refused: Callable[[RefusedError, str], None] | None = None

    def refuse(self, refused: RefusedError, sender: str, times: int = 1) -> None:
        with self._lock:
            first = not self.refused[refused.reason]
            self.refused[refused.reason] += times
        if self.on_refused is not None:
            self.on_refused(refused, sender)
        if first:
            logger.warning("desk: refused from %s: %s; further ones (%s) are counted", sender, refused, refused.reason)
