"""Times in the notation of a score: `90s`, `1:30`, `1:30.5`, `1:02:03`, frames `45f`, shares of a cue `50%`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from installation.language import limits

SECONDS = re.compile(r"(\d+(?:\.\d+)?)s", re.ASCII)
CLOCK = re.compile(r"(?:(\d+):([0-5]\d)|(\d+)):([0-5]\d(?:\.\d+)?)", re.ASCII)
FRAMES = re.compile(r"(\d+)f", re.ASCII)
PERCENT = re.compile(r"(\d+(?:\.\d+)?)%", re.ASCII)

FORMS = "such as 90s, 1:30, 1:30.5, 1:02:03 or 45f (frames)"
FORMS_IN_CUE = "such as 90s, 1:30, 1:30.5, 45f (frames) or 50% (of the time that the cue is seen)"


@dataclass(frozen=True, slots=True)
class CueOffset:
    """A time inside a cue: seconds, or with `share` a fraction of the cue's visible time."""

    amount: float
    share: bool = False

    def seconds(self, seen: float) -> float:
        return self.amount * seen if self.share else self.amount


def parse_time(text: str, fps: Fraction, percent: bool = False) -> CueOffset:
    """Reads a time; raises ValueError, which says what is wrong, what is allowed, and the nearest valid time."""
    if percent and (match := PERCENT.fullmatch(text)):
        share = float(match[1]) / 100
        if share > 1:
            raise ValueError(f"{text} is beyond the time that the cue is seen: 100% is its end")
        return CueOffset(share, share=True)
    seconds = _seconds(text, fps)
    if seconds is None:
        forms = FORMS_IN_CUE if percent else FORMS
        raise ValueError(f"{_shown(text)} is not a time; times are written {forms}{_hint(text, percent)}")
    if seconds > limits.SECONDS:
        raise ValueError(f"{text} is more than a day ({limits.SECONDS / 3600:g} hours); to run longer, use a loop")
    return CueOffset(seconds)


def _seconds(text: str, fps: Fraction) -> float | None:
    if len(text) > 24:
        return None
    if match := SECONDS.fullmatch(text):
        return float(match[1])
    if match := CLOCK.fullmatch(text):
        hours, minutes, only_minutes, seconds = match.groups()
        return float(Fraction(seconds) + 60 * int(only_minutes or minutes) + 3600 * int(hours or 0))
    if match := FRAMES.fullmatch(text):
        return float(int(match[1]) / fps)
    return None


def format_time(seconds: float) -> str:
    """`seconds` in the shortest usual form, exact to a millisecond: 12.5s, 1:30, 1:02:03."""
    milliseconds = round(seconds * 1000)
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:g}s"
    whole, rest = divmod(milliseconds, 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    fraction = f".{rest:03d}".rstrip("0") if rest else ""
    return f"{hours}:{minute:02d}:{second:02d}{fraction}" if hours else f"{minute}:{second:02d}{fraction}"


OTHER_UNITS = {"ms": 0.001, "sec": 1, "secs": 1, "second": 1, "seconds": 1, "": 1, "S": 1, "sek": 1}
OTHER_UNITS |= dict.fromkeys(("m", "min", "mins", "minute", "minutes", "M"), 60)
OTHER_UNITS |= dict.fromkeys(("h", "hour", "hours", "H"), 3600)
OTHER_UNITS |= {"s": 1}


def _hint(text: str, percent: bool) -> str:
    """The nearest valid time, as the end of a sentence."""
    if text.startswith("-"):
        return "; times count from the start of the cue, so none is negative"
    if match := re.fullmatch(r"(\d{1,9}(?:[.,]\d{1,9})?)\s*([A-Za-z]*)", text, re.ASCII):
        number, unit = float(match[1].replace(",", ".")), match[2]
        if unit in ("frames", "frame", "fr", "F"):
            return f"; did you mean {number:g}f?"
        if unit in OTHER_UNITS:
            return f"; did you mean {format_time(number * OTHER_UNITS[unit])}?"
    if re.fullmatch(r"\d+(\.\d+)?\s*%", text, re.ASCII):
        return "" if percent else "; a percentage is only for times inside a cue"
    if match := re.fullmatch(r"(\d{1,6}):(\d{1,2})(\.\d+)?", text, re.ASCII):
        if len(match[2]) == 1:
            return f"; did you mean {match[1]}:0{match[2]}{match[3] or ''}?"
        return (
            f"; seconds end at 59: did you mean {format_time(int(match[1]) * 60 + float(match[2] + (match[3] or '')))}?"
        )
    return ""


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")
