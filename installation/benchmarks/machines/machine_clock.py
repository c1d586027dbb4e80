"""The clocks of one simulated machine: the steady clock drifts, and the system's clock stays within some tenths of a
millisecond of the true time until a test steps it.

A crystal drifts by some ten millionths, and so does the steady clock. The system's clock behaves as under chrony: near
the true time, but never exactly there. Both are a few numbers in a file that every process of the machine maps.
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
"""Chrony's error between three machines in an orphan group behind such a network: typically 37 us, at worst 190."""

WANDER_PERIOD_SECONDS = 47.0


class MachineClock(Owner):
    """A machine's two clocks. `drift` is the steady clock's, in seconds per second, since the file was made; `wall` and
    `steady` are the true clocks."""

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
        """The steady clock, seconds since an arbitrary moment."""
        since: float
        drift: float
        since, drift, _, _ = _NUMBERS.unpack_from(self._map)
        now = self._steady()
        return now + (now - since) * drift

    def step(self, seconds: float) -> None:
        """Set the system's clock `seconds` away from the true time."""
        since, drift, phase, _ = _NUMBERS.unpack_from(self._map)
        _NUMBERS.pack_into(self._map, 0, since, drift, phase, seconds)

    def install(self) -> None:
        """Make this process use these clocks. Call it before any module takes one of these functions as a default."""
        time.time, time.monotonic = self.wall, self.steady

    def close(self) -> None:
        self._map.close()
