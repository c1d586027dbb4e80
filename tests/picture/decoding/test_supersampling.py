"""Detail finer than a pixel is averaged over the pixel, in light, and nothing jumps on the way there."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from installation.picture.decoding.supersampling import SAMPLES, drawn, softness_of
from installation.picture.order import Order
from installation.picture.pixel_map import PixelMap
from installation.picture.source import DecodedPicture
from installation.picture.supply.supply import ExactSupply
from installation.show.frame import Plate, Shot, View
from tests.picture.reference import display, linear
from tests.picture.shots import host_pixels
from tests.picture.show_of_one import ONE, SIZES, CountingDecoder, frame_of, standing

SHOT = Shot(ONE, View(zoom=0.5))


class Noise:
    """A decoder whose every sample is a number of its own."""

    name = "noise"

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
        samples = np.random.default_rng(7).random((height, width, 3))
        return DecodedPicture(samples.astype(np.float16), shot.view, pixel_map)

    def close(self) -> None:
        """Nothing is held."""


def shown(softness: float) -> NDArray[np.float64]:
    return host_pixels(drawn(Noise(), [Order(SHOT, 20, 10, softness)])[0]).astype(float)


def test_a_pixel_shows_the_mean_light_of_its_samples() -> None:
    samples = host_pixels(Noise().decode(SHOT, 20 * SAMPLES, 10 * SAMPLES)).astype(float)
    mean = linear(samples).reshape(10, SAMPLES, 20, SAMPLES, 3).mean((1, 3))
    assert np.abs(shown(1.0) - display(mean)).max() < 1 / 500
    assert np.abs(shown(1e-9) - samples[1::SAMPLES, 1::SAMPLES]).max() < 1 / 500, "gradually from its own middle"


@pytest.mark.parametrize("subject", [ONE, Plate(("test/near/0",) * 100, 10)])
def test_the_camera_leaves_and_nothing_jumps(subject: object) -> None:
    views = [View(zoom=40.0 * 0.97**number) for number in range(250)]
    softness = [softness_of(Shot(subject, view), 640, 360) for view in views]  # type: ignore[arg-type]
    assert (softness[0], softness[-1]) == (0.0, 1.0)
    assert all(0 <= after - before < 0.1 for before, after in pairwise(softness))


def test_films_and_stills_are_supersampled_where_they_need_it_and_glimpses_are_not() -> None:
    for supersampled, size in ((True, (3 * 64, 3 * 36)), (False, (64, 36))):
        decoder = CountingDecoder()
        with ExactSupply(decoder, supersampled=supersampled) as supply:
            ((picture, _),) = supply.sources(frame_of(0, standing()), SIZES)["wall", 0, 0].parts
        assert decoder.orders[0][1:3] == size
        assert picture.pixels.shape == (36, 64, 3)
