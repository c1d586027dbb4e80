"""The fused kernel, run by triton's interpreter, draws what the definition says; and it compiles for cards."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.atlas.spectrum import Spectrum
from installation.atlas.spline_sampling import sampled
from installation.errors import DeviceError
from installation.picture.card_pixels import CHANNELS, CardPixels, TransferRoute, card_pictures
from installation.picture.decoding.numpy_decoder import NumpyDecoder
from installation.picture.order import Order
from installation.picture.pixel_map import pixel_map
from installation.picture.source import DecodedPicture
from installation.picture.ways import spectrum_drawing
from installation.rig.warp import Point as Place
from installation.rig.warp import Turn, surface
from installation.show.frame import LatentPoint, Plate, Shot, View
from tests.picture.rings_atlas import rings_atlas
from tests.picture.shots import (
    NEURONS,
    SHIPPED,
    STEP,
    host_pixels,
    off,
    plates,
    points,
    shipped,
    shots_at_borders,
    views,
)
from tests.small_atlas import small_atlas

if find_spec("triton") is None:
    pytest.skip("triton is not installed", allow_module_level=True)

from triton.runtime.errors import OutOfResources  # type: ignore[import-untyped, import-not-found, unused-ignore]  # it has no types

from installation.picture.decoding import triton_decoder, triton_launch
from installation.picture.decoding.fused import TILE_PX, UNITS
from installation.picture.decoding.fused_ceiling import ROUNDS, activate
from installation.picture.decoding.triton_decoder import TritonDecoder
from installation.picture.ways.spline_kernel import add_samples

COMPILE = """
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from installation.picture.decoding import fused
from installation.picture.decoding import fused_ceiling
from installation.picture.ways import spline_kernel
types = dict(tiles="*i64", order="*i64", points="*fp32", rows="*i64", shares="*fp32",
             first="*fp32", hidden="*fp16", biases="*fp32", last="*fp16", last_bias="*fp32", logits_of="*fp32",
             out="*fp16")
constants = dict(HIDDEN=7, POWERS=2, FIRST=0, CURVE=0, TILE=fused.TILE_PX, UNITS=fused.UNITS,
                 COLOURS=fused.COLOURS, COLUMNS=fused.TILE_COLUMNS,
                 CHANNELS=fused.CHANNELS)
source = ASTSource(fused._decode, {**types, **dict.fromkeys(constants, "constexpr")}, constants)
kernel = triton.compile(source, target=GPUTarget("cuda", 80, 32), options={"enable_fp_fusion": True})
print(kernel.asm["ptx"].count("mma.sync"))
constants = dict(TILE=fused.TILE_PX, UNITS=fused.UNITS, ROUNDS=fused_ceiling.ROUNDS)
source = ASTSource(fused_ceiling._activate, {"out": "*fp32", **dict.fromkeys(constants, "constexpr")}, constants)
print(triton.compile(source, target=GPUTarget("cuda", 80, 32)).asm["ptx"].count("rsqrt"))
types = dict(coefficients="*fp32", x="*fp64", y="*fp64", total="*fp32", share="fp32", places="i32", height="i32",
             width="i32")
constants = dict(TILE=spline_kernel.TILE_PX, CHANNELS=spline_kernel.CHANNELS)
source = ASTSource(spline_kernel._add_samples, {**types, **dict.fromkeys(constants, "constexpr")}, constants)
print(triton.compile(source, target=GPUTarget("cuda", 80, 32)).asm["ptx"].count("ld.global"))
"""


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return small_atlas(tmp_path_factory.mktemp("atlas"), Architecture(width=12, depth=3))


@settings(max_examples=6, deadline=None)
@given(points, plates, views)
def test_the_kernel_draws_what_the_definition_says(atlas: Atlas, point: LatentPoint, plate: Plate, view: View) -> None:
    """Two pictures of different sizes, a walk and a plate, in one launch."""
    interpolator = Interpolator(atlas)
    orders = [Order(Shot(point, view), 13, 11), Order(Shot(plate, view), 9, 17)]
    for order, decoded in zip(orders, TritonDecoder(interpolator, "cpu").decode_all(orders), strict=True):
        truth = NumpyDecoder(interpolator).picture(*order[:3])
        assert decoded.pixels.shape == (order.height, order.width, 3)
        assert np.abs(host_pixels(decoded).astype(float) - truth).max() < STEP


def test_pictures_of_cppns_of_several_shapes_are_drawn_together(tmp_path: Path) -> None:
    """Each shape is a launch of its own: what is due together need not be alike, nor what one picture shows."""
    shape = Architecture(9, 2, "sine", "torus", alpha=True)
    own = Interpolator(small_atlas(tmp_path, shape, far=Architecture(width=12, depth=3)))
    decoder = TritonDecoder(own, "cpu")
    subjects: list[LatentPoint | Plate] = [
        LatentPoint(((NEURONS[0], 1.0),)),
        LatentPoint(((NEURONS[4], 1.0),)),
        LatentPoint(((NEURONS[1], 0.25), (NEURONS[5], 0.75))),
        Plate(NEURONS, 3, 0.1),
    ]
    orders = [Order(Shot(subject, View(0.1, zoom=0.8)), 7 + number, 9) for number, subject in enumerate(subjects)]
    for order, decoded in zip(orders, decoder.decode_all(orders), strict=True):
        truth = NumpyDecoder(own).picture(*order[:3])
        assert decoded.pixels.shape == truth.shape
        assert off(host_pixels(decoded), truth) < STEP
    decoder.close()


def test_a_kind_that_has_only_a_definition_is_drawn_too(tmp_path: Path) -> None:
    interpolator = Interpolator(rings_atlas(tmp_path))
    decoder, definition = TritonDecoder(interpolator, "cpu"), NumpyDecoder(interpolator)
    subjects: list[LatentPoint | Plate] = [
        LatentPoint(((NEURONS[4], 1.0),)),
        LatentPoint(((NEURONS[4], 0.5), (NEURONS[1], 0.5))),
        Plate(NEURONS[2:6], 2, 0.1),
    ]
    orders = [Order(Shot(subject, View(0.1, zoom=0.9)), 9, 7) for subject in subjects]
    for order, decoded in zip(orders, decoder.decode_all(orders), strict=True):
        truth = definition.picture(*order[:3])
        assert decoded.pixels.shape == truth.shape
        assert off(host_pixels(decoded), truth) < STEP
    decoder.close()


@pytest.mark.parametrize("shape", [Architecture(9, 2, "relu"), Architecture(5, 2, "abs", "octaves", octaves=9)])
def test_the_kernel_draws_cppns_of_any_shape(shape: Architecture, tmp_path: Path) -> None:
    own = Interpolator(small_atlas(tmp_path, shape))
    shot = Shot(LatentPoint(((NEURONS[0], 0.5), (NEURONS[2], 0.5))), View(0.3, 0.1, 1.7, 12.0))
    assert (
        off(host_pixels(TritonDecoder(own, "cpu").decode(shot, 9, 11)), NumpyDecoder(own).picture(shot, 9, 11)) < STEP
    )


def test_what_a_card_warms_up_with_is_drawn(atlas: Atlas, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn_once: list[TritonDecoder] = []
    monkeypatch.setattr(TritonDecoder, "_warm_up", TritonDecoder._draw_once)
    TritonDecoder(Interpolator(atlas), "cpu").close()

    def fails(decoder: TritonDecoder) -> None:
        drawn_once.append(decoder)
        raise RuntimeError("CUDA error: no kernel image")

    monkeypatch.setattr(TritonDecoder, "_warm_up", fails)
    with pytest.raises(RuntimeError):
        TritonDecoder(Interpolator(atlas), "cpu")
    assert drawn_once[0]._workers._shutdown, "no thread is left behind"


def test_where_the_card_has_no_room_for_all_of_them_half_are_drawn_at_a_time(
    atlas: Atlas, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoder, most, launches = TritonDecoder(Interpolator(atlas), "cpu"), 2, []

    def launched_all(orders: list[Order]) -> list[DecodedPicture]:
        launches.append(len(orders))
        if len(orders) > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return whole(orders)

    whole = decoder._all
    monkeypatch.setattr(decoder, "_all", launched_all)
    orders = [Order(Shot(LatentPoint(((NEURONS[number], 1.0),)), View()), 3, 2 + number) for number in range(5)]
    assert [decoded.pixels.shape[0] for decoded in decoder.decode_all(orders)] == [2, 3, 4, 5, 6]
    assert launches == [5, 2, 3, 1, 2]
    launches.clear()
    most = 0
    with pytest.raises(torch.OutOfMemoryError):
        decoder.decode_all(orders[:1])
    assert launches == [1, 1], "once more, when what the card had kept is given back"


def test_a_picture_that_is_kept_keeps_no_other_in_memory(atlas: Atlas, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[int] = []

    def noted(*tensors: Tensor, route: TransferRoute, alpha: bool) -> list[CardPixels]:
        held.extend(tensor.untyped_storage().nbytes() for tensor in tensors)
        return card_pictures(*tensors, route=route, alpha=alpha)

    monkeypatch.setattr(triton_decoder, "card_pictures", noted)
    orders = [Order(Shot(LatentPoint(((NEURONS[0], 1.0),)), View(x=0.1 * number)), 8, 8) for number in range(3)]
    TritonDecoder(Interpolator(atlas), "cpu").decode_all(orders)
    assert held == [8 * 8 * CHANNELS * 2] * 3


def test_a_monitors_own_pixels_are_drawn_beside_an_even_grid(atlas: Atlas) -> None:
    """In one launch, each picture by its own offsets; what the picture does not cover is black."""
    interpolator = Interpolator(atlas)
    corners = (Place(0.1, 0), Place(1, 0.2), Place(0.8, 1.1), Place(0, 0.9))
    found = pixel_map(surface(corners, turn=Turn(1)), (13, 11), 0.8)
    shot = Shot(LatentPoint(((NEURONS[1], 0.25), (NEURONS[5], 0.75))), View(0.1, 0.2, 300.0, 30.0))
    orders = [Order(shot, 5, 7), Order(shot, 13, 11, pixel_map=found), Order(shot, 13, 11, pixel_map=found)]
    even, first, second = TritonDecoder(interpolator, "cpu").decode_all(orders)
    definition = NumpyDecoder(interpolator)
    assert np.abs(host_pixels(even).astype(float) - definition.picture(shot, 5, 7)).max() < STEP
    for decoded in (first, second):
        assert decoded.pixel_map is found
        assert np.abs(host_pixels(decoded).astype(float) - definition.bent(shot, found)).max() < STEP


@settings(max_examples=8, deadline=None)
@given(first=shipped, second=shipped, width=st.integers(1, 23), height=st.integers(1, 23))
def test_latents_of_the_shipped_atlas_stay_within_a_step_on_tensor_cores(
    first: Shot, second: Shot, width: int, height: int
) -> None:
    """Two pictures a launch. Plain half precision would be off by several steps on eight layers of 24."""
    interpolator = Interpolator(SHIPPED)
    orders = [Order(first, width, height), Order(second, height, width)]
    for order, decoded in zip(orders, TritonDecoder(interpolator, "cpu").decode_all(orders), strict=True):
        assert off(host_pixels(decoded), NumpyDecoder(interpolator).picture(*order[:3])) < STEP


@settings(max_examples=8, deadline=None)
@given(shot=shots_at_borders())
def test_on_the_border_of_two_cells_the_right_one_is_shown(atlas: Atlas, shot: Shot) -> None:
    interpolator = Interpolator(atlas)
    decoded = TritonDecoder(interpolator, "cpu").decode(shot, 7, 5)
    assert off(host_pixels(decoded), NumpyDecoder(interpolator).picture(shot, 7, 5)) < STEP


def test_a_cell_of_many_tiles_is_drawn_to_its_last_pixel(atlas: Atlas) -> None:
    interpolator = Interpolator(atlas)
    shot = Shot(Plate(NEURONS[:3], 2, 0.05), View(degrees=7.0))
    decoded = TritonDecoder(interpolator, "cpu").decode(shot, 41, 39)
    assert off(host_pixels(decoded), NumpyDecoder(interpolator).picture(shot, 41, 39)) < STEP


def test_a_plate_leaves_its_weights_on_the_card_for_the_next_frame(atlas: Atlas) -> None:
    interpolator = Interpolator(atlas)
    decoder, plate = TritonDecoder(interpolator, "cpu"), Plate(NEURONS, 3)
    decoder.decode(Shot(plate, View()), 6, 6)
    (bank,) = decoder._banks.values()
    kept = bank.others
    orders = [Order(Shot(LatentPoint(((NEURONS[2], 1.0),)), View()), 6, 6), Order(Shot(plate, View(x=0.1)), 9, 9)]
    for order, decoded in zip(orders, decoder.decode_all(orders), strict=True):
        truth = NumpyDecoder(interpolator).picture(*order[:3])
        assert np.abs(host_pixels(decoded).astype(float) - truth).max() < STEP
    assert bank.others is kept
    decoder.close()


def test_a_plate_seen_from_beside_it_is_black(atlas: Atlas) -> None:
    decoded = TritonDecoder(Interpolator(atlas), "cpu").decode(Shot(Plate(NEURONS[:2], 2), View(x=9.0)), 8, 8)
    assert not host_pixels(decoded).any()


def test_a_cppn_too_wide_for_the_kernel_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    wide = small_atlas(tmp_path_factory.mktemp("atlas"), Architecture(width=130, depth=2))
    with pytest.raises(DeviceError, match="up to 128 units"):
        TritonDecoder(Interpolator(wide), "cpu").decode(Shot(LatentPoint(((NEURONS[0], 1.0),)), View()), 8, 8)


far = st.floats(-3000, 3000)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(far, far), max_size=5), st.sampled_from([(4, 6), (12, 8), (30, 30)]), st.floats(0, 1))
def test_the_kernel_of_spectra_samples_as_torch_does(
    at: list[tuple[float, float]], size: tuple[int, int], share: float
) -> None:
    """Added to what is there already; a picture repeats however far a camera goes."""
    generator = torch.Generator().manual_seed(1)
    coefficients = torch.randn(3, *size, generator=generator)
    x, y = torch.tensor(at, dtype=torch.float64).view(-1, 2).t()
    total = torch.randn(3, len(x), generator=generator)
    expected = total + share * sampled(coefficients.double(), x, y)
    add_samples(coefficients, x, y, share, total)
    torch.testing.assert_close(total.double(), expected, atol=1e-4, rtol=0)


def test_spectra_on_a_card_are_drawn_by_their_kernel(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The interpreter in the card's place: alone, across to a CPPN, on a plate."""
    monkeypatch.setattr(spectrum_drawing, "_adder", lambda _device: add_samples)
    shape = Architecture(width=5, depth=2, alpha=True)
    own = Interpolator(small_atlas(tmp_path_factory.mktemp("atlas"), shape, far=Spectrum(16, 12)))
    decoder = TritonDecoder(own, "cpu")
    subjects: list[LatentPoint | Plate] = [
        LatentPoint(((NEURONS[4], 1.0),)),
        LatentPoint(((NEURONS[1], 0.25), (NEURONS[5], 0.75))),
        Plate(NEURONS, 3, 0.1),
    ]
    orders = [Order(Shot(subject, View(0.1, zoom=0.8, degrees=20)), 9, 7) for subject in subjects]
    for order, decoded in zip(orders, decoder.decode_all(orders), strict=True):
        assert off(host_pixels(decoded), NumpyDecoder(own).picture(*order[:3])) < STEP
    decoder.close()


def test_the_kernel_compiles_for_a_card_with_tensor_cores() -> None:
    """Triton compiles without a card; what it makes of the products shows that they run on tensor cores, and of the
    ceiling's kernel that nothing of it was left out."""
    environment = {**os.environ, "TRITON_INTERPRET": "0"}
    done = subprocess.run([sys.executable, "-c", COMPILE], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert all(int(count) > 0 for count in done.stdout.split())


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OutOfResources(300_000, 228_000, "shared memory"), "out of resource"),
        (subprocess.CalledProcessError(1, ["gcc", "cuda_utils.c"]), "gcc"),
    ],
)
def test_a_kernel_that_does_not_compile_is_named(
    atlas: Atlas, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(triton_launch, "launch", broken)
    with pytest.raises(DeviceError, match=f"the fused kernel does not compile for this card: .*{told}"):
        TritonDecoder(Interpolator(atlas), "cpu").decode(Shot(LatentPoint(((NEURONS[0], 1.0),)), View()), 8, 8)


def test_a_cards_ceiling_is_measured_with_the_kernels_own_activation() -> None:
    out, count = activate("cpu", programs=2)
    assert count == 2 * TILE_PX * UNITS * ROUNDS
    expected = torch.arange(TILE_PX * UNITS, dtype=torch.float64).view(TILE_PX, UNITS) / (TILE_PX * UNITS)
    for _ in range(ROUNDS):
        expected = expected.atan() + expected.atan() ** 2
    for program in out:
        assert torch.allclose(program.double(), expected, rtol=0.05), "what is off grows from round to round"
