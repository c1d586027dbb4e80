"""The benchmark of mixing measures what it says."""

from __future__ import annotations

from itertools import count

import moderngl
import pytest

from installation.benchmarks import mixing as mixing_benchmark
from installation.benchmarks.mixing import COMPOSITIONS, measure_mixing


def test_every_composition_is_measured_at_every_size(gl: moderngl.Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mixing_benchmark, "SIZES", ((64, 36), (48, 27)))
    ticks = count()
    figures = list(measure_mixing(gl, lambda: float(next(ticks))))
    assert [(figure.composition, figure.size_px) for figure in figures] == [
        (composition, size_px) for size_px in ((64, 36), (48, 27)) for composition in COMPOSITIONS
    ]
    assert {figure.milliseconds for figure in figures} == {1000 / mixing_benchmark.FRAMES}
