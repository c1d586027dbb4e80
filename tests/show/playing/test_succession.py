"""An edited score takes over while the show runs."""

from __future__ import annotations

import gc
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.show.control import Audition, Control, Message, MessageKind, fold, initial_control
from installation.show.evaluate import evaluate
from installation.show.playing.performance import Performance
from installation.show.playing.succession import carry_over, cross_faded, edit_notices
from installation.show.playing.transport import position_at
from installation.show.score import Cue, Layer, Leg, Output, Parameter, Score, Take, Transition, Walk

NEURONS = ("net/a/0", "net/a/1")


def layer(name: str, seconds: float = 10.0) -> Layer:
    return Layer(name, (Take(Walk((Leg(*NEURONS, 0.0, seconds),), seconds)),), ("left", "right"))


def score(*ids: str, dissolve: float = 2.0) -> Score:
    """Cues of ten seconds that dissolve into each other, at 10 fps."""
    cues = tuple(Cue(one, one, 10.0, (layer(f"sea-{one}"),), Transition("dissolve", dissolve)) for one in ids)
    outputs = (Output("left", 64, 36), Output("right", 64, 36))
    return Score("Small", Fraction(10), outputs, cues, (Parameter("warmth", 0.5),))


OLD = score("a", "b", "c")


def done(*messages: Message, played: Score = OLD) -> Control:
    return fold(messages, initial_control(played))


MESSAGES = st.lists(
    st.builds(
        Message,
        frame=st.integers(0, 400),
        sequence=st.integers(0, 3),
        kind=st.sampled_from(["go", "back", "pause", "resume", "locate", "rate", "panic", "blackout", "restore"]),
        target=st.sampled_from(["a", "b", "c"]),
        value=st.floats(0, 3, width=16),
    ),
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(MESSAGES, st.integers(400, 900))
def test_a_score_that_is_saved_unchanged_changes_nothing(messages: list[Message], frame_number: int) -> None:
    control = done(*messages)
    after = carry_over(control, frame_number, OLD, replace(OLD))
    assert after is not None
    for later in (0, 1, 15, 40, 120):
        assert evaluate(OLD, frame_number + later, after) == evaluate(OLD, frame_number + later, control)
    assert position_at(OLD, frame_number, after) == position_at(OLD, frame_number, control)


@settings(max_examples=100, deadline=None)
@given(MESSAGES, st.integers(400, 900), st.permutations(["a", "b", "c", "d"]))
def test_the_cue_that_plays_goes_on_where_it_is(messages: list[Message], frame_number: int, order: list[str]) -> None:
    control = done(*messages)
    before = position_at(OLD, frame_number, control)
    new = score(*order)
    after = carry_over(control, frame_number, OLD, new)
    assert after is not None
    now = position_at(new, frame_number, after)
    assert (now.cue, now.elapsed_seconds, now.paused, now.rate) == (
        before.cue,
        before.elapsed_seconds,
        before.paused,
        before.rate,
    )


def test_a_score_that_lost_the_cue_that_plays_has_to_wait() -> None:
    performance = Performance(OLD, ["left", "right"])
    assert not performance.succeed(score("b", "c"), 50, 1.0)
    assert performance.score is OLD
    performance.follow([Message(60, 0, "go", "b")], 60)
    assert performance.succeed(score("b", "c"), 61, 1.0)


def test_faders_stay_where_they_were_left_and_untouched_ones_follow_the_score() -> None:
    control = done(Message(5, 0, "set", "/p/warmth", 0.9), Message(6, 0, "set", "/layer/sea-a/opacity", 0.25))
    new = replace(OLD, parameters=(Parameter("warmth", 0.1, 0.0, 0.6), Parameter("drift", 0.3)))
    after = carry_over(control, 20, OLD, new)
    assert after is not None
    assert after.value_at("/p/warmth", 20) == 0.6
    assert after.faders["/p/warmth"].home == 0.1
    assert after.value_at("/p/drift", 20) == 0.3
    assert after.value_at("/layer/sea-a/opacity", 20) == 0.25
    untouched = carry_over(initial_control(OLD), 20, OLD, new)
    assert untouched is not None
    assert untouched.value_at("/p/warmth", 20) == 0.1


@pytest.mark.parametrize("kind", ["blackout", "panic", "pause", "engage"])
def test_what_the_operator_did_is_kept(kind: MessageKind) -> None:
    control = done(Message(5, 0, kind))
    after = carry_over(control, 20, OLD, score("a", "x"))
    assert after is not None
    assert (after.blackout, after.panic, after.playhead, after.engaged) == (
        control.blackout,
        control.panic,
        control.playhead,
        control.engaged,
    )


def test_an_audition_goes_on_as_long_as_the_score_has_its_cue_and_output() -> None:
    control = done(Message(5, 0, "audition", "a", output="left"), Message(6, 0, "audition", "b", output="right"))
    after = carry_over(control, 20, OLD, score("a", "x"))
    assert after is not None
    assert after.auditions == {"left": Audition("a", 5), "right": None}


def test_a_change_fades_in_and_ends_exactly_at_the_new_picture() -> None:
    new = replace(OLD, cues=(replace(OLD.cues[0], layers=(layer("sky"),)), *OLD.cues[1:]))
    performance = Performance(OLD, ["left", "right"])
    old_frame = performance.frame_at(50)
    assert performance.succeed(new, 50, 1.0)
    [below, above] = performance.frame_at(50).outputs[0].cues
    assert (below, above.reveal.progress) == (old_frame.outputs[0].cues[0], 0.0)
    assert performance.frame_at(55).outputs[0].cues[1].reveal.progress == 0.5
    assert performance.frame_at(60) == evaluate(new, 60, performance.control)


def test_outputs_that_an_edit_does_not_touch_are_not_faded() -> None:
    performance = Performance(OLD, ["left", "right"])
    assert performance.succeed(replace(OLD, title="Another"), 50, 1.0)
    assert performance.frame_at(55) == evaluate(OLD, 55, performance.control)


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1))
def test_in_the_middle_of_a_dissolve_the_light_adds_up(share: float, progress: float) -> None:
    """Each picture's part of the whole is what it would be if old and new were finished pictures."""
    new = evaluate(OLD, 100 + round(20 * progress), initial_control(OLD))
    old = evaluate(score("z"), 50, initial_control(score("z")))
    cues = cross_faded(old, new, share).outputs[0].cues
    if len(new.outputs[0].cues) < 2:
        return
    top, middle = cues[-1].reveal.progress, cues[-2].reveal.progress
    wanted = new.outputs[0].cues[-1].reveal.progress
    assert top == pytest.approx(share * wanted)
    assert (1 - top) * middle == pytest.approx(share * (1 - wanted), abs=1e-9)


def test_an_output_that_the_score_lost_is_dark_and_told_of() -> None:
    new = replace(
        OLD,
        outputs=(OLD.outputs[0], Output("ceiling", 64, 36)),
        cues=tuple(
            replace(cue, layers=tuple(replace(one, outputs=("left",)) for one in cue.layers)) for cue in OLD.cues
        ),
    )
    performance = Performance(OLD, ["left", "right"])
    assert performance.succeed(new, 50, 0.0)
    left, right = performance.frame_at(60).outputs
    assert (left.output, right.output, right.level, right.cues) == ("left", "right", 0.0, ())
    assert edit_notices(OLD, new, performance.control, ["left"]) == (
        "output 'right' is no longer in the score: it stays black",
        "output 'ceiling' is new: it appears after the next start",
    )


def test_another_frame_rate_needs_a_new_start() -> None:
    with pytest.raises(ValueError, match="25 frames per second cannot take over from one at 10"):
        carry_over(initial_control(OLD), 20, OLD, replace(OLD, fps=Fraction(25)))


def test_a_thousand_edits_leave_nothing_behind() -> None:
    performance = Performance(OLD, ["left", "right"])
    for number in range(1000):
        assert performance.succeed(replace(OLD, title=f"Edit {number}"), number, 0.1)
        performance.frame_at(number)
    gc.collect()
    edits = [one for one in gc.get_objects() if type(one) is Score and one.title.startswith("Edit ")]
    assert len(edits) <= 8  # the present one, the one before, and the stages kept ready
