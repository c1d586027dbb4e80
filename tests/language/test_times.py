from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.language.times import format_time, parse_time

PAL = Fraction(25)
NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("0s", 0),
        ("0.25s", 0.25),
        ("1:30", 90),
        ("1:30.5", 90.5),
        ("0:07", 7),
        ("75:00", 4500),
        ("1:02:03", 3723),
        ("1:02:03.25", 3723.25),
        ("45f", 1.8),
    ],
)
def test_a_time_is_read_as_seconds(text: str, seconds: float) -> None:
    assert parse_time(text, PAL).seconds(seen=0) == pytest.approx(seconds, abs=1e-12)


def test_frames_count_in_the_exact_rate_of_the_score() -> None:
    assert parse_time("30000f", NTSC).amount == 1001.0


def test_a_percentage_is_of_the_time_that_the_cue_is_seen() -> None:
    assert parse_time("25%", PAL, percent=True).seconds(seen=12) == 3


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("20", "did you mean 20s?"),
        ("20.5", "did you mean 20.5s?"),
        ("1,5s", "did you mean 1.5s?"),
        ("500ms", "did you mean 0.5s?"),
        ("3 s", "did you mean 3s?"),
        ("3min", "did you mean 3:00?"),
        ("2h", "did you mean 2:00:00?"),
        ("90 seconds", "did you mean 1:30?"),
        ("12 frames", "did you mean 12f?"),
        ("1:5", "did you mean 1:05?"),
        ("1:75", "seconds end at 59: did you mean 2:15?"),
        ("-3s", "none is negative"),
        ("50%", "a percentage is only for times inside a cue"),
        ("soon", "times are written such as 90s"),
        ("nan", "times are written such as 90s"),
        ("1.5f", "times are written such as 90s"),
        ("٣s", "times are written such as 90s"),
        ("9" * 5000 + "s", "times are written such as 90s"),
        ("25:00:00", "more than a day"),
    ],
)
def test_a_wrong_time_is_refused_with_the_nearest_right_one(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match=r"time|day") as caught:
        parse_time(text, PAL)
    assert hint in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_percentage_beyond_the_end_is_refused() -> None:
    with pytest.raises(ValueError, match="100% is its end"):
        parse_time("101%", PAL, percent=True)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 24 * 3600 * 1000))
def test_every_time_to_the_millisecond_reads_as_it_is_written(milliseconds: int) -> None:
    assert round(parse_time(format_time(milliseconds / 1000), PAL).amount * 1000) == milliseconds


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30), st.booleans())
def test_any_text_is_a_time_or_is_refused_with_a_sentence(text: str, percent: bool) -> None:
    try:
        found = parse_time(text, PAL, percent)
    except ValueError:
        return
    assert 0 <= found.seconds(seen=1.0) <= 24 * 3600
