"""What a person should know: as long as it is so on page and report, once in the log and at the desks."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.errors import Mistake
from installation.notices import NoticeChange, Notices, NoticeSource

MISTAKE = Mistake("score.yaml", 3, 5, "cues[0]", "no such neuron")


@pytest.fixture
def notices() -> Notices:
    return Notices()


@pytest.fixture
def told(notices: Notices) -> list[NoticeChange]:
    changes: list[NoticeChange] = []
    notices.listeners.append(changes.append)
    return changes


def new(change: NoticeChange) -> list[str]:
    return [str(notice.what) for notice in change.new]


def test_listeners_hear_of_a_difference_and_of_nothing_else(notices: Notices, told: list[NoticeChange]) -> None:
    notices.publish()
    notices.put("rig", "monitor 'A' is away")
    notices.publish()
    notices.publish()
    notices.put("rig", "monitor 'A' is away")
    notices.publish()
    notices.put("rig")
    notices.publish()
    assert [change.warnings for change in told] == [("monitor 'A' is away",), ()]
    assert [new(change) for change in told] == [["monitor 'A' is away"], []]


def test_what_is_cleared_and_said_again_in_one_frame_is_no_news(notices: Notices, told: list[NoticeChange]) -> None:
    notices.put("saved", MISTAKE)
    notices.publish()
    notices.put("saved")
    notices.put("saved", MISTAKE)
    notices.publish()
    assert notices.current.mistakes == (MISTAKE,)
    assert [new(change) for change in told] == [[str(MISTAKE)], []]


def test_what_was_mended_and_is_wrong_again_is_told_again(notices: Notices, told: list[NoticeChange]) -> None:
    for said in ((MISTAKE,), (), (MISTAKE,)):
        notices.put("saved", *said)
        notices.publish()
    assert [len(change.new) for change in told] == [1, 0, 1]


def test_while_an_edit_waits_its_reason_stands_in_the_place_of_what_is_said_of_the_edit_that_plays(
    notices: Notices, told: list[NoticeChange]
) -> None:
    notices.put("desk file", "the last good desk file is used")
    notices.put("score", "parameter 'mist' moves nothing")
    notices.publish()
    notices.put("waiting", "the show is locked")
    notices.publish()
    notices.put("waiting")
    notices.publish()
    assert [change.warnings for change in told] == [
        ("parameter 'mist' moves nothing", "the last good desk file is used"),
        ("the show is locked", "the last good desk file is used"),
        ("parameter 'mist' moves nothing", "the last good desk file is used"),
    ]
    assert new(told[2]) == [], "it was known all the time"


def test_mistakes_come_first_and_the_order_of_speaking_does_not_count(notices: Notices) -> None:
    notices.put("rig", "a monitor is away")
    notices.put("edit", "output 'right' stays black")
    notices.put("saved", MISTAKE)
    notices.publish()
    assert notices.current.sentences == (str(MISTAKE), "output 'right' stays black", "a monitor is away")


def test_the_log_has_each_once_and_what_is_grave_as_an_error(
    notices: Notices, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    notices.put("files", "the last good files play", grave=True)
    notices.put("saved", MISTAKE)
    notices.publish()
    notices.put("hours", "changed hours take effect at the next start")
    notices.publish()
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", f"the last good edition plays on: {MISTAKE}"),
        ("ERROR", "the last good files play"),
        ("WARNING", "changed hours take effect at the next start"),
    ]


SAID = st.dictionaries(st.sampled_from(["saved", "edit", "score", "rig"]), st.sets(st.sampled_from("abc")))


@given(st.lists(SAID, max_size=6))
def test_news_is_always_what_was_not_known_before(frames: list[dict[NoticeSource, set[str]]]) -> None:
    notices = Notices()
    known: set[str] = set()
    state: dict[NoticeSource, set[str]] = {}
    for said in frames:
        state |= said
        for source, sentences in said.items():
            notices.put(source, *sorted(sentences))
        before = notices.current
        notices.publish()
        now = set().union(*state.values()) if state else set()
        if notices.current is not before:
            assert set(new(notices.current)) == now - known
        assert set(notices.current.warnings) == now
        known = now
