"""Where a monitor's pixels lie in the picture over it, and that every decoder draws for just those places."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from installation.atlas.architecture import Architecture
from installation.atlas.interpolate import Interpolator
from installation.outputs.headless import Headless
from installation.picture.decoding.decoder import Decoder
from installation.picture.decoding.glsl_decoder import GlslDecoder
from installation.picture.decoding.numba_decoder import NumbaDecoder
from installation.picture.decoding.numpy_decoder import NumpyDecoder, draw
from installation.picture.decoding.torch_decoder import TorchDecoder
from installation.picture.pixel_map import PixelMap, pixel_map
from installation.picture.view import picture_coordinates
from installation.rig.warp import WHOLE_MONITOR, Corners, Mesh, Turn, bent, find_fold, straight, surface, to_monitor
from installation.rig.warp import Point as Place
from installation.show.frame import LatentPoint, Plate, Shot, View
from tests.picture.shots import NEURONS, STEP, host_pixels, points, views
from tests.rig.test_warp import QUADRILATERALS
from tests.small_atlas import small_atlas

SIZE = (29, 17)
near = st.floats(-0.06, 0.06)


@st.composite
def meshes(draw: st.DrawFn) -> Mesh:
    even = straight(draw(st.integers(2, 4)), draw(st.integers(2, 4)), draw(st.sampled_from(["smooth", "linear"])))
    moved = tuple(tuple(Place(x + draw(near), y + draw(near)) for x, y in row) for row in even.points)
    return Mesh(moved, even.interpolation)


@st.composite
def pixel_maps(draw: st.DrawFn) -> PixelMap:
    corners, mesh = draw(QUADRILATERALS), draw(st.one_of(st.none(), meshes()))
    assume(mesh is None or find_fold(corners, mesh) is None)
    turn = Turn(draw(st.integers(0, 3)), draw(st.booleans()))
    return pixel_map(surface(corners, mesh, turn), SIZE, draw(st.sampled_from([16 / 9, 1.0, 0.6])))


def map_of(corners: Corners = WHOLE_MONITOR, mesh: Mesh | None = None, turns: int = 0) -> PixelMap:
    return pixel_map(surface(corners, mesh, Turn(turns)), SIZE, SIZE[0] / SIZE[1])


def inner(pixels: PixelMap) -> np.ndarray:
    """Those of the covered pixels (count,) whose places are their own: what is borrowed a neighbour has, too."""
    places = np.pad(pixels.offsets, ((0, 0), (1, 1), (1, 1)), constant_values=np.nan)
    own = np.ones(pixels.size_px[::-1], bool)
    for shift in (-1, 1):
        for axis in (1, 2):
            own &= (places != np.roll(places, shift, axis)).any(0)[1:-1, 1:-1]
    return np.intersect1d(np.flatnonzero(own), pixels.covered)


def test_a_picture_that_is_not_bent_has_its_own_pixels() -> None:
    width, height = SIZE
    across, down = map_of().offsets
    assert np.abs(across - ((np.arange(width) + 0.5) / width - 0.5)).max() <= 2**-25
    assert np.abs(down.T - ((np.arange(height) + 0.5) / height - 0.5)).max() <= 2**-25


@pytest.mark.parametrize(("turns", "corner"), [(0, (0, 0)), (1, (0, 1)), (2, (1, 1)), (3, (1, 0))])
def test_a_turned_picture_has_its_top_left_corner_at_another_corner_of_the_monitor(
    turns: int, corner: tuple[int, int]
) -> None:
    """Clockwise by a quarter, its bottom left corner comes to the monitor's top left."""
    first = map_of(turns=turns).offsets[:, 0, 0]
    assert np.abs(first - (np.array(corner) - 0.5)).max() < 0.05


@settings(max_examples=25, deadline=None)
@given(QUADRILATERALS, st.one_of(st.none(), meshes()))
def test_the_place_of_a_pixel_is_laid_onto_that_pixel(corners: Corners, mesh: Mesh | None) -> None:
    """Through corners alone exactly; a mesh is flat between its fine cells, and off by their bulge at most."""
    assume(mesh is None or find_fold(corners, mesh) is None)
    width, height = SIZE
    found = map_of(corners, mesh)
    pixels = inner(found)[::7]
    u, v = found.offsets.reshape(2, -1)[:, pixels].astype(float) + 0.5
    for pixel, x, y in zip(pixels.tolist(), u, v, strict=True):
        place = bent(mesh, np.array([x]), np.array([y]))[0, 0] if mesh else (x, y)
        across, down, w = to_monitor(corners) @ (*place, 1)
        off = np.hypot(across / w * width - (pixel % width + 0.5), down / w * height - (pixel // width + 0.5))
        assert off < (0.05 if mesh else 1e-4)


@pytest.fixture(scope="module")
def interpolator(tmp_path_factory: pytest.TempPathFactory) -> Interpolator:
    return Interpolator(small_atlas(tmp_path_factory.mktemp("atlas"), Architecture(width=10, depth=3)))


@pytest.fixture(scope="module", params=["numba", "torch", "glsl"])
def decoder(request: pytest.FixtureRequest, interpolator: Interpolator) -> Iterator[Decoder]:
    makes: dict[str, Callable[[], Decoder]] = {
        "numba": lambda: NumbaDecoder(interpolator, threads=2),
        "torch": lambda: TorchDecoder(interpolator, threads=2),
        "glsl": lambda: GlslDecoder(interpolator, Headless, compute=False, software=True),
    }
    made = makes[request.param]()
    yield made
    made.close()


@settings(max_examples=12, deadline=None)
@given(pixel_maps(), points, views)
def test_a_decoder_draws_at_the_monitors_own_pixels_what_the_definition_says_there(
    interpolator: Interpolator, decoder: Decoder, found: PixelMap, point: LatentPoint, view: View
) -> None:
    decoded = decoder.decode(Shot(point, view), *SIZE, found)
    truth = NumpyDecoder(interpolator).bent(Shot(point, view), found)
    assert decoded.pixel_map is found
    assert decoded.aspect == found.aspect
    assert np.abs(host_pixels(decoded).astype(float) - truth).max() < STEP


@settings(max_examples=8, deadline=None)
@given(QUADRILATERALS, points, st.floats(0, 3.6))
def test_through_corners_it_is_the_picture_in_double_precision_at_any_zoom(
    interpolator: Interpolator, corners: Corners, point: LatentPoint, power: float
) -> None:
    """Nothing of the map is used for the truth: each pixel is taken back through the corners' own matrix."""
    width, height = SIZE
    found, view = map_of(corners), View(0.3, -0.2, 10**power, 20)
    pixels = inner(found)
    monitor = np.stack([(pixels % width + 0.5) / width, (pixels // width + 0.5) / height, np.ones(len(pixels))])
    u, v, w = np.linalg.inv(to_monitor(corners)) @ monitor
    affine = picture_coordinates(view, width / height)
    truth = draw(interpolator.components(point), affine, u / w, v / w, height)
    decoded = NumbaDecoder(interpolator, threads=1).decode(Shot(point, view), width, height, found)
    assert np.abs(host_pixels(decoded).reshape(-1, 3)[pixels] - truth).max() < STEP


def test_one_cell_of_a_plate_is_drawn_there_too(interpolator: Interpolator, decoder: Decoder) -> None:
    found = map_of((Place(0.1, 0), Place(1, 0.1), Place(0.9, 1), Place(0, 0.9)))
    shot = Shot(Plate(NEURONS[:4], 2, 0.1, SIZE[0] / SIZE[1]), View(0.9, -0.5, 4.0))
    truth = NumpyDecoder(interpolator).bent(shot, found)
    assert np.abs(host_pixels(decoder.decode(shot, *SIZE, found)).astype(float) - truth).max() < STEP


def test_where_the_picture_does_not_lie_it_is_black(decoder: Decoder) -> None:
    half: Corners = (Place(0, 0), Place(0.5, 0), Place(0.5, 1), Place(0, 1))
    found = map_of(half)
    pixels = host_pixels(decoder.decode(Shot(LatentPoint(((NEURONS[0], 1.0),)), View()), *SIZE, found))
    assert (pixels[:, SIZE[0] // 2 + 2 :] == 0).all()
    assert (pixels[:, : SIZE[0] // 2] > 0).any()
    assert len(found.covered) < 0.6 * SIZE[0] * SIZE[1]
