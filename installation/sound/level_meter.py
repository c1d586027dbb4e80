"""How loud every bus is, for meters: the loudest sample, which falls slowly."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from installation.sound.sound_file import RATE, Samples

FALL_DB_PER_SECOND = 24.0
"""As meters in studios fall: whoever is told ten times a second misses no stroke between two frames."""

SILENT = 1e-3
"""-60 dB: below that a meter stands at its end."""


class LevelMeter:
    """Hears the mix of every frame; `peaks` has the level of every bus, 0 for silence, 1 for full scale."""

    def __init__(self) -> None:
        self.peaks: Mapping[str, float] = {}

    def hear(self, mix: Mapping[str, Samples]) -> None:
        """The next frame; whoever reads `peaks` from another thread has those of one frame."""
        self.peaks = {bus: self._peak(bus, samples) for bus, samples in mix.items()}

    def _peak(self, bus: str, samples: Samples) -> float:
        fallen = self.peaks.get(bus, 0.0) * 10.0 ** (-FALL_DB_PER_SECOND / 20.0 * len(samples) / RATE)
        loudest = max(float(np.abs(samples).max(initial=0.0)), fallen)
        return round(min(loudest, 1.0), 4) if loudest >= SILENT else 0.0
