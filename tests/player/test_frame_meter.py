"""What the console page says of every output at work: pictures per second, late and dropped ones, quality in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from installation.outputs.sink import OutputStatistics
from installation.picture.supply.supply import SupplyStatistics
from installation.player.console import COUNT_SECONDS, FrameMeter
from installation.player.report import Report


class Evening:
    """A show whose figures are set by hand, and a meter that looks at them by a clock of its own."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.outputs: Mapping[str, OutputStatistics] = {"left": OutputStatistics(0), "right": OutputStatistics(0)}
        self.supply = SupplyStatistics("numpy", 0, 0, 0, 0, {"left": 1.0}, 1)
        screens: Any = SimpleNamespace(statistics=lambda: self.outputs)
        report = Report(lambda: self.supply, lambda: 0.0, Fraction(30))
        self.meter = FrameMeter(screens, lambda: self.supply, report, now=lambda: self.seconds)

    def after(self, seconds: float, **shown: int) -> None:
        self.seconds += seconds
        self.outputs = {output: replace(one, shown=shown[output]) for output, one in self.outputs.items()}


def test_pictures_per_second_are_those_of_the_last_second_and_not_of_the_whole_evening() -> None:
    evening = Evening()
    evening.after(COUNT_SECONDS, left=30, right=30)
    assert [one.fps for one in evening.meter.states()] == [30.0, 30.0]
    evening.after(2.0, left=90, right=60)
    assert [one.fps for one in evening.meter.states()] == [30.0, 15.0]


def test_between_two_counts_the_page_is_told_the_figures_of_the_last_one() -> None:
    evening = Evening()
    evening.after(COUNT_SECONDS, left=30, right=30)
    before = evening.meter.states()
    evening.after(COUNT_SECONDS / 2, left=45, right=45)
    assert evening.meter.states() is before


@pytest.mark.parametrize(
    ("share", "step", "words"),
    [
        (3.0, 1, "native"),
        (1.0, 1, "native"),
        (0.5, 1, "50% size"),
        (0.25, 15, "25% size, key 15"),
        (0.0, 1, "no picture yet"),
    ],
)
def test_quality_is_told_in_words(share: float, step: int, words: str) -> None:
    evening = Evening()
    evening.supply = replace(evening.supply, quality={"left": share, "right": share}, key_step_frames=step)
    evening.after(COUNT_SECONDS, left=30, right=30)
    assert {one.quality for one in evening.meter.states()} == {words}


def test_an_output_that_measures_no_lateness_has_that_of_the_show() -> None:
    evening = Evening()
    evening.outputs = {"left": OutputStatistics(0, late=7, dropped=2), "right": OutputStatistics(0)}
    evening.after(COUNT_SECONDS, left=1, right=1)
    assert [(one.late, one.dropped) for one in evening.meter.states()] == [(7, 2), (0, 0)]
