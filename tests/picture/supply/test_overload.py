"""Skipped frames: quality goes down where that helps, stays where it does not, and comes back carefully."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.picture.supply.decode_queue import DecodeTime
from installation.picture.supply.governor import LADDER, Demand, Governor
from installation.picture.supply.overload import MAX_RECOVERY_SECONDS, TRIAL_RUNGS, Overload

FPS = 30


def played(overload: Overload, seconds: float, share_skipped: Callable[[int], float], begin: int = 0) -> Iterator[int]:
    """Plays on a machine that skips this share of the frames with so many rungs given up; gives the rungs by second."""
    owed, number = 0.0, begin
    while number < begin + seconds * FPS:
        owed += share_skipped(overload.rungs)
        skipped = int(owed)
        owed -= skipped
        number += skipped + 1
        overload.note(number, skipped)
        if number % FPS < skipped + 1:
            yield overload.rungs


def always(share: float) -> Callable[[int], float]:
    """So much is skipped whatever the number of rungs."""
    return lambda _: share


def test_where_less_decoding_helps_quality_goes_down_until_frames_are_in_time() -> None:
    overload = Overload(FPS)
    rungs = list(played(overload, 30, lambda rungs: max(0.2 - 0.05 * rungs, 0.0)))
    assert max(rungs) == 4
    assert rungs.index(4) <= 12


def test_where_nothing_helps_quality_comes_back_and_is_left_alone_for_a_minute() -> None:
    rungs = list(played(Overload(FPS), 60, lambda _: 0.2))
    assert max(rungs) == TRIAL_RUNGS
    assert rungs[15:] == [0] * len(rungs[15:])


def test_a_hiccup_changes_nothing() -> None:
    overload = Overload(FPS)
    overload.note(0, 0)
    for number in range(1, 600):
        overload.note(number, 1 if number % 100 == 0 else 0)
        assert overload.rungs == 0


def test_quality_comes_back_when_the_machine_has_time_again() -> None:
    overload = Overload(FPS)
    assert list(played(overload, 20, lambda rungs: 0.2 if rungs < 2 else 0.0))[-1] == 2
    assert list(played(overload, 60, lambda _: 0.0, begin=20 * FPS))[-1] == 0


def test_at_the_limit_quality_is_tried_again_less_and_less_often() -> None:
    rungs = list(played(Overload(FPS), 3600, lambda rungs: 0.2 if rungs < 2 else 0.0))
    lost = [second for second, count in enumerate(rungs) if count < 2]
    assert len(lost) / len(rungs) < 0.02
    assert max(later - earlier for earlier, later in pairwise(lost)) >= MAX_RECOVERY_SECONDS


@settings(max_examples=20, deadline=None)
@given(shares=st.lists(st.floats(0.0, 0.5), min_size=12, max_size=12))
def test_rungs_stay_on_the_ladder_whatever_the_machine_does(shares: list[float]) -> None:
    overload = Overload(FPS)
    for minute, share in enumerate(shares):
        assert all(count >= 0 for count in played(overload, 60, always(share), begin=minute * 60 * FPS))
    list(played(overload, 3600, lambda _: 0.0, begin=10**6))
    assert overload.rungs == 0


@pytest.mark.parametrize(("skipped", "lower"), [(0, 0), (2, TRIAL_RUNGS)], ids=["in time", "skipping"])
def test_the_governor_stays_below_what_the_load_allows_while_frames_are_skipped(skipped: int, lower: int) -> None:
    governor = Governor(float(FPS))

    def decide(number: int, skipped: int) -> int:
        governor.decide(number, {"wall": Demand(1, 640 * 360)}, [DecodeTime(100_000, 1e-4)] * 3, False, skipped)
        return LADDER.index(governor.rung)

    assert [decide(number, 0) for number in range(0, 1200, 10)][-1] == 0
    assert max(decide(number, skipped) for number in range(1200, 1200 + 12 * FPS, 10 + skipped)) == lower
