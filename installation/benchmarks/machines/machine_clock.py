"""The clocks of one machine among several on this one: they drift, are disciplined to some tenths of a millisecond, and
can be set by somebody.

A crystal drifts by some ten millionths, and that is what the steady clock does. The system's clock is as chrony keeps
it: near the true time and never exactly there. Both are a few numbers in a file that every process of the machine maps.
"""

from __future__ import annotations

import math
import mmap
import struct
import time
from collections.abc import Callable
from pathlib import Path

from installation.owner import Owner

_NUMBERS = struct.Struct("dddd")
WANDER_SECONDS = 0.0002
"""What chrony left between three machines in an orphan group behind such a network: 37 us as a rule, 190 at worst."""

WANDER_PERIOD_SECONDS = 47.0


class MachineClock(Owner):
    """`drift` is that of the steady clock, seconds a second, from when the file is made. `wall` and `steady` are true
    clocks."""

    def __init__(
        self,
        file: Path,
        drift: float = 0.0,
        phase: float = 0.0,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall, self._steady = wall, steady
        if not file.exists():
            file.write_bytes(_NUMBERS.pack(steady(), drift, phase, 0.0))
        with file.open("r+b") as opened:
            self._map = mmap.mmap(opened.fileno(), _NUMBERS.size)

    def wall(self) -> float:
        """The system's clock, seconds since 1970."""
        phase: float
        stepped: float
        _, _, phase, stepped = _NUMBERS.unpack_from(self._map)
        now = self._wall()
        return now + stepped + WANDER_SECONDS * math.sin(2 * math.pi * now / WANDER_PERIOD_SECONDS + phase)

    def steady(self) -> float:
        """The steady clock, seconds since some moment."""
        since: float
        drift: float
        since, drift, _, _ = _NUMBERS.unpack_from(self._map)
        now = self._steady()
        return now + (now - since) * drift

    def step(self, seconds: float) -> None:
        """Somebody sets the system's clock so far from the true time."""
        since, drift, phase, _ = _NUMBERS.unpack_from(self._map)
        _NUMBERS.pack_into(self._map, 0, since, drift, phase, seconds)

    def install(self) -> None:
        """From now on this process goes by it. Must come before whoever takes one of these functions for a default."""
        time.time, time.monotonic = self.wall, self.steady

    def close(self) -> None:
        self._map.close()
