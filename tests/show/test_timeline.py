"""Cues follow each other, hold, loop, and come in over what was there before."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.show.control import initial_control
from installation.show.evaluate import evaluate
from installation.show.frame import CueFrame, Frame, LayerFrame, OutputFrame, Place, Reveal, View
from installation.show.score import CUT, Transition
from tests.show.scores import (
    DISSOLVE,
    FPS,
    cue,
    cues_at,
    ending,
    message,
    outputs_at,
    score,
    shot,
    three_cues,
)

LAP_SECONDS = 30
SIXTY_DAYS = 60 * 24 * 3600


def test_a_frame_says_everything() -> None:
    tide = score(cue("a"), cue("b", transition=Transition("wipe", 4.0, "linear", 90.0, 0.2)))
    old = LayerFrame("sea", shot("a"), Place(0.0, 0.0, 1.0, 1.0), 1.0, "normal")
    new = LayerFrame("sea", shot("b", View(0.0, 0.0, 1.0, 0.0, False)))
    assert evaluate(tide, 110, initial_control(tide)) == Frame(
        number=110,
        seconds=11.0,
        outputs=(
            OutputFrame(
                "left", (CueFrame("a", (old,)), CueFrame("b", (new,), Reveal("wipe", 0.25, 90.0, 0.2))), level=1.0
            ),
        ),
    )


def test_the_show_starts_with_its_first_cue_as_it_is() -> None:
    assert cues_at(three_cues(), 0) == [("a", 1.0)]


def test_a_cue_follows_and_comes_in_over_the_one_before() -> None:
    assert cues_at(three_cues(), 9.9) == [("a", 1.0)]
    assert cues_at(three_cues(), 10) == [("a", 1.0), ("b", 0.0)]
    assert cues_at(three_cues(), 11) == [("a", 1.0), ("b", 0.5)]
    assert cues_at(three_cues(), 11.9) == [("a", 1.0), ("b", 0.95)]
    assert cues_at(three_cues(), 12) == [("b", 1.0)]


def test_a_cut_takes_no_time() -> None:
    assert cues_at(three_cues(CUT), 10) == [("b", 1.0)]


def test_the_first_cue_comes_in_over_the_last_when_the_score_starts_anew() -> None:
    assert cues_at(three_cues(), 31) == [("c", 1.0), ("a", 0.5)]


def test_a_score_that_does_not_loop_ends_on_its_last_cue() -> None:
    assert cues_at(three_cues(loop=False), 1000) == [("c", 1.0)]


def test_a_cue_that_holds_stays_until_go() -> None:
    tide = ending(three_cues(), b="hold")
    assert cues_at(tide, 500) == [("b", 1.0)]
    go = message(500, "go", "c")
    assert cues_at(tide, 501, go) == [("b", 1.0), ("c", 0.5)]
    assert cues_at(tide, 511, go) == [("c", 1.0), ("a", 0.5)]


def test_a_cue_that_loops_starts_anew_without_its_transition() -> None:
    tide = ending(three_cues(), b="loop")
    assert cues_at(tide, 21) == [("b", 1.0)]
    assert cues_at(tide, 501, message(500, "go", "c")) == [("b", 1.0), ("c", 0.5)]


def test_a_transition_longer_than_its_cue_goes_on_beneath_the_next() -> None:
    slow = Transition("dissolve", 15.0, "linear")
    tide = score(cue("a"), cue("b", transition=slow), cue("c", transition=DISSOLVE), loop=False)
    assert cues_at(tide, 21) == [("a", 1.0), ("b", round(11 / 15, 9)), ("c", 0.5)]
    assert cues_at(tide, 22) == [("c", 1.0)]


@given(st.integers(0, LAP_SECONDS * 10 - 1))
@settings(max_examples=30, deadline=None)
def test_after_sixty_days_the_show_is_what_it_was_in_the_second_lap(frame: int) -> None:
    tide = three_cues()
    seconds = LAP_SECONDS + frame / 10
    laps = SIXTY_DAYS // LAP_SECONDS * LAP_SECONDS
    assert outputs_at(tide, laps + seconds) == outputs_at(tide, seconds)


@pytest.mark.parametrize("fps", [Fraction(30000, 1001), Fraction(24000, 1001), Fraction(60)])
def test_sixty_days_at_a_broken_rate_do_not_drift(fps: Fraction) -> None:
    tide = replace(three_cues(), fps=fps)
    lap = 3 * round(10 * fps)
    for frame in (0, 1, lap - 1):
        late = evaluate(tide, 100_000 * lap + lap + frame, initial_control(tide))
        assert late.outputs == evaluate(tide, lap + frame, initial_control(tide)).outputs
        assert late.seconds == float((100_001 * lap + frame) / fps)


def test_equal_arguments_give_equal_frames_that_can_be_hashed() -> None:
    first, second = (
        evaluate(three_cues(), 115, initial_control(three_cues())),
        evaluate(three_cues(), 115, initial_control(three_cues())),
    )
    assert first == second
    assert hash(first) == hash(second)


def test_what_does_not_move_is_equal_from_frame_to_frame() -> None:
    assert outputs_at(three_cues(), 5) == outputs_at(three_cues(), 5.1)


def test_times_are_whole_frames() -> None:
    tide = score(cue("a", seconds=1.04), cue("b", seconds=1.0), loop=False)
    assert FPS == 10
    assert cues_at(tide, 0.9) == [("a", 1.0)]
    assert cues_at(tide, 1.0) == [("b", 1.0)]
