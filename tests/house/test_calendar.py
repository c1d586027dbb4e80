"""Days of the house end when the house does, and cues come at their times."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from installation.house.calendar import Calendar, house_day_at
from installation.rig.hours import Hours, Opening
from installation.show.control import Message
from tests.show.scores import cue, three_cues

BERLIN = ZoneInfo("Europe/Berlin")
LATE = Opening(18 * 60, 26 * 60)
HOURS = Hours("Europe/Berlin", ((LATE,),) * 6 + ((),), warm_up_seconds=900.0)
"""From six to two at night, but not on Sundays."""


def wall(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2027-03-01 18:30", "2027-03-01"),
        ("2027-03-02 01:30", "2027-03-01"),
        ("2027-03-02 12:00", "2027-03-01"),
        ("2027-03-02 17:44", "2027-03-01"),
        ("2027-03-02 17:46", "2027-03-02"),
        ("2027-03-07 20:00", "2027-03-06"),
    ],
)
def test_a_day_begins_when_the_house_wakes(now: str, day: str) -> None:
    assert house_day_at(HOURS, wall(now)) == day


def test_without_an_opening_the_calendar_counts() -> None:
    closed = replace(HOURS, week=((),) * 7)
    assert house_day_at(closed, wall("2027-03-01 23:59")) == "2027-03-01"
    assert house_day_at(closed, wall("2027-03-02 00:01")) == "2027-03-02"


class Evening:
    """A calendar and what it said, second by second."""

    def __init__(
        self, hours: Hours | None = HOURS, day: str = "", daily: bool = True, **times: tuple[int, ...]
    ) -> None:
        self.said: list[Message] = []
        show = three_cues()
        cues = tuple(replace(one, clock=times.get(one.id, ())) for one in show.cues)
        self.score = replace(show, cues=(*cues, cue("d")), daily=daily)
        self.calendar = Calendar(hours, self.said.append, day)

    def between(self, begin: str, end: str, step: float = 1.0) -> list[tuple[str, str]]:
        self.said.clear()
        now = wall(begin)
        while now <= wall(end):
            self.calendar.tick(self.score, now)
            now += step
        return [(one.kind, one.target) for one in self.said]


def test_a_day_is_told_once_and_not_again_after_a_restart() -> None:
    assert Evening().between("2027-03-01 17:44:50", "2027-03-01 17:45:10") == [
        ("day", "2027-02-27"),
        ("day", "2027-03-01"),
    ]
    assert Evening(day="2027-03-01").between("2027-03-01 23:59:50", "2027-03-02 00:00:10") == []
    assert Evening(daily=False).between("2027-03-01 17:44:50", "2027-03-01 17:45:10") == []


def test_a_cue_comes_at_its_time_and_once() -> None:
    evening = Evening(daily=False, b=(20 * 3600,), c=(20 * 3600 + 5, 25 * 3600 % 86400))
    assert evening.between("2027-03-01 19:59:50", "2027-03-01 20:00:20", 0.04) == [("go", "b"), ("go", "c")]
    assert evening.between("2027-03-02 00:59:55", "2027-03-02 01:00:20", 0.7)[-1:] == [("go", "c")]


def test_no_cue_comes_while_the_house_is_closed_or_when_its_time_is_long_over() -> None:
    evening = Evening(daily=False, b=(12 * 3600,))
    assert evening.between("2027-03-01 11:59:50", "2027-03-01 12:00:20") == []
    late = Evening(daily=False, b=(20 * 3600,))
    assert late.between("2027-03-01 19:58:00", "2027-03-01 20:10:00", 120.0) == []
    assert late.between("2027-03-01 19:59:50", "2027-03-01 20:00:05") == [("go", "b")], "a clock that was set back"


def test_without_hours_a_cue_comes_by_the_clock_of_the_machine() -> None:
    noon = datetime.fromtimestamp(wall("2027-03-01 12:00:00"))  # in the machine's own zone, on purpose
    seconds = noon.hour * 3600 + noon.minute * 60
    evening = Evening(None, daily=False, b=(seconds,))
    assert evening.between("2027-03-01 11:59:58", "2027-03-01 12:00:02") == [("go", "b")]
