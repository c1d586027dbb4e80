"""The operator's view: standby, GO, back, and where the show stands."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from installation.errors import RefusedError
from installation.show.control import Message, MessageKind
from installation.show.playing.transport import Position, position_at, resolve
from installation.show.score import Score
from tests.show.scores import after, cues_at, ending, message, outputs_at, three_cues

ONCE = three_cues(loop=False)


def resolved(score: Score, seconds: float, kind: MessageKind, *before: Message, target: str = "") -> Message:
    return resolve(score, after(score, *before), message(seconds, kind, target))


def standing(score: Score, seconds: float, *before: Message) -> Position:
    return position_at(score, round(seconds * 10), after(score, *before))


def test_go_means_the_next_cue() -> None:
    assert resolved(ONCE, 3, "go") == message(3, "go", "b")
    assert resolved(ONCE, 13, "go") == message(13, "go", "c")


def test_go_means_the_cue_on_standby() -> None:
    assert resolved(ONCE, 3, "go", message(1, "load", "c")).target == "c"


def test_the_cue_on_standby_waits_while_others_follow() -> None:
    assert standing(three_cues(), 25, message(1, "load", "b")).standby == "b"


def test_after_a_go_the_next_cue_is_on_standby_again() -> None:
    sent = message(1, "load", "c"), message(2, "go", "c")
    assert standing(three_cues(), 3, *sent).standby == "a"


def test_go_on_the_last_cue_of_a_score_with_an_end_is_refused() -> None:
    with pytest.raises(RefusedError, match="the score ends") as refused:
        resolved(ONCE, 25, "go")
    assert refused.value.reason == "no such cue"
    assert resolved(three_cues(), 25, "go").target == "a"


def test_go_twice_in_half_a_second_fires_once() -> None:
    first = message(3, "go", "b")
    with pytest.raises(RefusedError, match=r"0\.40 s after the last GO") as refused:
        resolved(ONCE, 3.4, "go", first)
    assert refused.value.reason == "double GO"
    assert resolved(ONCE, 3.5, "go", first).target == "c"


def test_a_cue_started_by_name_is_guarded_too() -> None:
    with pytest.raises(RefusedError, match="after the last GO"):
        resolved(ONCE, 3.1, "go", message(3, "go", "b"), target="c")


def test_back_means_the_cue_before_and_is_never_guarded() -> None:
    assert resolved(ONCE, 3.1, "back", message(3, "go", "c")).target == "b"
    assert resolved(ONCE, 3.6, "go", message(3, "go", "c"), message(3.1, "back", "b")).target == "c"
    assert cues_at(ONCE, 4, message(1, "go", "c"), message(3, "back", "b")) == [("c", 1.0), ("b", 0.5)]


def test_there_is_nothing_before_the_first_cue_of_a_score_with_an_end() -> None:
    with pytest.raises(RefusedError):
        resolved(ONCE, 3, "back")
    assert resolved(three_cues(), 3, "back").target == "c"


def test_standby_moves_through_the_cues() -> None:
    assert resolved(ONCE, 3, "next") == message(3, "load", "c")
    assert resolved(ONCE, 3, "previous") == message(3, "load", "a")
    assert resolved(ONCE, 3, "next", message(1, "load", "a")).target == "b"
    assert resolved(ONCE, 25, "previous").target == "c"


@pytest.mark.parametrize("kind", ["go", "back", "load", "locate"])
def test_a_cue_that_does_not_exist_is_refused_with_those_that_do(kind: MessageKind) -> None:
    with pytest.raises(RefusedError, match="no cue 'z'; there are a, b, c"):
        resolved(ONCE, 3, kind, target="z")


def test_a_fader_that_does_not_exist_is_refused() -> None:
    with pytest.raises(RefusedError, match="no such fader"):
        resolved(ONCE, 3, "set", target="/p/warmth")


def test_locate_to_a_cue_is_as_if_the_score_had_played_up_to_it() -> None:
    jump = resolved(three_cues(), 0, "locate", target="c")
    assert jump == message(0, "locate", value=20.0)
    assert outputs_at(three_cues(), 1.3, jump) == outputs_at(three_cues(), 21.3)


@pytest.mark.parametrize("fps", [Fraction(30000, 1001), Fraction(24), Fraction(60)])
def test_locate_to_a_cue_is_exact_at_any_rate(fps: Fraction) -> None:
    tide = replace(three_cues(), fps=fps)
    jump = resolved(tide, 0, "locate", target="c")
    assert after(tide, jump).origin == 2 * round(10 * fps)


def test_what_means_no_cue_stays_as_it_is() -> None:
    assert resolved(ONCE, 3, "pause") == message(3, "pause")
    assert resolved(ONCE, 3, "locate") == message(3, "locate")


def test_where_a_cue_that_follows_stands() -> None:
    assert standing(three_cues(), 41) == Position(
        cue="b",
        name="B",
        index=1,
        seconds=11.0,
        elapsed_seconds=1.0,
        remaining_seconds=9.0,
        progress=0.1,
        transition=0.5,
        laps=0,
        standby="c",
        paused=False,
        rate=1.0,
    )


def test_a_cue_that_holds_has_no_time_left_and_goes_on() -> None:
    held = standing(ending(three_cues(), b="hold"), 100)
    assert (held.cue, held.elapsed_seconds, held.remaining_seconds, held.progress) == ("b", 90.0, None, 1.0)
    assert held.seconds == 19.9


def test_a_cue_that_loops_counts_its_laps() -> None:
    looping = standing(ending(three_cues(), b="loop"), 10 + 34)
    assert (looping.cue, looping.laps, looping.elapsed_seconds) == ("b", 3, 4.0)


def test_pause_and_rate_are_told() -> None:
    paused = standing(three_cues(), 9, message(1, "rate", value=0.5), message(3, "pause"))
    assert (paused.paused, paused.rate, paused.seconds) == (True, 0.5, 2.0)


def test_locating_to_where_the_show_stands_changes_nothing() -> None:
    jump = message(50, "locate", value=standing(three_cues(), 42).seconds)
    assert outputs_at(three_cues(), 50, jump) == outputs_at(three_cues(), 42)
