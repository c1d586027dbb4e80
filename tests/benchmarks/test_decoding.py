"""The benchmark measures what it says: every decoder beside eager torch and beside the ceiling."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from installation.atlas.architecture import Architecture
from installation.atlas.interpolate import Interpolator
from installation.benchmarks import decoding as decoding_benchmark
from installation.benchmarks import ways as ways_benchmark
from installation.benchmarks.decoding import Ceilings, measure_decoders, measure_growth, measure_layers
from installation.errors import DeviceError
from installation.picture.decoding.decoder import Decoder
from installation.picture.decoding.torch_decoder import TorchDecoder
from tests.small_atlas import small_atlas


def test_every_decoder_that_works_has_a_figure(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Decoder:
        raise DeviceError("no card")

    monkeypatch.setattr(decoding_benchmark, "SIDE_PX", 32)
    monkeypatch.setattr(decoding_benchmark, "SIZES_PX", ((16, 9), (32, 18)))
    monkeypatch.setattr(decoding_benchmark, "CELLS", (1, 16))
    interpolator = Interpolator(small_atlas(tmp_path_factory.mktemp("atlas"), Architecture(width=12, depth=2)))
    makes = {"torch-cpu": lambda: TorchDecoder(interpolator, threads=1), "card": broken}
    figures = measure_decoders(interpolator, makes, time.perf_counter, threads=1)
    assert figures.keys() == {"torch-eager", "torch-cpu"}
    assert all(figure.mpx_per_s > 0 and figure.share_of_ceiling > 0 for figure in figures.values())
    growth = measure_growth(interpolator, TorchDecoder(interpolator, threads=1), time.perf_counter)
    assert growth["pixels"].keys() == {"16x9", "32x18"}
    assert growth["cells"].keys() == {"1", "16"}


def test_layers_are_measured_over_an_atlas_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding_benchmark, "SIZES_PX", ((16, 9), (32, 18)))
    found = measure_layers(lambda it: TorchDecoder(it, threads=1), time.perf_counter, tmp_path)
    assert found.keys() == {"2", "4", "8", "12"}
    assert all(milliseconds > 0 for milliseconds in found.values())


def test_every_way_of_drawing_has_its_cost_and_its_share_of_the_ceiling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways_benchmark, "SIZE_PX", (32, 18))
    ceilings = Ceilings(copied_bytes=1e10, multiply_adds=1e11, activations=1e9)
    found = ways_benchmark.measure_ways(lambda it: TorchDecoder(it, threads=1), time.perf_counter, tmp_path, ceilings)
    assert found.keys() == {*ways_benchmark.WAYS, "descent", *ways_benchmark.BODIES}
    assert found["cppn"].times_cppn == 1.0
    assert all(figure.ns_a_pixel > 0 and figure.share_of_ceiling > 0 for figure in found.values())
    assert found["fourier"].times_wanted == 1.0
    assert found["sphere"].times_wanted == 1.3


def test_the_ceiling_counts_products_and_activations() -> None:
    ceilings = Ceilings(copied_bytes=1.0, multiply_adds=8256e6, activations=192e6)
    assert ceilings.mpx_per_s(Architecture()) == pytest.approx(0.5)
    relu = Architecture(activation="relu")
    products = sum(fan_in * fan_out for fan_in, fan_out in relu.layers)
    assert ceilings.mpx_per_s(relu) == pytest.approx(8256 / products), "only arctangents were measured"
