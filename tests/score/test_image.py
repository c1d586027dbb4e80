"""`image:` in a score."""

from __future__ import annotations

from pathlib import Path

import pytest

from installation.show.frame import StillImage
from installation.show.score import Take
from tests.media.pictures import plain, save
from tests.score.five_neurons import Author, with_layer


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return save(tmp_path / "photo.png", plain(255, 0, 0))


def subject_of(author: Author, layer: str) -> object:
    (cue,) = author.read(with_layer(layer)).cues
    take: Take = cue.layers[0].takes[0]
    return take.subject


def test_a_picture_is_named_by_its_file_or_with_how_it_fits(author: Author, photo: Path) -> None:
    plainly = subject_of(author, "image: photo.png")
    assert isinstance(plainly, StillImage)
    assert (plainly.file, plainly.fit) == (str(photo), "contain")
    covering = subject_of(author, "image: {file: photo.png, fit: cover}")
    assert covering == StillImage(str(photo), plainly.digest, "cover")


def test_the_files_that_a_score_names_are_known_to_whoever_watches_them(author: Author, photo: Path) -> None:
    assert author.check(with_layer("takes: [{image: photo.png}, {image: photo.png}]")).files == (photo,)


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        ("image: poto.png", "picture 'poto.png' cannot be read: "),
        ("image: score.yaml", "'score.yaml' is not a picture; PNG, JPEG, TIFF, WebP and EXR can be read"),
        ("image: {file: photo.png, fit: fill}", "fit 'fill' is unknown; there is contain, cover, stretch"),
        ("image: {fit: cover}", "'file' is missing: the file"),
        ("image: photo.png, walk: arch", "`walk` and `image` at once: keep one"),
        ("image: photo.png, view: {into: arch}", "`into` needs a plate, and this take shows something else"),
    ],
)
@pytest.mark.usefixtures("photo")
def test_mistakes_are_told_where_they_stand(author: Author, layer: str, told: str) -> None:
    (mistake,) = author.mistakes(with_layer(layer))
    assert told in mistake
    assert mistake.startswith("6:")


@pytest.mark.usefixtures("photo")
def test_a_score_that_only_shows_pictures_needs_no_neuron(author: Author) -> None:
    assert author.warnings(with_layer("image: photo.png, opacity: [{at: 0s, value: 0}, {at: 2s, value: 1}]")) == []
