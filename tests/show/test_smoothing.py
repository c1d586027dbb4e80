"""A parameter that follows its fader smoothly: in closed form, whatever is asked for and however it was reached."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.desk.journal.journal_lines import Succession, read_line, succession_line
from installation.show.control import Control, Message, fold, initial_control
from installation.show.evaluate import evaluate
from installation.show.expressions import ParameterRef
from installation.show.playing.succession import carry_over
from installation.show.ramp import Ramp, resting
from installation.show.score import Keyframe, Parameter, Score, Track, ViewKeyframe, Walk
from tests.show.scores import cue, layer, mixture, neuron, score, showing, subject_at, view_at, walking


def with_parameter(one: Parameter, walk: Walk | None = None) -> Score:
    take = showing(walk or "a", ViewKeyframe(0.0, x=ParameterRef(one.name)))
    return replace(score(cue("a", layer(take))), parameters=(one,))


def moved(seconds: float, value: float, fade: float = 0.0) -> Message:
    return Message(round(seconds * 10), 0, "set", "/p/near", value, fade)


def test_a_jump_is_followed_softly_and_without_overshoot() -> None:
    smooth = with_parameter(Parameter("near", 0.0, smooth=2.0))
    way = [view_at(smooth, at / 10, moved(1.0, 1.0)).x for at in range(100)]
    assert way[10] == 0.0
    assert way == sorted(way)
    assert way[30] == pytest.approx(0.95, abs=1e-6)
    assert way[11] - way[10] < 0.1 < max(after - before for before, after in pairwise(way)) * 2
    assert way[99] == 1.0


def test_without_smoothing_it_follows_at_once() -> None:
    assert view_at(with_parameter(Parameter("near", 0.0)), 1.0, moved(1.0, 1.0)).x == 1.0


def test_a_curve_says_what_a_fader_is_worth() -> None:
    curved = with_parameter(Parameter("near", 0.0, curve=((0.0, 1.0), (0.5, 2.0), (1.0, 10.0))))
    for fader, worth in ((0.0, 1.0), (0.25, 1.5), (0.5, 2.0), (0.75, 6.0), (1.0, 10.0)):
        assert view_at(curved, 2.0, moved(1.0, fader)).x == worth


def test_a_fader_travels_a_walk() -> None:
    walk = replace(walking("a", "b", "c", seconds=5.0), position=Track((Keyframe(0.0, ParameterRef("near")),)))
    played = with_parameter(Parameter("near", 0.0), walk)
    assert subject_at(played, 7.0) == neuron("a")
    assert subject_at(played, 7.0, moved(1.0, 0.75)) == mixture(b=0.5, c=0.5)
    assert subject_at(played, 7.0, moved(1.0, 1.0)) == neuron("c")


def stepped(ramp: Ramp, until: int, steps_of_a_frame: int = 200) -> float:
    """The follower by small steps, as a machine without a closed form would go."""
    rate, value, speed = 4.743864518 / ramp.lag_frames, ramp.start_value, 0.0
    for step in range(until * steps_of_a_frame):
        at = step / steps_of_a_frame
        whole, part = divmod(at, 1.0)
        goal = ramp.at(int(whole)) * (1 - part) + ramp.at(int(whole) + 1) * part
        speed += (rate * rate * (goal - value) - 2 * rate * speed) / steps_of_a_frame
        value += speed / steps_of_a_frame
    return value


@pytest.mark.parametrize("until", [3, 10, 17, 25, 40])
def test_the_closed_form_is_where_small_steps_lead(until: int) -> None:
    ramp = replace(resting(0.2, 12.0).toward(1.0, 0, 8), hold_frames=6, release_frames=9)
    assert ramp.followed_at(until) == pytest.approx(stepped(ramp, until), abs=3e-3)


MOVES = st.lists(
    st.tuples(st.integers(1, 200), st.floats(0, 1), st.floats(0, 3), st.none() | st.floats(0, 2), st.floats(0, 2)),
    max_size=8,
    unique_by=lambda one: one[0],
)


@given(MOVES, st.randoms(), st.integers(0, 260))
@settings(deadline=None)
def test_it_is_the_same_however_messages_came_and_wherever_a_journal_began_anew(
    moves: list[tuple[int, float, float, float | None, float]], chance: object, at: int
) -> None:
    smooth = with_parameter(Parameter("near", 0.3, smooth=1.5))
    messages = [
        Message(frame, 0, "set", "/p/near", value, fade, hold_seconds=hold, release_seconds=release)
        for frame, value, fade, hold, release in moves
    ]
    past = sorted((one for one in messages if one.frame <= at), key=lambda one: one.frame)
    whole = fold(past, initial_control(smooth))
    late = list(past)
    chance.shuffle(late)  # type: ignore[attr-defined]  # hypothesis' own random.Random
    assert fold(late, initial_control(smooth)) == whole
    half = fold(past[: len(past) // 2], initial_control(smooth))
    again = _through_a_journal(half)
    assert evaluate(smooth, at, fold(past[len(past) // 2 :], again)) == evaluate(smooth, at, whole)
    ends = smooth.parameters[0]
    (shown,) = evaluate(smooth, at, whole).outputs[0].cues
    assert ends.low <= shown.layers[0].shot.view.x <= ends.high


def _through_a_journal(control: Control) -> Control:
    read = read_line(succession_line(Succession(0, "", "", control)).encode())
    assert isinstance(read, Succession)
    return read.control


def test_an_edit_of_the_score_leaves_a_follower_where_it_is() -> None:
    smooth = with_parameter(Parameter("near", 0.0, smooth=2.0))
    control = fold([moved(1.0, 1.0)], initial_control(smooth))
    edited = replace(smooth, title="Edited")
    after = carry_over(control, 20, smooth, edited)
    assert after is not None
    assert evaluate(edited, 20, after).outputs == evaluate(smooth, 20, control).outputs
