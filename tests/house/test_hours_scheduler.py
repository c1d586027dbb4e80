"""What the house says to the show when it opens and closes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from installation.house.hours_scheduler import CLOSING_FADE_SECONDS, HoursScheduler
from installation.rig.hours import Hours, Opening
from installation.show.control import Message

TEN_TO_SIX = Hours("UTC", ((Opening(600, 1080),),) * 7, (), 900, 300)
WITH_CUES = replace(
    TEN_TO_SIX, cues=(("warm-up", "dawn"), ("open", "first"), ("goodnight", "night"), ("closed", "dim"))
)


def at(clock: str) -> float:
    return datetime.fromisoformat(f"2026-11-24 {clock}").replace(tzinfo=UTC).timestamp()


def said(hours: Hours, *clocks: str, past: tuple[Message, ...] = ()) -> list[tuple[str, str]]:
    messages: list[Message] = []
    scheduler = HoursScheduler(hours, messages.append, past)
    for clock in clocks:
        scheduler.tick(at(clock))
    return [(message.kind, message.target) for message in messages]


def test_a_day_without_cues_is_light_from_warm_up_to_goodnight_and_dark_at_night() -> None:
    assert said(TEN_TO_SIX, "08:00", "09:50", "10:00", "12:00", "18:01", "18:06", "20:00") == [
        ("blackout", ""),
        ("restore", ""),
        ("blackout", ""),
    ]


def test_a_day_with_cues_plays_each_once() -> None:
    assert said(WITH_CUES, "08:00", "09:50", "10:00", "12:00", "18:01", "18:06", "20:00") == [
        ("go", "dim"),
        ("go", "dawn"),
        ("go", "first"),
        ("go", "night"),
        ("go", "dim"),
    ]


def test_a_show_that_starts_within_its_hours_is_left_alone() -> None:
    assert said(TEN_TO_SIX, "12:00", "12:01") == []


@pytest.mark.parametrize(("clock", "messages"), [("12:05", []), ("20:00", [("go", "dim")])])
def test_a_restarted_show_is_only_told_what_it_does_not_know(clock: str, messages: list[tuple[str, str]]) -> None:
    past = (Message(0, 0, "go", "first", source="hours:open"), Message(9, 0, "go", "sea", source="osc:10.0.0.4"))
    assert said(WITH_CUES, clock, past=past) == messages


def test_a_restart_in_the_night_that_ends_in_the_morning_brings_the_light_back() -> None:
    night = (Message(0, 0, "blackout", source="hours:closed"),)
    assert said(TEN_TO_SIX, "12:00", past=night) == [("restore", "")]


def test_a_show_that_begins_while_the_house_is_closed_begins_in_the_dark() -> None:
    messages: list[Message] = []
    scheduler = HoursScheduler(TEN_TO_SIX, messages.append)
    for clock in ("08:00", "09:50"):
        scheduler.tick(at(clock))
    assert [(message.kind, message.fade_seconds) for message in messages] == [
        ("blackout", 0.0),
        ("restore", CLOSING_FADE_SECONDS),
    ]


def test_a_clock_that_is_set_back_is_believed() -> None:
    assert said(TEN_TO_SIX, "18:06", "12:00") == [("blackout", ""), ("restore", "")]
