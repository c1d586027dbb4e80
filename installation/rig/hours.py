"""Opening hours: a pure function from wall time to the state of the house.

An opening belongs to the day on which it begins, so a night that ends at two belongs to the evening before. If the
clock is set back, a local time may occur twice: the house opens at the first and closes at the second. If the clock
skips a local time, the moment of the skip stands for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

OpeningPhase = Literal["closed", "warm-up", "open", "goodnight"]

DAY_MINUTES = 24 * 60

HORIZON_DAYS = 400
"""How far ahead to search for the next opening: past the longest refurbishment and all exceptions of a year."""

LOOK_BACK_DAYS = 4
"""A goodnight of up to a day after an opening of up to two days, and one day for the time zone."""


@dataclass(frozen=True, slots=True)
class Opening:
    """From `opens` to `closes`, in minutes since local midnight; `closes` exceeds 1440 after the next midnight."""

    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Hours:
    """The opening hours. `week` has seven days from Monday; an exception replaces its whole day.

    Warm-up ends when the house opens, goodnight begins when it closes; a warm-up cuts a goodnight short. Each state
    may have a cue; if the closed state has none, it is dark.
    """

    zone: str
    week: tuple[tuple[Opening, ...], ...]
    exceptions: tuple[tuple[date, tuple[Opening, ...]], ...] = ()
    warm_up_seconds: float = 0.0
    goodnight_seconds: float = 0.0
    cues: tuple[tuple[OpeningPhase, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OpeningState:
    """The state of the house, and the wall time (Unix seconds) of its next change; None if none is in sight."""

    state: OpeningPhase
    until: float | None


def opening_state_at(hours: Hours, wall_seconds: float) -> OpeningState:
    """The state at a wall time in Unix seconds."""
    closed_at = None
    for opens, closes in _openings(hours, wall_seconds):
        if closes <= wall_seconds:
            closed_at = closes
        elif opens <= wall_seconds:
            return OpeningState("open", None if closes >= wall_seconds + (HORIZON_DAYS - 2) * 86_400 else closes)
        else:
            warm_up = opens - hours.warm_up_seconds
            return (
                OpeningState("warm-up", opens)
                if warm_up <= wall_seconds
                else _night(hours, wall_seconds, closed_at, warm_up)
            )
    return _night(hours, wall_seconds, closed_at, None)


LOOK_SECONDS = 3_600.0
"""How often an OpeningWatch reads the hours if no change is in sight."""


class OpeningWatch:
    """A cached `opening_state_at` for frequent calls: it reads the hours only when the state may have changed.

    A read takes 4 ms on an AMD EPYC core if a house is open all day, because it searches every day ahead. The clock may
    be set either way. Several threads may call `at`.
    """

    def __init__(self, hours: Hours) -> None:
        self._hours = hours
        self._seen = (float("inf"), float("-inf"), OpeningState("open", None))

    def at(self, wall_seconds: float) -> OpeningState:
        """The state at a wall time; the same object until the hours are read again."""
        since, until, state = self._seen
        if not since <= wall_seconds < until:
            state = opening_state_at(self._hours, wall_seconds)
            self._seen = wall_seconds, state.until or wall_seconds + LOOK_SECONDS, state
        return state


def woken_at(hours: Hours, wall_seconds: float) -> float | None:
    """The beginning of the last opening for which the house has woken by a wall time; None after days without one."""
    woken = None
    for opens, _ in _openings(hours, wall_seconds):
        if opens - hours.warm_up_seconds > wall_seconds:
            break
        woken = opens
    return woken


def _night(hours: Hours, wall_seconds: float, closed_at: float | None, warm_up: float | None) -> OpeningState:
    if closed_at is not None and wall_seconds < closed_at + hours.goodnight_seconds:
        dark = closed_at + hours.goodnight_seconds
        return OpeningState("goodnight", dark if warm_up is None else min(dark, warm_up))
    return OpeningState("closed", warm_up)


def _openings(hours: Hours, wall_seconds: float) -> Iterator[tuple[float, float]]:
    """Openings around `wall_seconds` as Unix seconds, in order; adjacent openings are joined."""
    zone, exceptions = ZoneInfo(hours.zone), dict(hours.exceptions)
    first = datetime.fromtimestamp(wall_seconds, zone).date() - timedelta(LOOK_BACK_DAYS)
    pending: tuple[float, float] | None = None
    for day in (first + timedelta(days) for days in range(LOOK_BACK_DAYS + HORIZON_DAYS)):
        for opening in exceptions.get(day, hours.week[day.weekday()]):
            opens, closes = (
                _instant(day, opening.opens, zone, last=False),
                _instant(day, opening.closes, zone, last=True),
            )
            if closes <= opens:
                continue
            if pending and opens <= pending[1]:
                pending = pending[0], max(closes, pending[1])
                continue
            if pending:
                yield pending
            pending = opens, closes
    if pending:
        yield pending


def _instant(day: date, minutes: int, zone: ZoneInfo, *, last: bool) -> float:
    """Unix seconds of a local time: the first or last of two if the time occurs twice, the moment of the skip if the
    clock skips it."""
    days, minute = divmod(minutes, DAY_MINUTES)
    local = datetime.combine(day + timedelta(days), time(minute // 60, minute % 60), zone)
    first, second = local.timestamp(), local.replace(fold=1).timestamp()
    if first > second:  # skipped: with the offset before the change and the one after it
        return _jump(second, first, zone)
    return second if last else first


def _jump(before: float, after: float, zone: ZoneInfo) -> float:
    """The moment, between two Unix times, at which the clock is set forward; to the second."""
    offset = datetime.fromtimestamp(before, zone).utcoffset()
    while after - before > 1:
        middle = before + (after - before) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
