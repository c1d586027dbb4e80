"""Worlds in worlds: what is seen of a chain at any depth, for the wall's own pixels, without a seam."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from installation.atlas.architecture import Architecture
from installation.atlas.interpolate import Interpolator
from installation.atlas.places import with_places
from installation.picture.decoding.numba_decoder import NumbaDecoder
from installation.picture.order import Order
from installation.picture.sources.descent_drawer import seen_worlds
from installation.picture.sources.subject_decoder import SubjectDecoder
from installation.picture.view import picture_coordinates
from installation.show.descent import DescentRoute
from installation.show.frame import Descent, LatentPoint, Shot, View
from installation.show.score import Descend, DescentStop
from tests.picture.shots import NEURONS, SHIPPED, STEP, host_pixels, off
from tests.small_atlas import small_atlas

STOPS = (DescentStop(NEURONS[1], (0.3, -0.2, 0.12)), DescentStop(NEURONS[6], (-0.25, 0.1, 0.16)))
ROUTE = DescentRoute(Descend(STOPS, 10.0))


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SubjectDecoder]:
    atlas = small_atlas(tmp_path_factory.mktemp("atlas"), Architecture(width=8, depth=2))
    decoder = SubjectDecoder(NumbaDecoder(Interpolator(atlas), threads=1))
    yield decoder
    decoder.close()


def shot_at(seconds: float, route: DescentRoute = ROUTE) -> Shot:
    return Shot(route.at(seconds), route.through(View(), seconds))


def drawn(decoder: SubjectDecoder, shot: Shot, width: int = 64, height: int = 36) -> np.ndarray:
    return host_pixels(decoder.decode_all([Order(shot, width, height)])[0]).astype(float)


def test_a_chain_that_ends_begins_with_its_first_picture_alone(decoder: SubjectDecoder) -> None:
    descent = Descent(tuple(ROUTE.at(0.0).worlds), endless=False)
    far = View(x=-0.9, y=0.9, zoom=4.0)
    alone = drawn(decoder, Shot(LatentPoint(((NEURONS[1], 1.0),)), far))
    assert off(drawn(decoder, Shot(descent, far)), alone) < STEP, "beside the place nothing else is seen"


def test_in_the_middle_of_a_place_the_next_picture_is_seen_alone(decoder: SubjectDecoder) -> None:
    descent = Descent(tuple(ROUTE.at(0.0).worlds), endless=False)
    near = View(0.3, -0.2, 2.0 / 0.12, 15.0)
    alone = drawn(decoder, Shot(LatentPoint(((NEURONS[6], 1.0),)), View(zoom=2.0, degrees=15.0)), 36, 36)
    assert off(drawn(decoder, Shot(descent, near), 36, 36), alone) < STEP


def test_it_comes_round_without_a_seam(decoder: SubjectDecoder) -> None:
    first, last = drawn(decoder, shot_at(0.0)), drawn(decoder, shot_at(10.0 - 1e-7))
    assert off(last, first) < STEP


def test_a_steady_zoom_jumps_nowhere() -> None:
    """What changes beyond steady motion, at most 1.5 times what it is for a camera inside one picture of the atlas."""
    neurons = [SHIPPED.find(name).address for name in ("puppies", "lakeside", "facades")]
    descend = with_places(Descend(tuple(DescentStop(neuron) for neuron in neurons), 30.0), SHIPPED)
    route, decoder = DescentRoute(descend), SubjectDecoder(NumbaDecoder(Interpolator(SHIPPED), threads=1))
    fps, size = 10, (64, 36)
    growth = route.through(View(), 1 / fps).zoom

    def bends(shots: list[Shot]) -> NDArray[np.float64]:
        frames = np.stack([drawn(decoder, shot, *size) for shot in shots])
        found: NDArray[np.float64] = np.sqrt(np.square(np.diff(frames, 2, axis=0)).mean((1, 2, 3)))
        return found

    falling = bends([shot_at(number / fps, route) for number in range(30 * fps)])
    inside = [
        bends([Shot(LatentPoint(((neuron, 1.0),)), View(0.2, 0.1, 0.8 * growth**number)) for number in range(30)]).max()
        for neuron in neurons
    ]
    decoder.close()
    assert falling.max() < 1.5 * max(inside)


def test_a_world_that_fills_the_place_is_all_that_is_drawn() -> None:
    worlds = ROUTE.at(0.0).worlds
    inside = picture_coordinates(View(0.3, -0.2, 3.0 / 0.12), 1.0)
    assert [world.neuron for world in seen_worlds(Descent(worlds, endless=False), inside)] == [NEURONS[6]]
    whole = picture_coordinates(View(), 16 / 9)
    assert [world.neuron for world in seen_worlds(Descent(worlds, endless=False), whole)] == [NEURONS[1], NEURONS[6]]
    endless = seen_worlds(Descent(worlds, endless=True), whole)
    assert endless[0].neuron == NEURONS[6], "what lies around the first world is the last"
