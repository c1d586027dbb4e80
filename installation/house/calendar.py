"""Sends calendar and clock events to the desk: days of the house, and cues at clock times, in the rig's time zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from installation.rig.hours import Hours, OpeningWatch, woken_at
from installation.show.control import Message
from installation.show.score import Score

CALENDAR_SENDER = "calendar"
"""The source of calendar and clock messages, up to the colon."""

LOOK_SECONDS = 1.0
"""How often the house reads calendar and clock."""

MAX_MISSED_SECONDS = 30.0
"""A cue whose clock time is longer ago is left out: the player began later, or somebody set the clock."""

DAY_SECONDS = 86_400


def house_day_at(hours: Hours | None, wall_seconds: float) -> str:
    """The date of the opening that the house last woke for, such as 2027-03-01: a day ends when the next one wakes.

    Without hours, and after days without an opening, it is the calendar date in the venue's time zone, or else in the
    machine's.
    """
    woken = woken_at(hours, wall_seconds) if hours is not None else None
    return _local(hours, wall_seconds if woken is None else woken).date().isoformat()


class Calendar:
    """Tells the desk when a day of the house begins, and starts cues at their clock times unless the house is closed.

    `day` is the day that the show already knows.
    """

    def __init__(self, hours: Hours | None, put: Callable[[Message], None], day: str = "") -> None:
        self._hours, self._put, self._day = hours, put, day
        self._opening = OpeningWatch(hours) if hours is not None else None
        self._looked: float | None = None

    def tick(self, score: Score, wall_seconds: float) -> None:
        """Send the messages that are due; cheap enough to be called once per frame."""
        since = 0.0 if self._looked is None else wall_seconds - self._looked
        if self._looked is not None and 0 <= since < LOOK_SECONDS:
            return
        self._looked = wall_seconds
        if score.daily:
            self._tell_day(wall_seconds)
        if 0 < since <= MAX_MISSED_SECONDS:
            self._start_cues(score, wall_seconds, since)

    def _tell_day(self, wall_seconds: float) -> None:
        day = house_day_at(self._hours, wall_seconds)
        if day != self._day:
            self._day = day
            self._put(Message(0, 0, "day", target=day, source=f"{CALENDAR_SENDER}:{day}"))

    def _start_cues(self, score: Score, wall_seconds: float, since: float) -> None:
        timed = [(time, cue.id) for cue in score.cues for time in cue.clock]
        if not timed or (self._opening is not None and self._opening.at(wall_seconds).state == "closed"):
            return
        local = _local(self._hours, wall_seconds)
        now = local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6
        for time, cue in sorted(timed):
            if (now - time) % DAY_SECONDS < since:
                self._put(Message(0, 0, "go", target=cue, source=f"{CALENDAR_SENDER}:{cue}"))


def _local(hours: Hours | None, wall_seconds: float) -> datetime:
    return datetime.fromtimestamp(wall_seconds, ZoneInfo(hours.zone) if hours is not None else None)
