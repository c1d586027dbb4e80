"""What the desk does to the show: a fold over a set of messages."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.show.control import Control, Message, fold, initial_control
from installation.show.evaluate import evaluate
from installation.show.score import CUT, Parameter, Score, Transition
from tests.show.scores import (
    DISSOLVE,
    MORPH,
    after,
    cue,
    cues_at,
    ending,
    message,
    outputs_at,
    score,
    three_cues,
)

FADERS = ("/master", "/out/left/level", "/layer/sea/opacity", "/p/warmth", "/p/unknown")


def _tide() -> Score:
    """Every kind of end and transition, and a parameter."""
    cues = (
        cue("a", transition=DISSOLVE),
        cue("b", transition=Transition("wipe", 3.0)),
        cue("c", transition=MORPH),
        cue("d", transition=CUT),
        cue("e", transition=Transition("iris", 8.0)),
    )
    return replace(ending(score(*cues), b="hold", d="loop"), parameters=(Parameter("warmth", 0.5),))


TIDE = _tide()


def messages() -> st.SearchStrategy[Message]:
    frames, sequences = st.integers(0, 600), st.integers(0, 3)
    seconds = st.sampled_from((0.0, 0.1, 1.0, 2.5))
    sources = st.sampled_from(("osc:10.0.0.4", "sacn:1", "keyboard", "page"))
    target = {"go": st.sampled_from("abcdex"), "back": st.sampled_from("abcde"), "load": st.sampled_from("abcdex")}
    target |= {
        "audition": st.sampled_from("abcdex"),
        "set": st.sampled_from(FADERS),
        "release": st.sampled_from(("", *FADERS)),
    }
    value = {"rate": st.sampled_from((0.1, 0.5, 1.0, 1.3, 3.0)), "locate": st.floats(0.0, 200.0)}
    value |= {"engage": st.sampled_from((0.0, 1.0)), "lock": st.sampled_from((0.0, 1.0)), "set": st.floats(0.0, 1.0)}
    plain = ("pause", "resume", "stop", "panic", "blackout", "restore", "return")
    outputs = st.sampled_from(("left", "nowhere"))
    return st.one_of(
        *(
            st.builds(
                Message,
                frames,
                sequences,
                st.just(kind),
                target.get(kind, st.just("")),
                value.get(kind, st.just(0.0)),
                seconds,
                sources,
                st.none() | seconds if kind == "set" else st.none(),
                seconds,
                outputs if kind in ("audition", "return") else st.just(""),
            )
            for kind in (*target, *value, *plain)
        )
    )


SETS = st.lists(messages(), max_size=12)


@given(SETS, st.randoms(use_true_random=False), st.integers(0, 900))
@settings(max_examples=80, deadline=None)
def test_the_order_of_arrival_does_not_matter(sent: list[Message], chance: Random, frame: int) -> None:
    arrived = [*sent, *sent[:3]]
    chance.shuffle(arrived)
    one, other = after(TIDE, *sent), after(TIDE, *arrived)
    assert one == other
    assert evaluate(TIDE, frame, one) == evaluate(TIDE, frame, other)


@given(SETS, st.data())
@settings(max_examples=40, deadline=None)
def test_a_seek_shows_what_playing_up_to_there_would(sent: list[Message], data: st.DataObject) -> None:
    """Played with each message applied when it comes, or folded at once and asked for the last frame only."""
    last = data.draw(st.integers(0, 650))
    played = initial_control(TIDE)
    waiting = sorted(set(sent), key=lambda one: one.order)
    for frame in range(last % 5, last + 1, 5):
        while waiting and waiting[0].frame <= frame:
            played = played.apply(waiting.pop(0))
        shown = evaluate(TIDE, frame, played)
    sought = after(TIDE, *(one for one in sent if one.frame <= last))
    assert played == sought
    assert shown == evaluate(TIDE, last, sought)


def test_a_message_that_comes_too_late_to_be_applied_is_named() -> None:
    control = after(TIDE, message(2, "pause"))
    with pytest.raises(ValueError, match="fold the whole set"):
        control.apply(message(1, "resume"))
    assert control.apply(message(2, "pause")) is control


@given(st.lists(st.tuples(st.integers(1, 200), st.sampled_from("abce")), max_size=8, unique_by=lambda go: go[0]))
@settings(max_examples=80, deadline=None)
def test_a_go_in_the_middle_of_transitions_never_jumps(gos: list[tuple[int, str]]) -> None:
    """At its frame a GO changes nothing: the new cue lies over the same picture, not yet to be seen."""
    control = initial_control(TIDE)
    for frame, name in sorted(gos):
        before = evaluate(TIDE, frame, control)
        control = control.apply(Message(frame, 0, "go", name))
        now = evaluate(TIDE, frame, control)
        old, new = before.outputs[0].cues, now.outputs[0].cues
        if len(new) > len(old):
            assert new[-1].reveal.progress == 0.0
            assert new[:-1] == old
        else:  # a morph, which begins as what it comes from
            assert [one.layers for one in new] == [one.layers for one in old]


def test_as_many_cues_are_remembered_as_show() -> None:
    quick = [message(11 + index / 10, "go", "abc"[index % 3]) for index in range(15)]
    shown = cues_at(three_cues(), 12.5, *quick)
    assert len(shown) == 16  # b, which came in by itself, and fifteen GOs within its two seconds
    assert len(after(three_cues(), *quick, message(60, "go", "a")).starts) == 2


def test_a_pause_lets_the_picture_stand_and_resume_goes_on_from_there() -> None:
    stop, run = message(11, "pause"), message(100, "resume")
    assert outputs_at(three_cues(), 50, stop) == outputs_at(three_cues(), 11)
    assert outputs_at(three_cues(), 101, stop, run) == outputs_at(three_cues(), 12)


def test_go_resumes_a_paused_show() -> None:
    assert cues_at(three_cues(), 21, message(5, "pause"), message(20, "go", "c")) == [("a", 1.0), ("c", 0.5)]


def test_rate_makes_show_time_run_slower_and_faster() -> None:
    slow, fast = message(10, "rate", value=0.5), message(14, "rate", value=2.0)
    assert cues_at(three_cues(), 12, slow) == [("a", 1.0), ("b", 0.5)]
    assert outputs_at(three_cues(), 20, slow, fast) == outputs_at(three_cues(), 24)


def test_sixty_days_of_odd_rates_stay_exact_and_small() -> None:
    control = initial_control(three_cues())
    for hour in range(60 * 24):
        control = control.apply(Message(hour * 36000, 0, "rate", value=0.1 + 0.137 * (hour % 7)))
    position = control.playhead.at(60 * 24 * 36000 + 7)
    assert Fraction(position).denominator <= 1000


@pytest.mark.parametrize("seconds", [0.0, 9.9, 10.0, 11.3, 29.9, 30.5, 61.0, 3e6 + 11])
def test_locate_gives_the_state_that_playing_up_to_there_would_have_given(seconds: float) -> None:
    jump = message(0, "locate", value=seconds)
    assert outputs_at(three_cues(), 0, jump) == outputs_at(three_cues(), seconds)
    assert outputs_at(three_cues(), 1.7, jump) == outputs_at(three_cues(), seconds + 1.7)


@given(st.integers(0, 700), st.integers(0, 200))
@settings(max_examples=60, deadline=None)
def test_locate_behind_a_hold_is_as_if_go_was_pressed_when_its_time_was_over(frame: int, later: int) -> None:
    held = ending(three_cues(), a="hold", c="loop")
    ends = {lap * 300 + end: name for lap in range(4) for end, name in ((100, "b"), (300, "a"))}
    gos = [Message(end, 0, "go", name) for end, name in ends.items() if end <= frame]
    played = evaluate(held, frame, after(held, *gos))
    jump = after(held, Message(0, 0, "locate", value=frame / 10))
    assert evaluate(held, 0, jump).outputs == played.outputs
    # From there on it holds and loops as usual.
    assert evaluate(held, later, jump).outputs == evaluate(held, frame + later, after(held, *gos)).outputs


def test_locate_forgets_the_gos_before_it() -> None:
    sent = message(3, "go", "c"), message(4, "locate", value=5.0)
    assert outputs_at(three_cues(), 5, *sent) == outputs_at(three_cues(), 6)


def test_locate_behind_the_end_shows_the_end() -> None:
    assert cues_at(three_cues(loop=False), 0, message(0, "locate", value=1e6)) == [("c", 1.0)]


def level_at(seconds: float, *messages: Message) -> float:
    return outputs_at(TIDE, seconds, *messages)[0].level


def test_blackout_fades_over_two_seconds_and_restore_brings_the_light_back() -> None:
    out, back = message(1, "blackout", fade=2.0), message(10, "restore", fade=1.0)
    assert [level_at(at, out, back) for at in (1, 1.5, 2, 3, 9)] == [1.0, 0.75, 0.5, 0.0, 0.0]
    assert [level_at(at, out, back) for at in (10, 10.5, 11, 99)] == [0.0, 0.5, 1.0, 1.0]


def test_the_show_goes_on_in_a_blackout() -> None:
    cues = outputs_at(three_cues(), 11, message(5, "blackout"))[0].cues
    assert cues == outputs_at(three_cues(), 11)[0].cues


def test_a_second_panic_is_immediate() -> None:
    first, second = message(1, "panic", fade=3.0), message(2, "panic", fade=3.0)
    assert level_at(1.9, first, second) == pytest.approx(0.7)
    assert level_at(2, first, second) == 0.0
    assert level_at(4, first) == 0.0


def test_a_go_after_a_panic_comes_in_out_of_the_dark() -> None:
    sent = message(1, "panic", fade=1.0), message(5, "go", "b")
    assert level_at(5, *sent) == 1.0
    (only,) = outputs_at(three_cues(), 6, *sent)[0].cues
    assert (only.cue, only.reveal.progress) == ("b", 0.5)


def test_a_go_during_a_panic_brings_the_light_back_from_where_it_is() -> None:
    sent = message(1, "panic", fade=2.0), message(2, "go", "b")
    levels = [level_at(2 + step / 10, *sent) for step in range(6)]
    assert levels == sorted(levels)
    assert (levels[0], levels[5]) == (0.5, 1.0)


def test_a_stop_is_black_at_once_and_resume_goes_on() -> None:
    sent = message(3, "stop"), message(20, "resume")
    assert level_at(3, *sent) == 0.0
    assert outputs_at(TIDE, 30, *sent) == outputs_at(TIDE, 13)


def test_a_fader_travels_to_its_level_from_wherever_it_is() -> None:
    up, down = message(0, "set", "/master", 0.0), message(1, "set", "/master", 1.0, fade=4.0)
    back = message(3, "set", "/master", 0.0, fade=1.0)
    assert [level_at(at, up, down) for at in (0, 2, 3, 5, 6)] == [0.0, 0.25, 0.5, 1.0, 1.0]
    assert [level_at(at, up, down, back) for at in (3, 3.5, 4)] == [0.5, 0.25, 0.0]


def test_the_latest_takes_precedence() -> None:
    assert level_at(5, message(1, "set", "/master", 0.2), message(2, "set", "/master", 0.7)) == 0.7


def test_levels_multiply() -> None:
    sent = message(0, "set", "/master", 0.5), message(1, "set", "/out/left/level", 0.5)
    assert level_at(2, *sent) == 0.25


def test_an_override_goes_home_after_its_time() -> None:
    override = Message(10, 0, "set", "/p/warmth", 1.0, 1.0, hold_seconds=2.0, release_seconds=1.0)
    values = [after(TIDE, override).value_at("/p/warmth", frame) for frame in (10, 15, 20, 40, 45, 50, 10**9)]
    assert values == [0.5, 0.75, 1.0, 1.0, 0.75, 0.5, 0.5]


def test_release_lets_one_fader_or_all_go_home() -> None:
    sent = [message(0, "set", "/master", 0.0), message(1, "set", "/p/warmth", 1.0)]
    one = after(TIDE, *sent, message(2, "release", "/master", fade=2.0))
    assert (one.value_at("/master", 30), one.value_at("/p/warmth", 99)) == (0.5, 1.0)
    every = after(TIDE, *sent, message(2, "release"))
    assert (every.value_at("/master", 20), every.value_at("/p/warmth", 20)) == (1.0, 0.5)


def test_a_disengaged_desk_is_ignored_until_it_is_engaged() -> None:
    off, on = message(1, "engage", value=0.0), message(5, "engage", value=1.0)
    desk = replace(message(2, "set", "/master", 0.0), source="osc:10.0.0.4")
    hand = replace(message(3, "set", "/out/left/level", 0.5), source="keyboard")
    later = replace(message(6, "set", "/master", 0.2), source="sacn:1")
    control = after(TIDE, off, desk, hand)
    assert level_at(4, off, desk, hand) == 0.5
    assert (control.engaged, control.ignored) == (False, 1)
    assert level_at(7, off, desk, hand, on, later) == pytest.approx(0.1)


def test_a_panic_is_obeyed_from_a_desk_that_is_disengaged_and_only_that() -> None:
    off = message(1, "engage", value=0.0)
    panic, restore = (replace(one, source="osc:10.0.0.4") for one in (message(2, "panic"), message(3, "restore")))
    control = after(TIDE, off, panic, restore)
    assert (control.panic.target, control.ignored) == (0.0, 1)
    back = after(TIDE, off, panic, restore, replace(message(4, "restore"), source="page:10.0.0.5"))
    assert back.panic.target == 1.0


@pytest.mark.parametrize("kind", ["go", "load"])
def test_a_message_about_what_the_score_has_not_changes_nothing_and_is_counted(kind: str) -> None:
    control: Control = after(TIDE, Message(3, 0, kind, "no such cue"))  # type: ignore[arg-type]
    assert replace(control, ignored=0, latest=None) == initial_control(TIDE)
    assert control.ignored == 1


def test_folding_on_from_a_state_is_folding_all() -> None:
    sent = [message(1, "go", "b"), message(2, "pause"), message(3, "resume")]
    assert fold(sent[2:], fold(sent[:2], initial_control(TIDE))) == after(TIDE, *sent)
