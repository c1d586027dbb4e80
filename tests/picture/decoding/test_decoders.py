"""Every decoder draws what the float64 definition draws, whatever the view, the size and the subject."""

from __future__ import annotations

import math
import os
import sys
import threading
from collections.abc import Callable, Iterator
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.atlas.architecture import Architecture
from installation.atlas.interpolate import Interpolator
from installation.picture.decoding.decoder import Decoder, decode_part
from installation.picture.decoding.numpy_decoder import NumpyDecoder
from installation.picture.decoding.plates import cell_size, plate_pixels
from installation.picture.decoding.torch_decoder import TorchDecoder
from installation.picture.rectangle import Rectangle
from installation.picture.thread_priority import NICENESS
from installation.picture.view import picture_coordinates
from installation.show.frame import LatentPoint, Plate, Shot, View
from tests.picture.shots import (
    NEURONS,
    SHIPPED,
    STEP,
    holds_for_shots,
    holds_for_the_shipped_atlas,
    host_pixels,
    off,
    plates,
    points,
    shots_at_borders,
    views,
)
from tests.small_atlas import small_atlas

CPU_DECODERS: list[Callable[..., Decoder]] = [TorchDecoder]
"""Those of the processor that this machine can have; without numba it is torch alone."""

if find_spec("numba"):
    from installation.picture.decoding.numba_decoder import NumbaDecoder

    CPU_DECODERS.append(NumbaDecoder)


@pytest.fixture(scope="module")
def interpolator(tmp_path_factory: pytest.TempPathFactory) -> Interpolator:
    return Interpolator(small_atlas(tmp_path_factory.mktemp("atlas"), Architecture(width=12, depth=4)))


@pytest.fixture(scope="module", params=[(make, threads) for make in CPU_DECODERS for threads in (1, 2)])
def decoder(request: pytest.FixtureRequest, interpolator: Interpolator) -> Iterator[Decoder]:
    make, threads = request.param
    decoder = make(interpolator, threads=threads)
    yield decoder
    decoder.close()
    decoder.close()


@settings(max_examples=25, deadline=None)
@given(subject=st.one_of(points, plates), view=views, width=st.integers(1, 97), height=st.integers(1, 97))
def test_a_decoder_draws_what_the_definition_says(
    interpolator: Interpolator, decoder: Decoder, subject: LatentPoint | Plate, view: View, width: int, height: int
) -> None:
    decoded = decoder.decode(Shot(subject, view), width, height)
    truth = NumpyDecoder(interpolator).picture(Shot(subject, view), width, height)
    assert decoded.view == view
    assert host_pixels(decoded).dtype == np.float16
    assert decoded.pixels.shape == (height, width, 3)
    assert np.abs(host_pixels(decoded).astype(float) - truth).max() < STEP


@settings(max_examples=25, deadline=None)
@given(subject=st.one_of(points, plates), view=views, data=st.data())
def test_a_part_of_a_picture_has_the_very_same_pixels(
    decoder: Decoder, subject: LatentPoint | Plate, view: View, data: st.DataObject
) -> None:
    (left, right), (top, bottom) = (
        sorted(data.draw(st.lists(st.integers(0, 60), min_size=2, max_size=2, unique=True))) for _ in range(2)
    )
    width, height = (data.draw(st.integers(end, 97)) for end in (right, bottom))
    whole = host_pixels(decoder.decode(Shot(subject, view), width, height))
    part = decode_part(decoder, Shot(subject, view), (width, height), Rectangle(left, top, right, bottom))
    assert part.aspect == width / height
    assert isinstance(part.pixels, np.ndarray)
    assert part.pixels.dtype == np.float32
    assert (part.pixels.astype(np.float16) == whole[top:bottom, left:right]).all()


@pytest.mark.parametrize("make", CPU_DECODERS)
def test_a_latent_of_the_shipped_atlas_is_drawn_as_the_definition_says(
    make: Callable[..., Decoder],
) -> None:
    decoder = make(Interpolator(SHIPPED), threads=1)
    holds_for_the_shipped_atlas(decoder, 25)
    decoder.close()


SHAPES = (
    Architecture(9, 2, "relu"),
    Architecture(10, 3, "abs", alpha=True),
    Architecture(12, 2, "sine", "torus"),
    Architecture(13, 3, "biased", "octaves", octaves=3, alpha=True),
    Architecture(40, 1, "unbiased", "torus"),
    Architecture(8, 2, "unbiased", "loop"),
)


@pytest.mark.parametrize("make", CPU_DECODERS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_cppn_of_any_shape_is_drawn_as_the_definition_says_and_beside_one_of_another_shape(
    make: Callable[..., Decoder], shape: Architecture, tmp_path_factory: pytest.TempPathFactory
) -> None:
    interpolator = Interpolator(small_atlas(tmp_path_factory.mktemp("atlas"), shape, far=Architecture(12, 4)))
    decoder = make(interpolator, threads=2)
    holds_for_shots(decoder, interpolator, 12)
    decoder.close()


@settings(max_examples=25, deadline=None)
@given(shot=shots_at_borders())
def test_on_the_border_of_two_cells_all_decoders_show_the_same_one(
    interpolator: Interpolator, decoder: Decoder, shot: Shot
) -> None:
    assert off(host_pixels(decoder.decode(shot, 7, 5)), NumpyDecoder(interpolator).picture(shot, 7, 5)) < STEP


def test_a_picture_larger_than_one_piece_has_no_seams(interpolator: Interpolator, decoder: Decoder) -> None:
    shot = Shot(LatentPoint((("test/near/1", 1.0),)), View(0.1, 0.2, 1.3, 20.0))
    decoded = decoder.decode(shot, 301, 203)
    assert np.abs(host_pixels(decoded).astype(float) - NumpyDecoder(interpolator).picture(shot, 301, 203)).max() < STEP


def test_a_view_of_a_four_thousandth_has_no_steps(decoder: Decoder) -> None:
    shot = Shot(LatentPoint((("test/near/1", 1.0),)), View(0.7123456, -0.3, 4000.0))
    row = host_pixels(decoder.decode(shot, 384, 384))[191].astype(float)
    straight = np.linspace(row[0], row[-1], 384)
    assert np.abs(row - straight).max() < STEP / 2


def test_a_camera_inside_a_cell_sees_that_neuron_alone(decoder: Decoder) -> None:
    plate = Plate(NEURONS[:4], columns=2, gap=0.1, aspect=1.5)
    cell_view = View(x=0.5 * 1.5, y=-0.5, zoom=2 * 2.0)  # Twice as near as needed to fill the place with cell 1.
    alone = decoder.decode(Shot(LatentPoint(((NEURONS[1], 1.0),)), View(zoom=2.0)), 60, 40)
    within = decoder.decode(Shot(plate, cell_view), 60, 40)
    assert np.abs(host_pixels(alone).astype(float) - host_pixels(within)).max() < STEP


def test_around_a_plate_and_in_its_gaps_it_is_black(decoder: Decoder) -> None:
    plate = Plate(NEURONS[:3], columns=2, gap=0.2)
    pixels = host_pixels(decoder.decode(Shot(plate, View(zoom=0.5)), 80, 80))
    assert not pixels[:19].any()
    assert not pixels[:, :19].any()
    assert not pixels[39:41].any()
    assert not pixels[41:, 41:].any(), "the fourth cell has no neuron"
    assert pixels[23:37, 23:37].all()


def test_the_edge_of_a_gap_is_soft(decoder: Decoder) -> None:
    """A gap as wide as half a pixel takes half of that pixel's light."""
    plain = Plate(NEURONS[:1] * 4, columns=2, gap=0.0)
    lined = Plate(NEURONS[:1] * 4, columns=2, gap=0.5 / 30)
    view = View(x=1 / 60)  # The border runs through the middle of a pixel.
    without, within = (host_pixels(decoder.decode(Shot(plate, view), 60, 60)).astype(float) for plate in (plain, lined))
    assert within[20, 29] == pytest.approx(0.5 * without[20, 29], abs=STEP)
    assert within[20, 20] == pytest.approx(without[20, 20], abs=STEP)


@settings(max_examples=40, deadline=None)
@given(plate=plates, view=views, width=st.integers(1, 60), height=st.integers(1, 60))
def test_whole_numbers_find_the_cells_where_the_view_has_them(
    plate: Plate, view: View, width: int, height: int
) -> None:
    """To within a thousandth of a pixel from a cell's border."""
    found = plate_pixels(plate, view, width, height)
    affine, side = picture_coordinates(view, width / height), np.array(cell_size(plate))[:, None, None]
    u, v = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
    x, y = (a * u + b * v + c for a, b, c in affine.rows)
    places = np.stack([x, y]) / side + [[[plate.columns / 2]], [[plate.rows / 2]]]  # (2, height, width)
    pixel = math.hypot(affine.b, affine.e) / height
    near = (np.abs(places - np.round(places)) * side < 1e-3 * pixel).any(0)
    column, row = np.floor(places)
    cell = row * plate.columns + column
    inside = (column >= 0) & (column < plate.columns) & (row >= 0) & (cell < len(plate.neurons))
    assert np.all((found.cells == np.where(inside, cell, -1)) | near)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere threads have no priority of their own")
@pytest.mark.parametrize("make", CPU_DECODERS)
def test_decoding_gives_way_to_the_frame_whoever_asked_first(
    make: Callable[..., Decoder], interpolator: Interpolator
) -> None:
    before = set(threading.enumerate())
    decoder = make(interpolator, threads=2)
    try:
        decoder.decode(Shot(LatentPoint(((NEURONS[0], 1.0),)), View()), 640, 360)
        decoding = set(threading.enumerate()) - before
        assert decoding
        assert {os.getpriority(os.PRIO_PROCESS, thread.native_id or 0) for thread in decoding} == {NICENESS}
    finally:
        decoder.close()
