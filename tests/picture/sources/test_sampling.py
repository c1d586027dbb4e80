"""A picture from a file is as sharp as its pixels and as calm as its light, wherever the camera is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from installation.picture.order import Order
from installation.picture.pixel_map import pixel_map
from installation.picture.sources.sampling import pyramid_of, sampled
from installation.picture.sources.still_images import texel_of
from installation.picture.view import picture_coordinates
from installation.show.frame import Fit, LatentPoint, Shot, View
from tests.picture.reference import display, linear
from tests.picture.shots import host_pixels

NOISE = np.random.default_rng(1).integers(0, 256, (36, 64, 3), np.uint8)
POINT = LatentPoint((("a", 1.0),))


def drawn(pixels: NDArray[np.uint8], view: View, size_px: tuple[int, int], fit: Fit = "cover") -> NDArray[np.float64]:
    """0..255, with alpha where there is some."""
    pyramid = pyramid_of(pixels)
    places = texel_of(pyramid.size_px, fit, size_px[0] / size_px[1])
    return 255 * host_pixels(sampled(pyramid, places, Order(Shot(POINT, view), *size_px))).astype(float)


def test_pixel_for_pixel_a_picture_is_what_is_in_its_file() -> None:
    assert np.abs(drawn(NOISE, View(), (64, 36)) - NOISE).max() < 0.2


def test_a_picture_at_half_its_size_has_the_mean_light() -> None:
    light = linear(NOISE / 255)
    mean = display((light[0::2, 0::2] + light[1::2, 0::2] + light[0::2, 1::2] + light[1::2, 1::2]) / 4)
    assert np.abs(drawn(NOISE, View(), (32, 18)) - 255 * mean).max() < 1.0


@pytest.mark.parametrize("width", [3, 7, 20, 45])
def test_however_small_a_checkerboard_is_an_even_grey_and_does_not_flicker(width: int) -> None:
    board = np.indices((256, 256)).sum(0) % 2 * 255
    picture = drawn(np.repeat(board[..., None], 3, 2).astype(np.uint8), View(x=0.013), (width, width))
    assert np.abs(picture[1:-1, 1:-1, :3] - 187.5).max() < 12  # sRGB of half the light


def wave(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([0.5 + 0.4 * np.sin(2 * x + phase + np.cos(y)) for phase in (0.0, 2.0, 4.0)], -1)


def coordinates(view: View, width: int, height: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    v, u = np.meshgrid((np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width, indexing="ij")
    x, y = picture_coordinates(view, width / height).at(u, v)
    return x, y


WAVE = (255 * wave(*coordinates(View(), 512, 288)) + 0.5).astype(np.uint8)


@settings(max_examples=60, deadline=None)
@given(
    st.builds(
        View,
        st.floats(-0.3, 0.3),
        st.floats(-0.2, 0.2),
        st.floats(1.5, 40.0),
        st.floats(-180, 180),
        st.booleans(),
    )
)
def test_any_camera_sees_the_picture_where_it_is(view: View) -> None:
    picture = drawn(WAVE, view, (160, 90))[..., :3]
    x, y = coordinates(view, 160, 90)
    seen = wave(x, y)
    inside = (np.abs(x) < 1.7) & (np.abs(y) < 0.95)
    assert np.abs(picture - 255 * seen)[inside].max(initial=0) < 3


def test_beyond_its_edge_a_picture_is_transparent_and_the_edge_is_soft_by_a_pixel() -> None:
    picture = drawn(NOISE, View(zoom=0.5), (64, 36))
    assert picture.shape[2] == 4
    assert (picture[:8, :, 3] == 0).all()
    assert (picture[10:26, 17:47, 3] == 255).all()
    half = drawn(NOISE, View(zoom=0.5, x=1 / 18), (64, 36))
    assert half[18, 15, 3] == pytest.approx(128, abs=2)


@pytest.mark.parametrize(("fit", "rows", "columns"), [("contain", 36, 9), ("cover", 36, 64), ("stretch", 36, 64)])
def test_a_tall_picture_fits_its_wide_place_as_told(fit: Fit, rows: int, columns: int) -> None:
    picture = drawn(np.full((400, 100, 3), 255, np.uint8), View(), (64, 36), fit)
    alpha = picture[..., 3] if picture.shape[2] == 4 else np.full((36, 64), 255)
    assert alpha[18].sum() / 255 == pytest.approx(columns, abs=0.01)
    assert alpha[:, 32].sum() / 255 == pytest.approx(rows, abs=0.01)


def test_between_seen_and_unseen_no_other_colour_shows() -> None:
    """A cut-out whose unseen pixels are green in the file, as some programs leave them."""
    cut = np.zeros((32, 32, 4), np.uint8)
    cut[...] = 0, 255, 0, 0
    cut[8:24, 8:24] = 255, 0, 0, 255
    picture = drawn(cut, View(zoom=1.7, degrees=20), (90, 90))
    assert picture[..., 1][picture[..., 3] > 4].max() < 3
    near = pyramid_of(cut).levels[0]
    assert near[7, 7, :3].tolist() == pytest.approx([255, 0, 0], abs=1)


def test_a_bent_picture_lies_where_the_monitor_shows_it() -> None:
    surface = np.array([[[0.0, 0.0, 1.0], [1.0, 0.0, 1.0]], [[0.0, 1.0, 1.0], [1.0, 1.0, 1.0]]])
    surface[..., 0] = 1 - surface[..., 0]  # hung the other way round
    bent = pixel_map(surface, (64, 36), 64 / 36)
    pyramid = pyramid_of(NOISE)
    order = Order(Shot(POINT, View()), 64, 36, pixel_map=bent)
    found = 255 * host_pixels(sampled(pyramid, texel_of((64, 36), "cover", 64 / 36), order)).astype(float)
    assert np.abs(found[..., :3] - NOISE[:, ::-1]).max() < 1.5


def test_what_is_far_out_of_sight_is_nothing() -> None:
    order = Order(Shot(POINT, View(x=50.0)), 8, 8)
    assert (host_pixels(sampled(pyramid_of(NOISE), texel_of((64, 36), "cover", 1.0), order)) == 0).all()
