"""Peak levels of every bus for meters: the loudest sample, which falls slowly."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from installation.sound.sound_file import RATE, Samples

FALL_DB_PER_SECOND = 24.0
"""The fall of studio meters: a display that updates ten times a second misses no peak between two updates."""

SILENT = 1e-3
"""-60 dB: at lower levels a meter shows silence."""


class LevelMeter:
    """Hears the mix of every frame; `peaks` has the level of every bus, 0 for silence, 1 for full scale."""

    def __init__(self) -> None:
        self.peaks: Mapping[str, float] = {}

    def hear(self, mix: Mapping[str, Samples]) -> None:
        """Take in the next frame's mix. Other threads may read `peaks`: all levels are of the same frame."""
        self.peaks = {bus: self._peak(bus, samples) for bus, samples in mix.items()}

    def _peak(self, bus: str, samples: Samples) -> float:
        fallen = self.peaks.get(bus, 0.0) * 10.0 ** (-FALL_DB_PER_SECOND / 20.0 * len(samples) / RATE)
        loudest = max(float(np.abs(samples).max(initial=0.0)), fallen)
        return round(min(loudest, 1.0), 4) if loudest >= SILENT else 0.0
