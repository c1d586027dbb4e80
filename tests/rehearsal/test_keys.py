"""Keys and the timeline of a rehearsal."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.errors import RefusedError
from installation.rehearsal.key_messages import locate_message, messages_for
from installation.rehearsal.keys import HELP, KEYS, RATES, rate_after
from installation.rehearsal.layout import window_layout_of
from installation.show.control import Message, initial_control
from installation.show.playing.transport import position_at
from tests.rehearsal.conftest import cue, score

SHOW = score(cue("dawn", 4), cue("dusk", 6))


def asked(key: str, frame_number: int, *before: Message) -> list[tuple[str, float]]:
    control = initial_control(SHOW)
    for message in before:
        control = control.apply(message)
    position = position_at(SHOW, frame_number, control)
    return [(one.kind, one.value) for one in messages_for(KEYS[key][0], SHOW, control, position)]


PAUSED = Message(0, 0, "pause")
AT_FIVE = Message(0, 1, "locate", value=5.0)


def test_a_frame_step_pauses_and_goes_to_the_very_next_frame() -> None:
    assert [kind for kind, _ in asked("right", 60)] == ["pause", "locate"]
    assert asked("right", 60)[-1][1] == pytest.approx(61 / 30)
    assert asked("left", 60, PAUSED, AT_FIVE)[0][1] == pytest.approx(5 - 1 / 30)
    assert asked("shift+right", 60, PAUSED, AT_FIVE)[0][1] == pytest.approx(6.0)


def test_nobody_steps_out_of_the_score() -> None:
    assert asked("left", 0, PAUSED) == [("locate", 0.0)]
    assert locate_message(SHOW, 99.0).value == pytest.approx(10 - 1 / 30)


def test_start_of_the_score_and_of_the_cue() -> None:
    assert asked("home", 200) == [("locate", 0.0)]
    assert asked("enter", 200) == [("locate", 4.0)]


def test_the_next_cue_is_tried_out_on_the_output_alone_and_returned_by_the_same_key() -> None:
    position = position_at(SHOW, 5, initial_control(SHOW))
    [audition] = messages_for("audition", SHOW, initial_control(SHOW), position, solo="left")
    assert (audition.kind, audition.output, audition.target) == ("audition", "left", "")
    trying = initial_control(SHOW).apply(replace(audition, target="dusk"))
    [back] = messages_for("audition", SHOW, trying, position, solo="left")
    assert (back.kind, back.output) == ("return", "left")
    with pytest.raises(RefusedError, match="no output is chosen"):
        messages_for("audition", SHOW, initial_control(SHOW), position)


def test_one_key_pauses_and_plays_darkens_and_lights() -> None:
    assert asked("p", 5) == [("pause", 0.0)]
    assert asked("p", 5, PAUSED) == [("resume", 0.0)]
    assert asked("b", 5) == [("blackout", 0.0)]
    assert asked("b", 5, Message(0, 0, "blackout")) == [("restore", 0.0)]
    assert asked("e", 5) == [("engage", 0.0)]
    assert asked("shift+k", 5) == [("lock", 1.0)]
    assert asked("shift+k", 5, Message(0, 0, "lock", value=1.0)) == [("lock", 0.0)]


def test_rates_go_from_a_quarter_to_sixteen() -> None:
    rate = 0.25
    seen = [rate]
    while (faster := rate_after(rate, "faster")) != rate:
        seen.append(rate := faster)
    assert tuple(seen) == RATES
    assert rate_after(0.25, "slower") == 0.25
    assert rate_after(3.0, "slower") == 2.0


def test_every_action_has_one_line_of_help() -> None:
    actions = [action for action, _ in KEYS.values()]
    told = [action for action, meaning in KEYS.values() if meaning]
    assert sorted(set(actions)) == sorted(told)
    assert len(HELP) == len(told) + 1


SIZES = st.dictionaries(
    st.text("abc", min_size=1, max_size=3),
    st.tuples(st.integers(16, 8000), st.integers(16, 8000)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=100, deadline=None)
@given(SIZES, st.integers(700, 4000), st.integers(400, 3000))
def test_outputs_hang_in_their_order_side_by_side_and_keep_their_shapes(
    outputs: dict[str, tuple[int, int]], width: int, height: int
) -> None:
    layout = window_layout_of((width, height), outputs)
    assert list(layout.outputs) == list(outputs)
    places = [placement.place for placement in layout.outputs.values()]
    for left, right in pairwise(places):
        assert left.right < right.left
        assert left.height == right.height
    for output, place in zip(layout.outputs, places, strict=True):
        wide, high = outputs[output]
        assert place.bottom <= layout.timeline.top
        if min(place.width, place.height) > 16:
            assert place.width == pytest.approx(place.height * wide / high, abs=1.01)
        assert layout.output_at(place.left, place.top) == output
    alone = window_layout_of((width, height), outputs, solo=next(iter(outputs)))
    assert len(alone.outputs) == 1


def test_the_timeline_is_the_whole_score() -> None:
    layout = window_layout_of((800, 600), {"left": (160, 90)})
    assert layout.share_at(layout.timeline.left) == 0.0
    assert layout.share_at(layout.timeline.right) == 1.0
    assert layout.share_at(-50) == 0.0
    assert layout.on_timeline(400, layout.timeline.top)
