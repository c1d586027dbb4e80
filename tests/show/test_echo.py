"""An echo shows a layer as it was: evaluated again, with what the desk said then, whatever was asked before."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.desk.journal.journal_lines import Succession, read_line, succession_line
from installation.show.control import Message, fold, initial_control
from installation.show.evaluate import evaluate
from installation.show.expressions import ParameterRef
from installation.show.frame import LayerFrame
from installation.show.playing.succession import carry_over
from installation.show.score import Echo, Keyframe, Parameter, Score, Track, ViewKeyframe
from tests.show.scores import after, cue, layer, outputs_at, score, showing, walking

FPS = 10
"""Of the scores here."""

VIEW = ViewKeyframe(0.0, x=ParameterRef("near"))


def echoing(*ages: float, fade: float = 0.5, **changes: object) -> Score:
    one = replace(layer(showing(walking("a", "b"), VIEW)), echo=Echo(ages, fade), **changes)  # type: ignore[arg-type]  # whatever a layer has
    return replace(score(cue("a", one), cue("b", one)), parameters=(Parameter("near", 0.0),))


def layers_at(one: Score, seconds: float, *messages: Message) -> tuple[LayerFrame, ...]:
    return outputs_at(one, seconds, *messages)[0].cues[0].layers


def moved(seconds: float, value: float, fade: float = 0.0) -> Message:
    return Message(round(seconds * FPS), 0, "set", "/p/near", value, fade)


def light_of(layers: tuple[LayerFrame, ...]) -> list[float]:
    """How much of each is seen, laid over one another."""
    left, found = 1.0, []
    for one in reversed(layers):
        found.append(left * one.opacity)
        left *= 1 - one.opacity
    return found


def test_an_echo_is_what_the_layer_showed_then() -> None:
    oldest, older, now = layers_at(echoing(0.5, 2.0), 4.0)
    plain = echoing(0.5)
    assert now.shot == layers_at(plain, 4.0)[-1].shot
    assert older.shot == layers_at(plain, 3.5)[-1].shot
    assert oldest.shot == layers_at(plain, 2.0)[-1].shot
    assert [one.name for one in (oldest, older, now)] == ["sea echo 2", "sea echo 1", "sea"]


@pytest.mark.parametrize("opacity", [1.0, 0.6])
def test_each_age_is_seen_as_much_as_the_fade_says(opacity: float) -> None:
    faint = echoing(0.5, 1.0, 1.5, fade=0.5, opacity=Track((Keyframe(0.0, opacity),)))
    shares = [opacity * one for one in (8 / 15, 4 / 15, 2 / 15, 1 / 15)]
    assert light_of(layers_at(faint, 4.0)) == pytest.approx(shares)


def test_in_a_blend_that_adds_each_age_adds_its_share() -> None:
    added = layers_at(echoing(0.5, 1.0, fade=1.0, blend="add"), 4.0)
    assert [one.opacity for one in added] == pytest.approx([1 / 3] * 3)


def test_before_the_cue_began_nothing_was_and_its_first_picture_stands() -> None:
    oldest, *_ = layers_at(echoing(2.0), 0.5)
    assert oldest.shot == layers_at(echoing(2.0), 0.0)[-1].shot


def test_what_the_desk_said_then_counts_then() -> None:
    one = echoing(1.0, 3.0)
    messages = moved(1.5, 1.0), moved(3.5, 0.25)
    assert [each.shot.view.x for each in layers_at(one, 5.0, *messages)] == [1.0, 0.25, 0.25]
    assert [each.shot.view.x for each in layers_at(one, 4.0, *messages)] == [0.0, 1.0, 0.25]


def test_control_remembers_as_long_as_the_oldest_echo_and_no_longer() -> None:
    one = echoing(1.0)
    many = [moved(number / FPS, number / 1000) for number in range(500)]
    control = fold(many, initial_control(one))
    assert len(control.earlier) <= FPS + 1
    plain = replace(one, cues=(cue("a", layer(showing("a"))),))
    assert fold(many, initial_control(plain)).earlier == ()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 120), st.floats(0, 1), st.sampled_from([0.0, 0.7])),
        max_size=6,
        unique_by=lambda one: one[0],
    ),
    st.integers(0, 150),
)
def test_an_echo_at_any_frame_is_the_present_of_that_frame(moves: list[tuple[int, float, float]], number: int) -> None:
    one = echoing(0.3, 1.1)
    messages = [Message(at, 0, "set", "/p/near", value, fade) for at, value, fade in moves]
    told = [message for message in messages if message.frame <= number]
    layers = evaluate(one, number, fold(told, initial_control(one))).outputs[0].cues[-1].layers
    for age, ghost in ((11, layers[-3]), (3, layers[-2])):
        then = number - age
        if then % 100 + age < 100 and then >= 0:  # within one lap of a cue
            known = fold([message for message in messages if message.frame <= then], initial_control(one))
            assert ghost.shot == evaluate(one, then, known).outputs[0].cues[-1].layers[-1].shot


def test_an_edit_and_a_journal_keep_what_control_remembers() -> None:
    one = echoing(1.0, 3.0)
    control = after(one, moved(1.5, 1.0), moved(3.5, 0.25))
    taken = carry_over(control, 40, one, replace(one, title="anew"))
    assert taken is not None
    assert evaluate(one, 40, taken).outputs == evaluate(one, 40, control).outputs
    line = read_line(succession_line(Succession(40, "0" * 64, "anew", control)).encode())
    assert isinstance(line, Succession)
    assert line.control == control
