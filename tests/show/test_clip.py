"""Which frame of a film is seen: by show time alone, so that seek, still and export have the same one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.show.clip import TimedClip, frame_at
from installation.show.frame import ClipMoment
from installation.show.score import Clip, Repeat

TEN = Clip("film.mp4", "digest", Fraction(25), 10, 19)


@pytest.mark.parametrize(
    ("repeat", "frames"),
    [
        ("once", [10, 11, 18, 19, 19, 19, 19]),
        ("loop", [10, 11, 18, 19, 10, 11, 10]),
        ("ping-pong", [10, 11, 18, 19, 18, 17, 12]),
    ],
)
def test_when_it_is_over_it_stands_loops_or_comes_back(repeat: Repeat, frames: list[int]) -> None:
    clip = replace(TEN, repeat=repeat)
    assert [frame_at(clip, number / 25) for number in (0, 1, 8, 9, 10, 11, 20)][: len(frames)] == frames


def test_rate_lets_it_go_faster_and_slower() -> None:
    assert frame_at(replace(TEN, rate=2.0), 0.16) == 18
    assert frame_at(replace(TEN, rate=0.5), 0.16) == 12


@given(st.integers(0, 10_000), st.sampled_from([Fraction(25), Fraction(30), Fraction(30000, 1001), Fraction(24)]))
def test_at_its_own_rate_every_frame_is_seen_once(number: int, fps: Fraction) -> None:
    """Times are rounded to floats on their way; a frame never falls back on the one before."""
    clip = replace(TEN, fps=fps, first=0, last=20_000)
    assert frame_at(clip, float(number / fps)) == number


def test_a_moment_is_plain_data() -> None:
    moment = TimedClip(replace(TEN, fit="cover"), 1.5).at(0.04, {})
    assert moment == ClipMoment("film.mp4", "digest", 11, Fraction(25), "cover", 1.5)
