"""The benchmark of mixing measures what it says."""

from __future__ import annotations

from itertools import count

import moderngl
import pytest

from installation.benchmarks import mixing as mixing_benchmark
from installation.benchmarks.mixing import COMPOSITIONS, measure_effects, measure_mixing
from installation.show.effects import EFFECTS


def test_every_composition_is_measured_at_every_size(gl: moderngl.Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mixing_benchmark, "SIZES", ((64, 36), (48, 27)))
    ticks = count()
    figures = list(measure_mixing(gl, lambda: float(next(ticks))))
    assert [(figure.composition, figure.size_px) for figure in figures] == [
        (composition, size_px) for size_px in ((64, 36), (48, 27)) for composition in COMPOSITIONS
    ]
    assert {figure.milliseconds for figure in figures} == {1000 / mixing_benchmark.FRAMES}


def test_every_effect_is_measured_beside_the_picture_without_any(
    gl: moderngl.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixing_benchmark, "EFFECT_SIZE", (64, 36))
    ticks = count()
    figures = list(measure_effects(gl, lambda: float(next(ticks) ** 2)))
    assert [figure.effect for figure in figures] == [
        "picture",
        "apart",
        *(name for name, kind in EFFECTS.items() if kind.drawn != "shader"),
    ]
    assert all(figure.nanoseconds_per_pixel > 0 for figure in figures)
