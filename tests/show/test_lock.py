"""The show lock: hands only run the show as it was rehearsed; the lighting desk goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from installation.errors import RefusedError
from installation.show.control import MESSAGE_KINDS, Control, Message, MessageKind
from installation.show.playing.transport import resolve
from tests.show.scores import after, message, three_cues

SHOW = three_cues()
LOCKED = after(SHOW, message(1, "lock", value=1.0))


def passes(asked: Message, source: str, control: Control = LOCKED) -> bool:
    try:
        resolve(SHOW, control, replace(asked, source=source))
    except RefusedError as refused:
        return refused.reason != "locked" or "the show is locked" not in str(refused)
    return True


RUNS: list[MessageKind] = ["go", "back", "next", "previous", "pause", "resume", "stop", "panic", "blackout", "restore"]

TOUCHES = (
    message(2, "locate", value=5.0),
    message(2, "rate", value=2.0),
    message(2, "set", "/master", 0.5),
    message(2, "release"),
    message(2, "engage"),
    message(2, "go", "c"),
    replace(message(2, "audition", "c"), output="left"),
)


@pytest.mark.parametrize("source", ["page:10.0.0.7", "keyboard"])
def test_hands_run_a_locked_show_and_touch_nothing_else(source: str) -> None:
    assert all(passes(message(2, kind), source) for kind in RUNS)
    assert passes(message(2, "load", "c"), source)
    assert passes(replace(message(2, "return"), output="left"), source)
    assert not any(passes(touch, source) for touch in TOUCHES)


@pytest.mark.parametrize("source", ["osc:10.0.0.4", "sacn:1", "hours", "command"])
def test_the_lighting_desk_and_the_opening_hours_go_on(source: str) -> None:
    assert all(passes(touch, source) for touch in TOUCHES)


def test_an_unlocked_show_is_in_everybodys_hands() -> None:
    unlock = message(3, "lock")
    assert passes(unlock, "page")
    assert all(passes(touch, "page", after(SHOW, message(1, "lock", value=1.0), unlock)) for touch in TOUCHES)


def test_it_is_known_who_locked_and_who_disengaged_and_when() -> None:
    lock = Message(30, 0, "lock", value=1.0, source="page:10.0.0.7")
    ignore = Message(40, 0, "engage", value=0.0, source="keyboard")
    control = after(SHOW, lock, ignore)
    assert (control.locked, control.engaged) == (True, False)
    assert (control.lock, control.engage) == (lock, ignore)


def test_of_every_kind_of_message_it_is_known_what_it_does_and_whether_a_lock_holds_it_back() -> None:
    assert set(MESSAGE_KINDS) == set(get_args(MessageKind))
    assert {touch.kind for touch in TOUCHES if touch.kind != "go"} == {
        kind for kind, one in MESSAGE_KINDS.items() if not one.while_locked
    }
