"""`clip:` in a score."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from installation.show.score import Clip
from tests.media.films import save_film
from tests.media.pictures import plain, save
from tests.score.five_neurons import Author, with_layer


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return save_film(tmp_path / "film.mp4")


def clip_of(author: Author, layer: str) -> Clip:
    (cue,) = author.read(with_layer(layer)).cues
    subject = cue.layers[0].takes[0].subject
    assert isinstance(subject, Clip)
    return subject


@pytest.mark.usefixtures("film")
def test_a_film_is_named_by_its_file_or_with_how_it_plays(author: Author) -> None:
    plainly = clip_of(author, "clip: film.mp4")
    assert (plainly.first, plainly.last, plainly.rate, plainly.repeat, plainly.fps) == (
        0,
        49,
        1.0,
        "loop",
        Fraction(25),
    )
    told = "clip: {file: film.mp4, begin: 0.4s, end: 1.2s, rate: 0.5, repeat: ping-pong, fit: cover}"
    clip = clip_of(author, told)
    assert (clip.first, clip.last, clip.rate, clip.repeat, clip.fit) == (10, 29, 0.5, "ping-pong", "cover")
    half = clip_of(author, "clip: {file: film.mp4, begin: 50%}")
    assert (half.first, half.last) == (25, 49)


def test_a_folder_of_pictures_has_the_shows_rate_or_its_own(author: Author, tmp_path: Path) -> None:
    (tmp_path / "frames").mkdir()
    for number in range(4):
        save(tmp_path / "frames" / f"{number}.png", plain(1, 2, 3))
    assert clip_of(author, "clip: frames").fps == 30
    assert clip_of(author, "clip: {file: frames, fps: 12}").fps == Fraction(12)


@pytest.mark.usefixtures("film")
@pytest.mark.parametrize(
    ("layer", "told"),
    [
        ("clip: nothing.mp4", "film 'nothing.mp4' cannot be read"),
        ("clip: score.yaml", "'score.yaml' is not a film that can be read"),
        ("clip: {file: film.mp4, begin: 3s}", "film 'film.mp4' is only 2s long: nothing would play"),
        ("clip: {file: film.mp4, begin: 1s, end: 0.5s}", "the film ends before it begins"),
        ("clip: {file: film.mp4, fps: 12}", "a film has a rate of its own; `rate` plays it"),
        ("clip: {file: film.mp4, rate: 0}", "0 is outside 0.001..100"),
        ("clip: {file: film.mp4, in: 1s}", "'in' is not a key of a clip; did you mean 'begin'?"),
    ],
)
def test_mistakes_are_told_where_they_stand(author: Author, layer: str, told: str) -> None:
    mistakes = author.mistakes(with_layer(layer))
    assert any(told in mistake for mistake in mistakes), mistakes
    assert all(mistake.startswith("6:") for mistake in mistakes)


@pytest.mark.usefixtures("film")
def test_an_end_beyond_the_films_own_looks_unintended(author: Author) -> None:
    (warning,) = author.warnings(with_layer("clip: {file: film.mp4, end: 9s}"))
    assert "film 'film.mp4' is only 2s long: it ends there" in warning
