"""SMPTE timecode: hours, minutes, seconds and frames at a rate, as a count of frames and as seconds (SMPTE ST 12-1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

RateName = Literal["24", "25", "29.97", "30"]
"""29.97 is drop-frame, which stays in step with real time; the others count every frame."""

RATE_NAMES: tuple[RateName, ...] = get_args(RateName)

DAY_SECONDS = 86_400

TEXT = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})[:;.](\d{1,2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class TimecodeRate:
    """Frames per second: `nominal` in the numbering, `exact` in real time. `drop` skips two numbers at each minute,
    except every tenth."""

    name: RateName
    nominal: int
    exact: Fraction
    drop: bool = False


RATES: dict[RateName, TimecodeRate] = {
    "24": TimecodeRate("24", 24, Fraction(24)),
    "25": TimecodeRate("25", 25, Fraction(25)),
    "29.97": TimecodeRate("29.97", 30, Fraction(30_000, 1_001), drop=True),
    "30": TimecodeRate("30", 30, Fraction(30)),
}


@dataclass(frozen=True, slots=True)
class Timecode:
    """The timecode of one frame."""

    hours: int
    minutes: int
    seconds: int
    frames: int
    rate: TimecodeRate

    @property
    def is_whole(self) -> bool:
        """Whether this frame exists."""
        in_range = self.hours < 24 and self.minutes < 60 and self.seconds < 60 and self.frames < self.rate.nominal
        is_dropped = self.rate.drop and self.frames < 2 and self.seconds == 0 and self.minutes % 10 != 0
        return in_range and not is_dropped

    @property
    def count(self) -> int:
        """The number of frames since midnight."""
        minutes = 60 * self.hours + self.minutes
        count = (60 * minutes + self.seconds) * self.rate.nominal + self.frames
        return count - 2 * (minutes - minutes // 10) if self.rate.drop else count

    @property
    def since_midnight(self) -> Fraction:
        """Seconds since midnight."""
        return self.count / self.rate.exact

    def __str__(self) -> str:
        separator = ";" if self.rate.drop else ":"
        return f"{self.hours:02}:{self.minutes:02}:{self.seconds:02}{separator}{self.frames:02}"


def timecode_at(count: int, rate: TimecodeRate) -> Timecode:
    """The timecode after `count` frames since midnight; after a day it begins again."""
    if rate.drop:
        tens, rest = divmod(count % (24 * 6 * 17_982), 17_982)  # frames of ten minutes: 18,000 less nine times two
        count = 18_000 * tens + rest + (2 * (1 + (rest - 1_800) // 1_798) if rest >= 1_800 else 0)
    seconds, frames = divmod(count, rate.nominal)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return Timecode(hours % 24, minutes, seconds, frames, rate)


def parse_timecode(text: str, rate: TimecodeRate) -> Timecode:
    """Reads text such as `01:00:00:00`; raises ValueError, which says what is wrong."""
    match = TEXT.fullmatch(text.strip())
    if match is None:
        raise ValueError("a timecode is HH:MM:SS:FF, such as 01:00:00:00")
    hours, minutes, seconds, frames = map(int, match.groups())
    code = Timecode(hours, minutes, seconds, frames, rate)
    if not code.is_whole:
        raise ValueError(f"there is no such frame at {rate.name} frames a second")
    return code
