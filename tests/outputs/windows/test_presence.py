"""How outputs appear, in figures: skew, lateness, drops."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from installation.outputs.duration_histogram import DurationHistogram
from installation.outputs.output_timing import OutputTiming


@given(st.lists(st.floats(0, 999), min_size=1, max_size=300))
@settings(max_examples=30, deadline=None)
def test_ninety_nine_of_a_hundred_are_no_longer_than_said(milliseconds: list[float]) -> None:
    spread = DurationHistogram()
    for one in milliseconds:
        spread.add(one)
    assert spread.p99_ms is not None
    within = sum(one <= spread.p99_ms + 0.0005 + 1e-9 for one in milliseconds)
    assert 100 * within >= 99 * len(milliseconds)
    assert spread.p50_ms is not None
    assert spread.p50_ms <= 1.021 * sorted(milliseconds)[(len(milliseconds) - 1) // 2] + 0.001
    assert spread.worst_ms == max(milliseconds)
    assert spread.last_ms == milliseconds[-1]


def test_a_spread_of_nothing_says_nothing_and_of_hours_says_its_worst() -> None:
    spread = DurationHistogram()
    assert (spread.p99_ms, spread.worst_ms) == (None, None)
    spread.add(5_000_000.0)
    assert spread.worst_ms == 5_000_000.0


def test_an_output_is_late_when_the_next_frame_is_due_before_it_is_seen() -> None:
    presence = OutputTiming()
    for frame_number, after_seconds in enumerate((0.005, 0.039, 0.041)):
        due_at = 100 + frame_number / 25
        presence.shown_at(due_at + after_seconds, due_at + 0.005, due_at, 1 / 25)
    presence.dropped += 2
    statistics = presence.statistics(60.0, connected=True)
    assert (statistics.shown, statistics.late, statistics.dropped, statistics.refresh) == (3, 1, 2, 60.0)
    assert statistics.skew_ms is not None
    assert statistics.present_worst_ms is not None
    assert round(statistics.skew_ms, 3) == 36.0
    assert round(statistics.present_worst_ms, 3) == 41.0


def test_without_a_clock_nothing_is_said_of_lateness() -> None:
    presence = OutputTiming()
    presence.shown_at(7.0, 7.0, None, 1 / 25)
    assert presence.statistics(None).late is None
    assert presence.statistics(None).present_p99_ms is None
