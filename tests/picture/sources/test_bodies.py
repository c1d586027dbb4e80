"""A picture on a body: each pixel shows the very place that it sees there, and around it is nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from installation.atlas.architecture import Architecture
from installation.atlas.interpolate import Interpolator
from installation.media.bodies import body_of
from installation.picture.decoding.numba_decoder import NumbaDecoder
from installation.picture.decoding.numpy_decoder import draw
from installation.picture.order import Order
from installation.picture.sources.subject_decoder import SubjectDecoder
from installation.picture.view import picture_coordinates
from installation.picture.ways.body_views import EYE
from installation.show.frame import Descent, LatentPoint, OnBody, Shot, View, World
from tests.media.obj_files import SQUARE
from tests.picture.shots import NEURONS, STEP, host_pixels
from tests.small_atlas import small_atlas

SIDE = 64
POINT = LatentPoint(((NEURONS[1], 1.0),))
TORUS_NEURON = LatentPoint(((NEURONS[5], 1.0),))


@pytest.fixture(scope="module")
def interpolator(tmp_path_factory: pytest.TempPathFactory) -> Interpolator:
    shape = Architecture(width=8, depth=2)
    far = Architecture(width=8, depth=2, coordinates="torus")
    return Interpolator(small_atlas(tmp_path_factory.mktemp("atlas"), shape, far=far))


@pytest.fixture(scope="module")
def decoder(interpolator: Interpolator) -> Iterator[SubjectDecoder]:
    decoder = SubjectDecoder(NumbaDecoder(interpolator, threads=1))
    yield decoder
    decoder.close()


def on(body: str, subject: LatentPoint | Descent = POINT, **changes: Any) -> OnBody:
    fixed: dict[str, Any] = {"view": View(), "yaw": 0.0, "pitch": 0.0, "roll": 0.0, "size": 0.8, "shade": 0.0}
    return OnBody(subject, body=body, **(fixed | changes))


def drawn(decoder: SubjectDecoder, subject: OnBody, width: int = SIDE, height: int = SIDE) -> NDArray[np.float64]:
    return host_pixels(decoder.decode_all([Order(Shot(subject, View()), width, height)])[0]).astype(np.float64)


Places = NDArray[np.float64]


def truth(interpolator: Interpolator, subject: OnBody, u: Places, v: Places) -> NDArray[np.float64]:
    affine = picture_coordinates(subject.view, body_of(subject.body).aspect)
    assert isinstance(subject.subject, LatentPoint)
    return draw(interpolator.components(subject.subject), affine, u, v, SIDE)


def rays() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where the pixels of a square place look, in half short sides."""
    steps = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1
    x, y = np.meshgrid(steps, steps)
    return x, y


@pytest.mark.parametrize("yaw", [0.0, 70.0])
def test_a_sphere_shows_what_a_ray_meets_on_it(interpolator: Interpolator, decoder: SubjectDecoder, yaw: float) -> None:
    """Worked out anew: where the line from the eye through a pixel meets the sphere."""
    subject = on("sphere", yaw=yaw, view=View(0.1, 0.05, 1.2, 10.0))
    x, y = rays()
    length = np.sqrt(x**2 + y**2 + EYE**2)
    along = EYE * EYE / length  # to the point of the line that is nearest to the middle
    apart = np.sqrt(EYE**2 - along**2)
    met = apart < 0.8 * 0.97  # at the rim the triangles' outline and slope differ
    reach = along - np.sqrt(np.maximum(0.8**2 - apart**2, 0))
    point = np.stack([x, y, np.full_like(x, EYE)]) * (reach / length)
    point[2] -= EYE
    point /= 0.8
    turned = math.radians(yaw)
    across = math.cos(turned) * point[0] + math.sin(turned) * point[2]
    away = -math.sin(turned) * point[0] + math.cos(turned) * point[2]
    u = np.arctan2(across, -away) / (2 * np.pi) + 0.5
    v = np.arcsin(np.clip(point[1], -1, 1)) / np.pi + 0.5
    seam = np.abs(u - 0.5) > 0.48
    inside = met & ~seam & (np.abs(v - 0.5) < 0.45)
    expected = truth(interpolator, subject, u, v)
    assert np.abs(drawn(decoder, subject)[..., :3] - expected)[inside].max() < 3 * STEP


def test_a_plane_in_space_is_seen_in_perspective(interpolator: Interpolator, decoder: SubjectDecoder) -> None:
    subject = on("plane", yaw=50.0, size=0.7)
    x, y = rays()
    turn = math.radians(50)
    # Points (a cos, b, a sin) of the plane: the line (x, y, EYE) t - (0, 0, EYE) meets it at this t.
    t = EYE / (EYE - x * math.tan(turn))
    a, b = x * t / math.cos(turn) / 0.7, y * t / 0.7
    inside = (np.abs(a) < 0.97) & (np.abs(b) < 0.97)
    expected = truth(interpolator, subject, (a + 1) / 2, (b + 1) / 2)
    found = drawn(decoder, subject)
    assert np.abs(found[..., :3] - expected)[inside].max() < STEP
    assert (found[..., 3][inside] == 1).all()
    assert (found[..., 3][(np.abs(a) > 1.1) | (np.abs(b) > 1.1)] == 0).all()


def test_around_a_body_is_nothing_and_its_edge_is_as_soft_as_a_pixel(decoder: SubjectDecoder) -> None:
    opacity = drawn(decoder, on("sphere"))[..., 3]
    assert opacity[SIDE // 2, SIDE // 2] == 1
    assert opacity[0, 0] == opacity[-1, 0] == 0
    assert 0 < ((opacity > 0) & (opacity < 1)).mean() < 0.1
    radius = 0.8 / math.sqrt(1 - (0.8 / EYE) ** 2)
    assert opacity.mean() == pytest.approx(math.pi * radius**2 / 4, rel=0.01)


def test_on_a_torus_a_picture_that_tiles_has_no_seam(decoder: SubjectDecoder) -> None:
    """The body turned so that its seam is in front is as smooth as elsewhere."""
    seam, elsewhere = (
        drawn(decoder, on("torus", TORUS_NEURON, pitch=90.0, roll=roll), 96, 96)[..., :3] for roll in (0.0, 90.0)
    )
    steps = [np.abs(np.diff(one, axis=1)).max() for one in (seam, elsewhere)]
    assert steps[0] < 1.5 * steps[1]


def test_light_shapes_a_body_and_leaves_its_hues(decoder: SubjectDecoder) -> None:
    flat, lit = drawn(decoder, on("sphere")), drawn(decoder, on("sphere", shade=1.0))
    whole = flat[..., 3] == 1
    share = lit[..., :3][whole] / np.maximum(flat[..., :3][whole], 0.02)
    assert share.max() <= 1.01
    assert share.min() < 0.7
    assert lit[SIDE // 4, SIDE // 3, :3].mean() / flat[SIDE // 4, SIDE // 3, :3].mean() > 0.9, (
        "the upper left is bright"
    )


def test_a_body_that_is_turned_once_round_is_the_same_again(decoder: SubjectDecoder) -> None:
    assert np.abs(drawn(decoder, on("sphere", yaw=360.0)) - drawn(decoder, on("sphere"))).max() < 2 * STEP


def test_a_body_wears_a_descent_too(decoder: SubjectDecoder) -> None:
    worlds = (World(NEURONS[1], 0.2, 0.1, 0.2), World(NEURONS[6], 0.0, 0.0, 0.2))
    found = drawn(decoder, on("plane", Descent(worlds, endless=True), view=View(0.2, 0.1, 3.0)))
    assert found[..., :3][found[..., 3] == 1].std() > 0.01


def test_a_body_comes_from_a_file(tmp_path: Path, interpolator: Interpolator, decoder: SubjectDecoder) -> None:
    """A square in OBJ is the plane, smaller by the length of its diagonal."""
    pytest.importorskip("trimesh")
    (tmp_path / "square.obj").write_text(SQUARE)
    file, plane = on(str(tmp_path / "square.obj"), size=0.7 * math.sqrt(2)), on("plane", size=0.7)
    assert np.abs(drawn(decoder, file) - drawn(decoder, plane)).max() < 2 * STEP
    assert interpolator.atlas.neurons
