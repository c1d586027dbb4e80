"""Whether something grows: told from samples that jump about, of the process that ran longest."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from pathlib import Path

import moderngl
import numpy as np
import pytest

from installation.commands.processes import instrumented
from installation.errors import ScoreError
from installation.picture.order import Order
from installation.picture.source import DecodedPicture
from installation.picture.supply.cache import PictureCache
from installation.show.frame import LatentPoint, Shot, View
from installation.soak.gauges import Gauges
from installation.soak.samples import MIB, Sample, growth, longest_run, take_sample
from installation.soak.soak import faults_of, growth_checks

SAMPLE = Sample(0.0, 1, 0, 500 * MIB, 300 * MIB, 400 * MIB, 0, 12, 14, 450, None, 1000, 2000)


def hour(mib_per_hour: float, process: int = 1, minutes: int = 60) -> list[Sample]:
    """Every ten seconds, with noise of two MiB and a peak of a hundred now and then."""
    rng = random.Random(1)
    return [
        replace(
            SAMPLE,
            process=process,
            seconds=10.0 * number,
            resident_bytes=int(
                (500 + mib_per_hour * number / 360 + rng.uniform(-1, 1) + 100 * (number % 50 == 0)) * MIB
            ),
        )
        for number in range(minutes * 6)
    ]


@pytest.mark.parametrize("mib", [0.0, 3.0, 40.0])
def test_growth_is_found_under_noise_and_peaks_move_it_little(mib: float) -> None:
    found = growth(hour(mib), lambda sample: sample.resident_bytes)
    assert found is not None
    assert found.per_hour / MIB == pytest.approx(mib, abs=0.5)


def test_a_leak_of_more_than_one_per_cent_an_hour_does_not_pass() -> None:
    passed = {mib: {line.what: line.passed for line in growth_checks(hour(mib))} for mib in (2.0, 8.0)}
    assert passed[2.0]["resident memory"] is True
    assert passed[8.0]["resident memory"] is False
    assert passed[8.0]["threads"] is True


@pytest.mark.parametrize("mib", [0.0, 8.0])
def test_pictures_that_come_and_go_with_the_quality_neither_look_like_a_leak_nor_hide_one(mib: float) -> None:
    """More and more of them, each of which takes some memory besides: only what grows beside them counts."""
    pictures = [(number % 7) * (3 + number // 90) * MIB for number in range(360)]
    samples = [
        replace(one, picture_bytes=held, resident_bytes=one.resident_bytes + 2 * held)
        for one, held in zip(hour(mib), pictures, strict=True)
    ]
    found = growth(samples, lambda sample: sample.resident_bytes)
    assert found is not None
    assert found.per_hour / MIB == pytest.approx(mib, abs=1.0)
    assert {line.what: line.passed for line in growth_checks(samples)}["resident memory"] is (mib == 0.0)


def test_a_few_minutes_are_too_short_to_tell() -> None:
    (line,) = growth_checks(hour(0.0, minutes=12))
    assert line.passed is None


def test_the_process_that_ran_longest_is_looked_at_without_its_first_minutes() -> None:
    killed, long = hour(0.0, process=1, minutes=2), hour(0.0, process=2, minutes=10)
    run = longest_run([*killed, *long], 60.0)
    assert {sample.process for sample in run} == {2}
    assert run[0].seconds == 60.0


def test_a_sample_of_this_very_process(tmp_path: Path) -> None:
    with Gauges(tmp_path / "gauges") as gauges:
        gauges.count("texture", 3)
        gauges.count("picture_bytes", MIB)
        sample = take_sample(1.0, os.getpid(), 7, gauges, tmp_path / "journal", tmp_path / "logs")
        assert take_sample(1.0, 2**22 + 1, 7, gauges, tmp_path / "journal", tmp_path / "logs") is None
    assert sample is not None
    assert sample.resident_bytes > sample.own_bytes > MIB
    assert (sample.threads >= 1, sample.open_files > 2, sample.gl_objects) == (True, True, 3)
    assert (sample.variable_bytes, replace(sample, card_bytes=0).variable_bytes) == (MIB, 0)


def test_gl_objects_are_counted_as_they_come_and_go(
    gl: moderngl.Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moderngl.Context, "texture", moderngl.Context.texture)  # put back afterwards
    monkeypatch.setattr(moderngl.Texture, "release", moderngl.Texture.release)
    with Gauges(tmp_path / "gauges") as gauges, Gauges(tmp_path / "gauges") as seen:
        instrumented._count_making(gauges, "texture")
        instrumented._count_release(gauges, "texture", moderngl.Texture)
        textures = [moderngl.Context.texture(gl, (4, 4), 4) for _ in range(3)]
        assert seen.gl_objects()["texture"] == 3
        for texture in textures:
            texture.release()
            texture.release()
        assert seen.gl_objects()["texture"] == 0
        seen.shift_seconds = -3600.5
        assert gauges.shift_seconds == -3600.5


def test_pictures_that_may_be_asked_for_again_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("put", "clear"):
        monkeypatch.setattr(PictureCache, name, getattr(PictureCache, name))  # put back afterwards
    picture = DecodedPicture(np.zeros((9, 16, 3), np.float16), View())
    with Gauges(tmp_path / "gauges") as gauges:
        instrumented.count_pictures(gauges)
        cache = PictureCache(max_bytes=2 * picture.pixels.nbytes)
        for width in range(5):
            cache.put(Order(Shot(LatentPoint((("near-1", 1.0),)), View()), width, 9), picture)
        assert gauges.picture_bytes == 2 * picture.pixels.nbytes
        cache.clear()
        assert gauges.picture_bytes == 0


def test_faults_are_named_with_how_often() -> None:
    assert [fault.name for fault in faults_of("kill*3, hang")] == ["kill", "kill", "kill", "hang"]
    assert "cable" in [fault.name for fault in faults_of("all")]
    for wrong in ("explode", "kill*", "kill*many", "kill*-1"):
        with pytest.raises(ScoreError, match="there is all, kill, hang"):
            faults_of(wrong)
