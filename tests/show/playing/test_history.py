"""Control depends on the set of messages, however late or early each of them comes."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.show.control import Control, Message, MessageKind, fold, initial_control
from installation.show.playing.history import CHECKPOINT_MESSAGES, ControlHistory
from installation.show.playing.succession import carry_over
from tests.show.scores import three_cues

SHOW = three_cues()
EDITED = replace(SHOW, cues=(SHOW.cues[0], replace(SHOW.cues[1], duration=30.0), SHOW.cues[2]), digest="edited")
KINDS: tuple[MessageKind, ...] = ("go", "pause", "resume", "blackout", "restore", "panic", "set", "rate")

messages = st.lists(
    st.builds(
        Message,
        frame=st.integers(0, 300),
        sequence=st.integers(0, 3),
        kind=st.sampled_from(KINDS),
        value=st.sampled_from([0.5, 1.0]),
        machine=st.sampled_from(["attic", "cellar"]),
    ).map(lambda one: replace(one, target={"go": "b", "set": "/master"}.get(one.kind, ""))),
    max_size=3 * CHECKPOINT_MESSAGES,
)


def folded(said: list[Message], frame_number: int) -> Control:
    return fold((one for one in said if one.frame <= frame_number), initial_control(SHOW))


@given(messages, st.randoms(use_true_random=False), st.integers(0, 320))
def test_late_messages_count_by_their_stamps(said: list[Message], shuffled: random.Random, frame_number: int) -> None:
    history = ControlHistory(SHOW, initial_control(SHOW))
    order = list(said)
    shuffled.shuffle(order)
    for one in order:
        history.add([one])
        history.control_at(one.frame)
    assert history.control_at(frame_number) == folded(said, frame_number)


@given(messages, st.integers(0, 300))
def test_what_is_forgotten_stays_in_the_state(said: list[Message], forgotten: int) -> None:
    history = ControlHistory(SHOW, initial_control(SHOW))
    history.add(said)
    history.advance(forgotten)
    assert all(one.frame >= forgotten for one in history.messages)
    assert history.control_at(320) == folded(said, 320)


@given(messages, st.integers(1, 300), st.randoms(use_true_random=False))
def test_a_late_message_is_folded_under_the_score_of_its_frame(
    said: list[Message], taken: int, shuffled: random.Random
) -> None:
    """However late the messages come, the edited score takes over where it did."""
    control = carry_over(folded(said, taken - 1), taken, SHOW, EDITED)
    assert control is not None
    expected = fold((one for one in said if one.frame >= taken), control)
    history = ControlHistory(SHOW, initial_control(SHOW))
    order = list(said)
    shuffled.shuffle(order)
    half = len(order) // 2
    history.add(order[:half])
    history.control_at(310)
    history.succeed(EDITED, taken)
    for one in order[half:]:
        history.add([one])
        history.control_at(taken)
    assert history.control_at(320) == expected


def test_a_message_that_comes_twice_counts_once() -> None:
    history = ControlHistory(SHOW, initial_control(SHOW))
    pause = Message(5, 0, "pause", machine="attic")
    assert history.add([pause, pause]) == 1
    assert history.add([pause]) == 0
    assert history.messages == (pause,)


def test_what_comes_after_its_time_was_forgotten_is_left_out() -> None:
    history = ControlHistory(SHOW, initial_control(SHOW))
    history.advance(100)
    assert history.add([Message(99, 0, "pause")]) == 0
    assert history.control_at(200) == initial_control(SHOW)


@pytest.mark.parametrize(("apart", "starts"), [(3, 1), (40, 2)])
def test_two_machines_that_hear_one_press_start_the_cue_once(apart: int, starts: int) -> None:
    history = ControlHistory(SHOW, initial_control(SHOW))
    history.add([Message(100, 0, "go", "b", machine="attic"), Message(100 + apart, 0, "go", "b", machine="cellar")])
    assert len(history.control_at(200).starts) == starts
