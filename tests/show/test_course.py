"""Branches, cues on call, transitions whose length a parameter says: settled when a cue is entered, and no later."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.errors import RefusedError
from installation.show.compiled_score import CompiledScore, compiled
from installation.show.control import Control, Message, MessageKind, fold, initial_control
from installation.show.evaluate import evaluate
from installation.show.expressions import Between, Number, Operation, ParameterRef
from installation.show.playing.succession import carry_over
from installation.show.playing.transport import position_at, resolve
from installation.show.score import (
    CUT,
    Branch,
    Cue,
    Keyframe,
    Layer,
    Parameter,
    Score,
    Track,
    Transition,
    Variant,
    ViewKeyframe,
)
from tests.show.deeds import DEEDS, LAST_FRAME, Deeds, assert_seek_play_and_restart_agree
from tests.show.scores import DISSOLVE, cue, ending, layer, score, showing, three_cues

NEAR = (Parameter("near", 0.0),)
IS_NEAR = Operation(">", (ParameterRef("near"), 0.5))


def played(score: Score, *messages: Message) -> Control:
    return fold(messages, initial_control(score), compiled(score).course.apply)


def cues_at(score: Score, seconds: float, *messages: Message) -> list[tuple[str, float]]:
    past = [one for one in messages if one.frame <= round(seconds * 10)]
    frame = evaluate(score, round(seconds * 10), played(score, *past))
    return [(one.cue, round(one.reveal.progress, 9)) for one in frame.outputs[0].cues]


def message(seconds: float, kind: MessageKind, target: str = "", value: float = 0.0) -> Message:
    return Message(round(seconds * 10), 0, kind, target, value)


def pressed(score: Score, seconds: float, kind: MessageKind, *before: Message, target: str = "") -> Message:
    """The message as the desk stamps it."""
    return resolve(score, played(score, *before), message(seconds, kind, target), double_go_seconds=0.0)


def branching(**branches: tuple[Branch, ...]) -> Score:
    show = three_cues()
    cues = tuple(replace(one, next=branches.get(one.id, ())) for one in show.cues)
    return replace(show, cues=cues, parameters=NEAR)


def with_interlude(returns: str = "resume", loop: bool = True, **changes: Any) -> Score:
    """a, b and c; beside them an interlude of five seconds, which dissolves in over two."""
    interlude = replace(cue("i", seconds=5.0, transition=DISSOLVE), on_call=True, returns=returns, **changes)
    show = three_cues(loop=loop)
    return replace(show, cues=(*show.cues, interlude))


# Cues on call


def test_a_cue_on_call_never_comes_by_itself() -> None:
    assert {one for at in range(100) for one, _ in cues_at(with_interlude(), at)} == {"a", "b", "c"}
    assert cues_at(with_interlude(loop=False), 1000) == [("c", 1.0)]
    assert cues_at(with_interlude(), 31) == cues_at(three_cues(), 31)


def test_after_a_cue_on_call_the_show_goes_on_where_it_was() -> None:
    show, go = with_interlude(), message(13, "go", "i")
    assert cues_at(show, 14, go) == [("b", 1.0), ("i", 0.5)]
    assert cues_at(show, 16, go) == [("i", 1.0)]
    assert cues_at(show, 19, go) == [("i", 1.0), ("b", 0.5)]
    assert cues_at(show, 24.9, go) == [("b", 1.0)]
    assert cues_at(show, 26, go) == [("b", 1.0), ("c", 0.5)]


def test_what_a_cue_on_call_came_in_over_stands_still_meanwhile() -> None:
    walk = Track((Keyframe(0.0, 0.0), Keyframe(10.0, 1.0)))
    fading = cue("a", replace(layer(showing("a")), opacity=walk))
    interlude = replace(cue("i", seconds=5.0), on_call=True)
    show = score(fading, interlude)
    control = played(show, message(4, "go", "i"))
    (a,) = evaluate(show, 110, control).outputs[0].cues
    assert a.cue == "a"
    assert a.layers[0].opacity == pytest.approx(0.6)


def test_a_cue_on_call_may_begin_what_it_came_in_over_anew() -> None:
    show, go = with_interlude("restart"), message(13, "go", "i")
    assert cues_at(show, 19, go) == [("i", 1.0), ("b", 0.5)]
    assert cues_at(show, 27.9, go) == [("b", 1.0)]
    assert cues_at(show, 29, go) == [("b", 1.0), ("c", 0.5)]


def test_a_cue_on_call_may_lead_to_a_cue() -> None:
    show, go = with_interlude("a"), message(13, "go", "i")
    assert cues_at(show, 19, go) == [("i", 1.0), ("a", 0.5)]
    assert cues_at(show, 29, go) == [("a", 1.0), ("b", 0.5)]


def test_one_that_holds_stays_until_go_which_takes_the_show_up_again() -> None:
    show, go = with_interlude(end="hold"), message(13, "go", "i")
    assert cues_at(show, 500, go) == [("i", 1.0)]
    assert position_at(show, 5000, played(show, go)).standby == "b"
    assert position_at(show, 5000, played(show, go)).remaining_seconds is None
    again = pressed(show, 500, "go", go)
    assert cues_at(show, 501, go, again) == [("i", 1.0), ("b", 0.5)]
    assert cues_at(show, 508, go, again) == [("b", 1.0), ("c", 0.5)]


def test_a_go_for_the_cue_itself_begins_it_anew() -> None:
    show, go = with_interlude(end="hold"), message(13, "go", "i")
    named = pressed(show, 500, "go", go, target="b")
    assert cues_at(show, 508, go, named) == [("b", 1.0)]
    assert cues_at(show, 511, go, named) == [("b", 1.0), ("c", 0.5)]


def test_one_cue_on_call_over_another_leaves_the_show_where_it_was() -> None:
    show = with_interlude()
    show = replace(show, cues=(*show.cues, replace(cue("j", seconds=5.0), on_call=True)))
    gos = (message(13, "go", "i"), message(15, "go", "j"))
    assert cues_at(show, 19.9, *gos) == [("j", 1.0)]
    assert cues_at(show, 20, *gos) == [("b", 1.0)]
    assert cues_at(show, 28, *gos) == [("b", 1.0), ("c", 0.5)]


def test_back_and_standby_stay_in_the_running_order() -> None:
    show = with_interlude(end="hold")
    go = message(13, "go", "i")
    assert pressed(show, 20, "back", go).target == "b"
    assert pressed(show, 20, "next", go).target == "c"
    assert pressed(show, 20, "previous", go).target == "a"
    assert pressed(show, 21, "next").target == "b"
    assert pressed(show, 5, "previous").target == "a"
    assert position_at(show, 290, played(show)).standby == "a"
    loaded = message(20, "load", "c")
    assert pressed(show, 21, "go", go, loaded).target == "c"
    with pytest.raises(RefusedError):
        pressed(with_interlude(loop=False), 25, "next", message(25, "load", "c"))


def test_a_cue_on_call_can_be_rehearsed_behind_the_others() -> None:
    show = with_interlude()
    assert compiled(show).timeline.starts == [0, 100, 200, 300]
    there = message(1, "locate", value=31.0)
    assert cues_at(show, 2, there)[-1] == ("i", 1.0)
    assert position_at(show, 20, played(show, there)).seconds == pytest.approx(32.0)


# Branches


def test_a_condition_decides_when_the_cue_is_entered() -> None:
    show = branching(a=(Branch("c", when=IS_NEAR),))
    near, far = message(5, "set", "/p/near", 1.0), message(15, "set", "/p/near", 0.0)
    assert cues_at(show, 12) == [("b", 1.0)]
    assert cues_at(show, 12, near) == [("b", 1.0)], "a was entered before"
    assert cues_at(show, 42, near) == [("c", 1.0)]
    assert cues_at(show, 42, near, far) == [("b", 1.0)]
    assert cues_at(show, 42, near, message(35, "set", "/p/near", 0.0)) == [("c", 1.0)], "a was entered near"


def test_a_branch_whose_condition_holds_goes_before_those_without() -> None:
    show = branching(b=(Branch("b"), Branch("a", when=IS_NEAR)))
    assert cues_at(show, 22) == [("b", 1.0)]
    assert cues_at(show, 22, message(1, "set", "/p/near", 1.0)) == [("a", 1.0)]


def test_a_branch_sets_what_stands_by_of_a_cue_that_holds() -> None:
    show = ending(branching(a=(Branch("c"),)), a="hold")
    assert position_at(show, 500, played(show)).standby == "c"
    assert cues_at(show, 53, pressed(show, 50, "go")) == [("c", 1.0)]


def test_branches_come_as_often_as_their_weights_say() -> None:
    show = branching(a=(Branch("b", 3.0), Branch("c", 1.0)), b=(Branch("a"),), c=(Branch("a"),))
    taken = [cues_at(show, 20 * lap + 15)[-1][0] for lap in range(400)]
    assert set(taken) == {"b", "c"}
    assert 0.68 < taken.count("b") / len(taken) < 0.82
    other = [cues_at(replace(show, seed=1), 20 * lap + 15)[-1][0] for lap in range(400)]
    assert other != taken


def test_shuffled_cues_come_each_once_before_any_comes_again() -> None:
    show = branching(a=(Branch("b"), Branch("c")), b=(Branch("a"),), c=(Branch("a"),))
    show = replace(show, cues=(replace(show.cues[0], shuffled=True), *show.cues[1:]))
    taken = [cues_at(show, 20 * lap + 15)[-1][0] for lap in range(40)]
    assert all({*pair} == {"b", "c"} for pair in zip(taken[::2], taken[1::2], strict=True))
    assert len(set(zip(taken[::2], taken[1::2], strict=True))) == 2


def test_a_cue_is_seen_as_long_as_what_follows_takes_to_come_in() -> None:
    def fading(seconds: float) -> Layer:
        return replace(layer(showing("a")), opacity=Track((Keyframe(0.0, 0.0), Keyframe(seconds, 1.0))))

    a = replace(
        cue("a", fading(12.0)), next=(Branch("b", when=IS_NEAR), Branch("c")), variants=(Variant(0.0, (fading(10.0),)),)
    )
    b, c = (replace(cue(one, transition=how), next=(Branch("a"),)) for one, how in (("b", CUT), ("c", DISSOLVE)))
    show = replace(score(a, b, c), parameters=NEAR)

    def opacity(*messages: Message) -> float:
        return evaluate(show, 250, played(show, *messages)).outputs[0].cues[0].layers[0].opacity

    assert opacity() == pytest.approx(5 / 12)
    assert opacity(message(15, "set", "/p/near", 1.0)) == pytest.approx(0.5)


def test_an_edit_elsewhere_changes_no_draw() -> None:
    show = branching(a=(Branch("b", 3.0), Branch("c", 1.0)), b=(Branch("a"),), c=(Branch("a"),))
    longer = replace(show, cues=(*show.cues, replace(cue("x"), on_call=True)), title="Edited")
    assert [cues_at(show, 20 * lap + 15) for lap in range(50)] == [cues_at(longer, 20 * lap + 15) for lap in range(50)]


# Transitions


def slowly(number: Number) -> Score:
    show = three_cues()
    slow = Transition("dissolve", 4.0, "linear", sampled=number)
    return replace(show, cues=tuple(replace(one, transition=slow) for one in show.cues), parameters=NEAR)


def test_a_parameter_says_how_long_a_transition_takes_when_it_begins() -> None:
    show = slowly(Operation("*", (ParameterRef("near"), 4.0)))
    half = message(5, "set", "/p/near", 0.5)
    assert cues_at(show, 10) == [("b", 1.0)]
    assert cues_at(show, 11, half) == [("a", 1.0), ("b", 0.5)]
    assert cues_at(show, 11, half, message(10.5, "set", "/p/near", 1.0)) == [("a", 1.0), ("b", 0.5)], "it is held"
    assert cues_at(show, 21, half, message(10.5, "set", "/p/near", 1.0)) == [("b", 1.0), ("c", 0.25)]


# Editions


def test_an_edited_score_takes_the_course_on() -> None:
    show = branching(a=(Branch("c", when=IS_NEAR),))
    control = played(show, message(1, "set", "/p/near", 1.0))
    edited = replace(show, title="Edited")
    after = carry_over(control, 350, show, edited)
    assert after is not None
    for frame in (350, 405, 430, 515):
        assert evaluate(edited, frame, after).outputs == evaluate(show, frame, control).outputs


def test_a_score_that_gets_its_first_cue_on_call_while_it_plays_goes_on() -> None:
    old, new = three_cues(), with_interlude()
    after = carry_over(initial_control(old), 115, old, new)
    assert after is not None
    for frame in (115, 119, 150, 205):
        assert evaluate(new, frame, after).outputs == evaluate(old, frame, initial_control(old)).outputs


def test_a_cue_that_an_edit_takes_away_is_not_returned_to() -> None:
    show = with_interlude(end="hold")
    control = played(show, message(13, "go", "i"))
    edited = replace(show, cues=tuple(one for one in show.cues if one.id != "b"))
    after = carry_over(control, 200, show, edited)
    assert after is not None
    assert position_at(edited, 201, after).standby == "a"


# Whatever is done


@st.composite
def open_scores(draw: st.DrawFn) -> Score:
    names = "abcd"[: draw(st.integers(2, 4))]
    calls = "ij"[: draw(st.integers(0, 2))]
    numbers: st.SearchStrategy[Number] = st.sampled_from(
        [ParameterRef("near"), Operation("*", (ParameterRef("near"), 3.0))]
    )
    whens = st.none() | st.just(IS_NEAR) | st.just(Operation("<", (ParameterRef("near"), 0.3)))
    branches = st.lists(st.builds(Branch, st.sampled_from(names), st.sampled_from([1.0, 2.0]), whens), max_size=3).map(
        tuple
    )

    def one(name: str, on_call: bool) -> Cue:
        sampled = draw(st.none() | numbers)
        transition = Transition("dissolve", 2.0 if sampled is None else 3.0, "linear", sampled=sampled)
        shown = showing(name, ViewKeyframe(0.0, x=Between(-1.0, 1.0, "x"), y=ParameterRef("near")))
        return replace(
            cue(name, layer(shown), seconds=draw(st.integers(3, 6)), transition=transition),
            has_chance=True,
            end=draw(st.sampled_from(["follow", "follow", "follow", "hold", "loop"])),
            next=() if on_call else draw(branches),
            on_call=on_call,
            returns=draw(st.sampled_from(["resume", "restart", names[0]])),
        )

    cues = [one(name, False) for name in names] + [one(name, True) for name in calls]
    smooth = draw(st.sampled_from([0.0, 1.0]))
    return replace(
        score(*cues, loop=draw(st.booleans())),
        parameters=(Parameter("near", 0.4, smooth=smooth),),
        seed=draw(st.integers(0, 3)),
    )


@given(open_scores(), DEEDS, st.randoms(use_true_random=False), st.data())
@settings(max_examples=40, deadline=None)
def test_seek_play_and_restart_agree(show: Score, deeds: Deeds, chance: random.Random, data: st.DataObject) -> None:
    frames = data.draw(st.lists(st.integers(0, LAST_FRAME), min_size=3, max_size=6))
    assert_seek_play_and_restart_agree(show, lambda: replace(show), deeds, frames, chance)


def test_weeks_without_a_message_are_worked_out_quickly_and_forgotten_again() -> None:
    show = branching(a=(Branch("b"), Branch("c")), b=(Branch("a"),), c=(Branch("a"),))
    control = initial_control(show)
    late = 30_000 * 100
    first = evaluate(show, 12_345, control)
    evaluate(show, late, control)
    assert evaluate(show, 12_345, control) == first
    assert evaluate(replace(show), late, control).outputs == evaluate(show, late, control).outputs


def test_a_closed_score_is_played_as_ever() -> None:
    assert CompiledScore(three_cues()).open_course is None


def test_a_show_that_is_sought_far_beyond_all_messages_is_entered_by_its_own_times() -> None:
    show = branching(a=(Branch("b"), Branch("c")), b=(Branch("a"),), c=(Branch("a"),))
    centuries = 10**12
    assert evaluate(show, centuries, initial_control(show)).outputs[0].cues[-1].cue in "abc"
