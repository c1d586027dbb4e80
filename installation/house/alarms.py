"""Alarms: reports trouble once, again after a while, and when it is over. Uses no clock, network or thread."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from installation.errors import ScoreError

REMIND_SECONDS = 4 * 3_600.0

QUIET = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)

NewsKind = Literal["alarm", "reminder", "all-clear"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A present problem; it becomes an alarm after `patience_seconds`. Quiet hours do not hold back a `grave` one."""

    sentence: str
    patience_seconds: float = 0.0
    grave: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """A message to people. An alarm, its reminders and its all-clear have one `name`; `since` is Unix seconds."""

    kind: NewsKind
    name: str
    sentence: str
    since: float


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one time of day to another, in minutes since midnight; they may span midnight."""

    begin: int
    end: int

    def at(self, wall_seconds: float) -> bool:
        """Whether a moment (Unix seconds) lies in the quiet hours, in the machine's local time."""
        moment = datetime.fromtimestamp(wall_seconds)
        minute = 60 * moment.hour + moment.minute
        if self.begin <= self.end:
            return self.begin <= minute < self.end
        return minute >= self.begin or minute < self.end


def quiet_hours(text: str) -> QuietHours:
    """`22:00-07:00`; raises ScoreError."""
    match = QUIET.fullmatch(text)
    if match is None:
        raise ScoreError(f"--quiet {text}: write quiet hours as 22:00-07:00")
    first, second, third, fourth = map(int, match.groups())
    return QuietHours(60 * first + second, 60 * third + fourth)


@dataclass(slots=True)
class _Known:
    """Present trouble, its beginning by both clocks, and the time of its last report; None if never reported."""

    trouble: Trouble
    began: float
    since: float
    told: float | None = None


class AlarmBook:
    """Records present trouble and its reports. Times are monotonic seconds and, for people, Unix seconds."""

    def __init__(self, remind_seconds: float = REMIND_SECONDS, quiet: QuietHours | None = None) -> None:
        self._remind_seconds, self._quiet = remind_seconds, quiet
        self._known: dict[str, _Known] = {}
        self._over: dict[str, _Known] = {}

    @property
    def current(self) -> Mapping[str, str]:
        """The sentences of the present alarms that were reported, by name."""
        return {name: one.trouble.sentence for name, one in self._known.items() if one.told is not None}

    def step(self, troubles: Mapping[str, Trouble], now: float, wall: float) -> list[News]:
        """The news to report; `troubles` are all present problems."""
        is_quiet = self._quiet is not None and self._quiet.at(wall)
        for name in self._known.keys() - troubles.keys():
            known = self._known.pop(name)
            if known.told is not None:
                self._over[name] = known
        for name, trouble in troubles.items():
            if (back := self._over.pop(name, None)) is not None:  # it returned before its all-clear was sent
                self._known[name] = back
            self._known.setdefault(name, _Known(trouble, now, wall)).trouble = trouble
        return [*self._clear(is_quiet=is_quiet), *self._alarms(now, is_quiet=is_quiet)]

    def _clear(self, *, is_quiet: bool) -> list[News]:
        told = {name: one for name, one in self._over.items() if one.trouble.grave or not is_quiet}
        for name in told:
            del self._over[name]
        return [News("all-clear", name, f"over: {one.trouble.sentence}", one.since) for name, one in told.items()]

    def _alarms(self, now: float, *, is_quiet: bool) -> list[News]:
        news = []
        for name, one in self._known.items():
            if now - one.began < one.trouble.patience_seconds or (is_quiet and not one.trouble.grave):
                continue
            if one.told is None:
                news.append(News("alarm", name, one.trouble.sentence, one.since))
            elif now - one.told >= self._remind_seconds:
                news.append(News("reminder", name, f"still: {one.trouble.sentence}", one.since))
            else:
                continue
            one.told = now
        return news
