"""The compiled kernel of the processor: its own ways to find pixels, to share work, and to fail."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.errors import NumbaError

from installation.atlas.architecture import Architecture
from installation.atlas.interpolate import Interpolator
from installation.errors import DeviceError
from installation.picture.decoding import numba_decoder
from installation.picture.decoding.choosing.choice import cpu_decoder
from installation.picture.decoding.numba_decoder import NumbaDecoder
from installation.picture.decoding.numba_plates import gathered
from installation.picture.decoding.plates import plate_pixels, raster_of
from installation.show.frame import LatentPoint, Plate, Shot, View
from tests.picture.shots import NEURONS, host_pixels, plates, views
from tests.small_atlas import small_atlas


@pytest.fixture(scope="module")
def interpolator(tmp_path_factory: pytest.TempPathFactory) -> Interpolator:
    return Interpolator(small_atlas(tmp_path_factory.mktemp("atlas"), Architecture(width=12, depth=4)))


@settings(max_examples=40, deadline=None)
@given(plate=plates, view=views, width=st.integers(1, 60), height=st.integers(1, 60))
def test_pixels_are_gathered_by_the_cells_that_they_lie_in(plate: Plate, view: View, width: int, height: int) -> None:
    expected = plate_pixels(plate, view, width, height)
    found = gathered(plate, raster_of(plate, view, width, height))
    light = expected.coverage.astype(np.float32).ravel()
    assert np.array_equal(found.light[found.order], light[found.order]) if plate.gap else np.isin(light, (0, 1)).all()
    for cell in range(len(plate.neurons)):
        pixels = found.order[found.starts[cell] : found.starts[cell + 1]]
        assert np.array_equal(pixels, np.flatnonzero(expected.cells == cell))


def test_a_picture_is_the_same_to_the_last_bit_however_many_cores_draw_it(interpolator: Interpolator) -> None:
    shots = [Shot(LatentPoint((("test/near/1", 1.0),)), View()), Shot(Plate(NEURONS, 3, 0.02), View(degrees=9.0))]
    decoders = [NumbaDecoder(interpolator, threads) for threads in (1, 2, 3)]
    for shot in shots:
        first, *others = (host_pixels(decoder.decode(shot, 301, 203)) for decoder in decoders)
        assert all(np.array_equal(first, other) for other in others)
    for decoder in decoders:
        decoder.close()


def test_a_kernel_that_does_not_compile_is_named(interpolator: Interpolator, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise NumbaError("no such instruction")

    monkeypatch.setattr(numba_decoder, "_compile", broken)
    with pytest.raises(DeviceError, match="CPU kernel does not compile: no such instruction"):
        NumbaDecoder(interpolator)
    decoder = cpu_decoder(interpolator)
    assert decoder.name == "torch-cpu"
    decoder.close()
