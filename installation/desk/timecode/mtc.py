"""MIDI timecode (MTC): eight quarter-frame messages, over two frames, make one timecode, as one full frame does."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from installation.desk.timecode.code import RATE_NAMES, RATES, Timecode

QUARTER_FRAME = 0xF1

PIECES = 8

FULL_FRAME = bytes((0xF0, 0x7F, 0x7F, 0x01, 0x01))


@dataclass(frozen=True, slots=True)
class MtcTime:
    """A timecode, and its age in frames: it takes two frames to arrive."""

    code: Timecode
    age_frames: Fraction
    is_backward: bool = False


@dataclass
class MtcReader:
    """Puts pieces together; pieces out of order give no timecode."""

    _pieces: list[int] = field(default_factory=lambda: [0] * PIECES)
    _last: int = -1
    _run: int = 0

    def read(self, data: bytes) -> MtcTime | None:
        """The timecode that a whole MIDI message completes, if any."""
        if data[:1] == bytes((QUARTER_FRAME,)) and len(data) == 2 and data[1] < 0x80:
            return self._quarter(data[1] >> 4, data[1] & 0x0F)
        if data.startswith(FULL_FRAME) and len(data) == 10 and data[-1] == 0xF7:
            hours, minutes, seconds, frames = data[5:9]
            code = Timecode(hours & 0x1F, minutes, seconds, frames, RATES[RATE_NAMES[hours >> 5 & 3]])
            return MtcTime(code, Fraction(0)) if code.is_whole else None
        return None

    def _quarter(self, piece: int, value: int) -> MtcTime | None:
        step = (piece - self._last) % PIECES
        if step not in (1, PIECES - 1) or (step == 1) != (self._run >= 0):
            self._run = 0
        self._run += 1 if step == 1 else -1 if step == PIECES - 1 else 0
        self._last, self._pieces[piece] = piece, value
        if self._run >= PIECES - 1 and piece == PIECES - 1:
            return self._whole(Fraction(PIECES - 1, 4), is_backward=False)
        if self._run <= 1 - PIECES and piece == 0:
            return self._whole(Fraction(PIECES - 1, 4), is_backward=True)
        return None

    def _whole(self, age: Fraction, *, is_backward: bool) -> MtcTime | None:
        low = [self._pieces[index] | self._pieces[index + 1] << 4 for index in range(0, PIECES, 2)]
        frames, seconds, minutes, hours = low
        code = Timecode(hours & 0x1F, minutes, seconds, frames & 0x1F, RATES[RATE_NAMES[hours >> 5 & 3]])
        return MtcTime(code, age, is_backward) if code.is_whole else None


def quarter_frames(code: Timecode) -> list[bytes]:
    """The eight messages of a timecode, to be sent a quarter of a frame apart."""
    kind = RATE_NAMES.index(code.rate.name)
    values = (code.frames, code.seconds, code.minutes, code.hours | kind << 5)
    pieces = [value >> shift & 0x0F for value in values for shift in (0, 4)]
    return [bytes((QUARTER_FRAME, index << 4 | piece)) for index, piece in enumerate(pieces)]
