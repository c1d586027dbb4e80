"""The benchmark of whole frames decodes and mixes what it says, and the profile counts what was copied where."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import moderngl
import pytest

from installation.atlas.architecture import Architecture
from installation.atlas.interpolate import Interpolator
from installation.benchmarks import frames as frame_benchmark
from installation.benchmarks.frames import measure_frames, measure_upload, profile
from tests.picture.show_of_one import CountingDecoder
from tests.small_atlas import small_atlas


@pytest.fixture
def interpolator(tmp_path: Path) -> Interpolator:
    return Interpolator(small_atlas(tmp_path, Architecture(width=4, depth=1)))


def test_a_frame_draws_a_picture_of_its_own_for_every_output(gl: moderngl.Context, interpolator: Interpolator) -> None:
    decoder, ticks = CountingDecoder(), count()
    figures = measure_frames(gl, interpolator, decoder, lambda: float(next(ticks)), [(1, (16, 9)), (3, (32, 18))])
    assert [(figure.outputs, figure.decode_ms, figure.mix_ms) for figure in figures] == [(1, 1e3, 1e3), (3, 1e3, 1e3)]
    assert [order[1:3] for order in decoder.orders] == [(16, 9)] * 2 + [(32, 18)] * 6, (
        "the first of each is not counted"
    )
    assert not decoder.closed


def test_an_upload_is_told_in_bytes(gl: moderngl.Context) -> None:
    ticks = count()
    (figure,) = measure_upload(gl, lambda: float(next(ticks)), [(16, 9)])
    assert (figure.milliseconds, figure.bytes_per_s) == (1000.0, 16 * 9 * 6)


def test_without_a_card_the_profile_says_that_nothing_was_copied_on_one(
    gl: moderngl.Context, interpolator: Interpolator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame_benchmark, "PROFILED_FRAMES", 2)
    found = profile(gl, interpolator, CountingDecoder(), 2, (16, 9))
    assert (found["frames"], found["pictures"], found["copied_on_card"], found["copies"]) == (2, 4, 0, {})
