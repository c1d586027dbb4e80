"""The mix is exact to the sample, wherever it begins, and nothing clicks."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.show.control import Control, Message, fold, initial_control
from installation.show.playing.sounding import sounds_at
from installation.show.score import Cue, Score, Transition
from installation.sound.mixing import first_sample, mixed
from installation.sound.sound_file import RATE, Samples
from tests.sound.tones import Files, heard, ramp, sound

RAMP = Files(ramp=ramp(4.0), stereo=ramp(4.0, 2), noise=ramp(1.0) * 0 + 0.5)


def play(score: Score, frames: range, control: Control | None = None, bus: str = "main") -> Samples:
    control = initial_control(score) if control is None else control
    blocks = []
    for number in frames:
        now, after = (sounds_at(score, one, control) for one in (number, number + 1))
        blocks.append(mixed(number, score.fps, now, after, score.buses, RAMP)[bus])
    return np.concatenate(blocks)


def said(score: Score, *messages: Message) -> Control:
    return fold(messages, initial_control(score))


@pytest.mark.parametrize("fps", [Fraction(24), Fraction(25), Fraction(30_000, 1001), Fraction(60)])
def test_a_second_of_frames_is_a_second_of_samples(fps: Fraction) -> None:
    score = heard(Cue("a", "a", 4.0, (), sounds=(sound(),)), fps=fps)
    frames = round(fps * 3)
    samples = play(score, range(frames))
    assert len(samples) == first_sample(frames, fps)
    expected = ramp(4.0)[: len(samples)]
    # a frame begins between two samples: the mix is never more than one of them off
    assert np.abs(samples[:, :1] - expected).max() <= 2 * 0.5 / (4 * RATE) + 1e-6


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 100), st.integers(1, 20))
def test_from_anywhere_it_sounds_as_from_the_start(begin: int, count: int) -> None:
    score = heard(
        Cue("a", "a", 2.0, (), sounds=(sound(loops=True),)),
        Cue("b", "b", 2.0, (), Transition("dissolve", 1.0), sounds=(sound("stereo", level=0.5),)),
    )
    whole = play(score, range(begin + count))
    part = play(score, range(begin, begin + count))
    assert np.array_equal(whole[first_sample(begin, score.fps) :], part)


def test_a_loop_goes_on_where_it_begins() -> None:
    score = heard(Cue("a", "a", 8.0, (), sounds=(sound(begin=3.0, seconds=1.0, loops=True),)))
    samples = play(score, range(60))[:, 0]
    assert samples[0] == pytest.approx(0.375, abs=1e-4)
    assert samples[RATE] == pytest.approx(samples[0], abs=1e-4)


def test_a_sound_that_is_over_is_silent() -> None:
    score = heard(Cue("a", "a", 9.0, (), sounds=(sound(),)))
    samples = play(score, range(240))
    assert samples[4 * RATE - 10].max() > 0.4
    assert not samples[4 * RATE + 1 :].any()


def test_a_dissolve_is_a_cross_fade() -> None:
    one = sound("noise", seconds=1.0, loops=True)
    score = heard(
        Cue("a", "a", 2.0, (), sounds=(one,)), Cue("b", "b", 2.0, (), Transition("dissolve", 1.0), sounds=(one,))
    )
    samples = play(score, range(60, 90))
    assert np.allclose(samples, 0.5, atol=1e-4), "both together are as loud as one"


@pytest.mark.parametrize("kind", ["pause", "stop", "blackout"])
def test_what_stops_or_darkens_the_show_silences_it_without_a_click(kind: str) -> None:
    score = heard(Cue("a", "a", 9.0, (), sounds=(sound("noise", loops=True),)))
    samples = play_said(score, range(60), Message(30, 0, kind))  # type: ignore[arg-type]  # a kind
    assert not samples[first_sample(31, score.fps) :].any()
    assert np.abs(np.diff(samples[:, 0])).max() < 0.01


def play_said(score: Score, frames: range, message: Message) -> Samples:
    """As a show does: each frame knows what was said up to it."""

    def control_at(number: int) -> Control:
        return said(score, message) if number >= message.frame else initial_control(score)

    blocks = []
    for number in frames:
        now, after = (sounds_at(score, one, control_at(one)) for one in (number, number + 1))
        blocks.append(mixed(number, score.fps, now, after, score.buses, RAMP)["main"])
    return np.concatenate(blocks)


def test_at_another_rate_nothing_is_heard() -> None:
    score = heard(Cue("a", "a", 9.0, (), sounds=(sound(),)))
    assert sounds_at(score, 40, said(score, Message(30, 0, "rate", value=2.0))) == ()


def test_a_jump_lands_in_the_middle_of_the_sound() -> None:
    score = heard(Cue("a", "a", 9.0, (), sounds=(sound(),)))
    (moment,) = sounds_at(score, 10, said(score, Message(10, 0, "locate", value=3.0)))
    assert moment.since == 3


def test_a_desk_moves_a_bus() -> None:
    score = heard(Cue("a", "a", 9.0, (), sounds=(sound(), sound(bus="ceiling"))))
    control = said(score, Message(0, 0, "set", "/sound/ceiling/level", 0.25))
    levels: Sequence[float] = [one.level for one in sounds_at(score, 10, control)]
    assert levels == [1.0, 0.25]
    assert score.buses == ("ceiling", "main")


def test_a_desk_moves_all_sounds_at_once() -> None:
    score = heard(Cue("a", "a", 9.0, (), sounds=(sound(), sound(bus="ceiling", level=0.5))))
    control = said(score, Message(0, 0, "set", "/sound/level", 0.5))
    assert [one.level for one in sounds_at(score, 10, control)] == [0.5, 0.25]
    assert sounds_at(score, 10, said(score, Message(0, 0, "set", "/sound/level", 0.0))) == ()


def test_a_silent_score_has_no_faders_of_sound() -> None:
    score = heard(Cue("a", "a", 9.0, ()))
    assert not any(address.startswith("/sound/") for address in initial_control(score).faders)
