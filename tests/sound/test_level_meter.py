"""A meter stands at the loudest sample of every bus and falls slowly."""

from __future__ import annotations

import numpy as np
import pytest

from installation.sound.level_meter import LevelMeter
from installation.sound.sound_file import RATE, Samples


def mix(**levels: float) -> dict[str, Samples]:
    """A tenth of a second in which each bus has one sample of its level, to the left or to the right of zero."""
    made = {bus: np.zeros((RATE // 10, 2), np.float32) for bus in levels}
    for bus, level in levels.items():
        made[bus][100, 1] = -level
    return made


def test_a_stroke_is_seen_at_once_and_falls_by_24_decibels_a_second() -> None:
    meter = LevelMeter()
    assert meter.peaks == {}
    meter.hear(mix(main=0.5, ceiling=0.0))
    assert meter.peaks == {"main": 0.5, "ceiling": 0.0}
    for _ in range(10):
        meter.hear(mix(main=0.0, ceiling=0.25))
    assert 20 * np.log10(meter.peaks["main"] / 0.5) == pytest.approx(-24.0, abs=0.1)
    assert meter.peaks["ceiling"] == 0.25


def test_what_nobody_hears_is_silence_and_what_clips_is_full() -> None:
    meter = LevelMeter()
    meter.hear(mix(main=1.8, ceiling=0.0005))
    assert meter.peaks == {"main": 1.0, "ceiling": 0.0}
    for _ in range(40):
        meter.hear(mix(main=0.0, ceiling=0.0))
    assert meter.peaks["main"] == 0.0
