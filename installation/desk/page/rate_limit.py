"""How fast a browser may send; one that sends faster is disconnected."""

from __future__ import annotations

from collections.abc import Callable

MAX_PER_SECOND = 120
"""Messages of one connection. The page itself sends at most 30 a second for each of a few fingers."""

FLOOD_CODE = 1008
"""The WebSocket closing code for one that floods."""

TOO_FAST = f"more than {MAX_PER_SECOND} messages in a second"


class RateLimit:
    """Counts what came in this second. `steady` is a clock in seconds that never steps back."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._second_began = 0.0
        self._this_second = 0

    def is_too_fast(self) -> bool:
        """Count one more; whether that is one too many."""
        now = self._steady()
        if now - self._second_began >= 1.0:
            self._second_began, self._this_second = now, 0
        self._this_second += 1
        return self._this_second > MAX_PER_SECOND
