"""Frames of films lie in their places as pictures do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from installation.errors import MediaError
from installation.media.film_file import film_facts
from installation.picture.order import Order
from installation.picture.sources.clips import MAX_OPEN, Clips
from installation.show.frame import ClipMoment, Fit, Shot, View
from tests.media.films import FPS, STEP, WITH_ALPHA, save_film
from tests.picture.shots import host_pixels


@pytest.fixture
def clips() -> Iterator[Clips]:
    found = Clips()
    yield found
    found.close()


def moment(path: Path, frame: int, fit: Fit = "contain", aspect: float = 16 / 9) -> ClipMoment:
    return ClipMoment(str(path), film_facts(path).digest, frame, Fraction(FPS), fit, aspect)


PLAIN = View()


def drawn(
    clips: Clips, subject: ClipMoment, view: View = PLAIN, size_px: tuple[int, int] = (64, 36)
) -> NDArray[np.float64]:
    return 255 * host_pixels(clips.draw(subject, Order(Shot(subject, view), *size_px))).astype(float)


def test_a_frame_fills_a_place_of_its_own_shape(tmp_path: Path, clips: Clips) -> None:
    film = save_film(tmp_path / "film.mp4")
    for number in (0, 30, 7):
        picture = drawn(clips, moment(film, number), size_px=(32, 18))
        assert picture.shape == (18, 32, 3)
        assert picture.mean() == pytest.approx(STEP * number, abs=2.5)


def test_in_a_place_of_another_shape_it_is_seen_whole_or_fills_it(tmp_path: Path, clips: Clips) -> None:
    film = save_film(tmp_path / "film.mp4")
    whole = drawn(clips, moment(film, 30, "contain", 1.0), size_px=(64, 64))
    assert (whole[:14, :, 3] == 0).all()
    assert (whole[15:49, :, 3] == 255).all()
    assert drawn(clips, moment(film, 30, "cover", 1.0), size_px=(64, 64)).shape == (64, 64, 3)
    assert drawn(clips, moment(film, 30, "stretch", 1.0), size_px=(64, 64)).shape == (64, 64, 3)


def test_under_a_camera_it_lies_where_it_lies_without_one(tmp_path: Path, clips: Clips) -> None:
    film = save_film(tmp_path / "film.mp4")
    for view in (View(zoom=1.0001), View(degrees=0.01), View(zoom=2.0, x=0.3)):
        seen = drawn(clips, moment(film, 20, "cover"), view)
        assert seen[..., :3].mean() == pytest.approx(STEP * 20, abs=3)


def test_a_film_with_alpha_lets_what_is_behind_be_seen(tmp_path: Path, clips: Clips) -> None:
    film = save_film(tmp_path / "film.mov", 10, codec=WITH_ALPHA)
    picture = drawn(clips, moment(film, 5))
    assert picture[18, 8, 3] < 40
    assert picture[18, 56, 3] > 215


def test_only_so_many_films_stay_open(tmp_path: Path, clips: Clips) -> None:
    films = [save_film(tmp_path / f"{number}.mp4", 3 + number) for number in range(MAX_OPEN + 2)]
    for film in films:
        drawn(clips, moment(film, 1))
    assert len(clips._readers) == MAX_OPEN


def test_a_film_that_is_gone_is_told(tmp_path: Path, clips: Clips) -> None:
    film = save_film(tmp_path / "film.mp4")
    subject = replace(moment(film, 1), digest="unseen")
    film.unlink()
    with pytest.raises(MediaError, match=r"film 'film\.mp4' cannot be read"):
        drawn(clips, subject)
