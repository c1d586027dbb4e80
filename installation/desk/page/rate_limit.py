"""The rate at which a browser may send; the server disconnects a faster one."""

from __future__ import annotations

from collections.abc import Callable

MAX_PER_SECOND = 120
"""The most messages of one connection. The page itself sends at most 30 a second for each of a few fingers."""

FLOOD_CODE = 1008
"""The WebSocket closing code for a client that floods."""

TOO_FAST = f"more than {MAX_PER_SECOND} messages in a second"


class RateLimit:
    """Counts the messages of the present second. `steady` is a clock in seconds that never steps back."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._second_began = 0.0
        self._this_second = 0

    def is_too_fast(self) -> bool:
        """Counts one message; returns whether it exceeds the limit."""
        now = self._steady()
        if now - self._second_began >= 1.0:
            self._second_began, self._this_second = now, 0
        self._this_second += 1
        return self._this_second > MAX_PER_SECOND
