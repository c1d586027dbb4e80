"""Linear timecode (SMPTE ST 12-1): 80 bits a frame as sound, biphase mark. A reader and a writer; no sound card.

No maintained Python library reads it. Each bit begins with a change of the sound's sign; a one has a second change in
its middle. The last 16 bits are the same in every frame: they show its end and the direction of the tape.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from installation.desk.timecode.code import RATES, Timecode, TimecodeRate, timecode_at

BITS = 80

SYNC = 0b0011_1111_1111_1101
"""The last 16 bits in the order of their arrival, the first on the left."""

SYNC_BACKWARD = int(f"{SYNC:016b}"[::-1], 2)

FIELDS: tuple[tuple[int, int, str], ...] = (
    *((0, 4, "frames"), (8, 2, "frames"), (16, 4, "seconds"), (24, 3, "seconds")),
    *((32, 4, "minutes"), (40, 3, "minutes"), (48, 4, "hours"), (56, 2, "hours")),
)
"""First bit, number of bits, and field: units first, then tens; the lowest bit comes first."""

DROP_BIT = 10

MIN_SWING = 0.02
"""A fraction of full scale: a smaller swing is noise."""

SLOWEST, FASTEST = 0.25, 4.0
"""The range of tape speeds that the reader accepts, as factors of normal speed."""


@dataclass(frozen=True, slots=True)
class LtcFrame:
    """One complete frame. `ends` is the sample at which it ended, counted from the first."""

    code: Timecode
    ends: float
    is_backward: bool = False


class LtcReader:
    """Reads sound block by block, whatever its level and polarity."""

    def __init__(self, samples_per_second: float) -> None:
        self._samples_per_second = samples_per_second
        self._bit_samples = samples_per_second / (27.0 * BITS)
        self._begun = 0
        self._last_change = 0.0
        self._level, self._is_high = 0.0, False
        self._first_half = 0.0
        self._bits, self._count = 0, 0
        self._ends: deque[float] = deque(maxlen=BITS + 1)

    def read(self, samples: NDArray[np.float32]) -> Iterator[LtcFrame]:
        """The frames that end in a block of mono sound, -1 to 1."""
        for change in self._changes(samples):
            length, self._last_change = change - self._last_change, change
            yield from self._take(length, change)
        self._begun += len(samples)

    def _changes(self, samples: NDArray[np.float32]) -> list[float]:
        """The zero crossings of the sound, with some hysteresis against noise, as samples counted from the first."""
        if not len(samples):
            return []
        peak = float(np.max(np.abs(samples)))
        self._level = max(peak, 0.9 * self._level)
        slack = max(0.2 * self._level, MIN_SWING)
        states = np.where(samples > slack, 1, np.where(samples < -slack, -1, 0))
        known = np.flatnonzero(states)
        if not len(known):
            return []
        highs = states[known] > 0
        changed = np.flatnonzero(highs != np.concatenate(([self._is_high], highs[:-1])))
        self._is_high = bool(highs[-1])
        return [float(self._begun + known[index]) for index in changed]

    def _take(self, length: float, change: float) -> Iterator[LtcFrame]:
        """Takes the interval between two changes: half a bit or a whole one."""
        fastest = self._samples_per_second / (30.0 * BITS * FASTEST)
        slowest = self._samples_per_second / (24.0 * BITS * SLOWEST)
        if not fastest / 2 * 0.6 <= length <= slowest * 1.4:
            self._lose()
            return
        if length < 0.75 * self._bit_samples:
            if not self._first_half:
                self._first_half = length
                return
            length, self._first_half = length + self._first_half, 0.0
            self._bit_samples += 0.1 * (length - self._bit_samples)
            yield from self._bit(1, change)
        elif self._first_half:  # out of step: half a bit alone
            self._lose()
            self._bit_samples = length
        else:
            self._bit_samples += 0.1 * (length - self._bit_samples)
            yield from self._bit(0, change)

    def _bit(self, bit: int, change: float) -> Iterator[LtcFrame]:
        self._bits = (self._bits << 1 | bit) & ((1 << BITS) - 1)
        self._count += 1
        self._ends.append(change)
        if self._count >= BITS and self._bits & 0xFFFF == SYNC:
            yield from self._frame(self._bits, change, is_backward=False)
        elif self._count >= BITS and self._bits >> (BITS - 16) == SYNC_BACKWARD:
            yield from self._frame(int(f"{self._bits:080b}"[::-1], 2), change, is_backward=True)

    def _frame(self, bits: int, change: float, *, is_backward: bool) -> Iterator[LtcFrame]:
        self._count = 0
        values = dict.fromkeys(("frames", "seconds", "minutes", "hours"), 0)
        for first, width, name in FIELDS:
            number = sum((bits >> (BITS - 1 - first - place) & 1) << place for place in range(width))
            values[name] += number if width == 4 else 10 * number
        is_drop = bool(bits >> (BITS - 1 - DROP_BIT) & 1)
        code = Timecode(**values, rate=self._rate(is_drop=is_drop, frames=values["frames"]))
        if code.is_whole:
            yield LtcFrame(code, change, is_backward)

    def _rate(self, *, is_drop: bool, frames: int) -> TimecodeRate:
        """The rate, from the drop-frame flag and the duration of a bit."""
        if is_drop:
            return RATES["29.97"]
        bits = len(self._ends) - 1
        per_second = self._samples_per_second * bits / (BITS * (self._ends[-1] - self._ends[0]))
        nearest = min((RATES["24"], RATES["25"], RATES["30"]), key=lambda rate: abs(rate.nominal - per_second))
        return nearest if frames < nearest.nominal else RATES["30"]

    def _lose(self) -> None:
        """Begins again, because the sound does not fit."""
        self._first_half, self._count = 0.0, 0
        self._ends.clear()


def ltc_bits(code: Timecode) -> list[int]:
    """The 80 bits of a frame, in order; user bits are 0, and the number of ones is even, as the standard requires."""
    bits = [0] * (BITS - 16) + [int(bit) for bit in f"{SYNC:016b}"]
    tens = {name: getattr(code, name) // 10 for _, _, name in FIELDS}
    for first, width, name in FIELDS:
        number = getattr(code, name) % 10 if width == 4 else tens[name]
        for place in range(width):
            bits[first + place] = number >> place & 1
    bits[DROP_BIT] = int(code.rate.drop)
    bits[59 if code.rate.name == "25" else 27] = sum(bits) % 2
    return bits


def write_ltc(first: Timecode, frames: int, samples_per_second: int, level: float = 0.5) -> NDArray[np.float32]:
    """A number of frames as sound, from `first` on."""
    edges: list[float] = []
    for number in range(frames):
        bits = ltc_bits(timecode_at(first.count + number, first.rate))
        for place, bit in enumerate(bits):
            begins = (number + place / BITS) / float(first.rate.exact) * samples_per_second
            edges.append(begins)
            if bit:
                edges.append(begins + samples_per_second / (2 * BITS * float(first.rate.exact)))
    length = round(frames / first.rate.exact * samples_per_second)
    return _square(edges, length, level)


def _square(edges: Sequence[float], length: int, level: float) -> NDArray[np.float32]:
    """A sound that changes its sign at each edge."""
    counted = np.zeros(length + 1, np.int64)
    np.add.at(counted, np.minimum(np.ceil(edges).astype(np.int64), length), 1)
    signs = np.cumsum(counted[:-1]) % 2
    return np.where(signs == 1, level, -level).astype(np.float32)
