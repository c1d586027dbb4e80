"""`matte:` of a layer in a score."""

from __future__ import annotations

from pathlib import Path

import pytest

from installation.show.frame import Matte
from installation.show.score import Layer, Text
from tests.media.pictures import plain, save
from tests.score.five_neurons import Author, with_layers


def layers_of(author: Author, told: str) -> tuple[Layer, ...]:
    (cue,) = author.read(with_layers(told)).cues
    return cue.layers


def test_another_layer_is_a_matte_and_is_not_seen_itself(author: Author) -> None:
    mask, sea = layers_of(author, "[{name: mask, walk: arch}, {name: sea, walk: pagoda, matte: mask}]")
    assert (mask.is_matte, sea.is_matte) == (True, False)
    assert sea.matte == Matte("mask", "brightness", False)


def test_a_matte_says_what_counts(author: Author) -> None:
    told = "[{name: mask, walk: arch}, {name: sea, walk: pagoda, matte: {layer: mask, use: alpha, invert: true}}]"
    assert layers_of(author, told)[1].matte == Matte("mask", "alpha", True)


def test_a_matte_may_be_words_or_a_picture_of_its_own(author: Author, tmp_path: Path) -> None:
    save(tmp_path / "stencil.png", plain(255, 255, 255))
    told = (
        "[{name: sea, walk: pagoda, matte: {text: {words: SEA, size: 0.5}, use: alpha}}, "
        "{name: sky, walk: arch, matte: {image: stencil.png}}]"
    )
    words, sea, stencil, sky = layers_of(author, told)
    assert isinstance(words.takes[0].subject, Text)
    assert (words.name, words.is_matte, sea.matte) == ("sea-matte", True, Matte("sea-matte", "alpha"))
    assert (stencil.name, sky.matte) == ("sky-matte", Matte("sky-matte"))


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ("[{name: sea, walk: pagoda, matte: mask}]", "layer 'mask' is not in this cue; it has no other"),
        ("[{name: sea, walk: pagoda, matte: sea}]", "layer 'sea' cannot guide itself: name another layer of the cue"),
        (
            "[{name: a, walk: arch, matte: b}, {name: b, walk: arch, matte: a}]",
            "layer 'b' is guided by another itself; what guides a layer has nothing but its own light",
        ),
        ("[{name: sea, walk: pagoda, matte: {use: alpha}}]", "there is nothing to see: add"),
        ("[{name: sea, walk: pagoda, matte: {layer: x, use: light}}]", "use 'light' is unknown; there is brightness"),
        ("[{name: sea, walk: pagoda, matte: {from: x}}]", "'from' is not a key of a matte; did you mean 'layer'?"),
    ],
)
def test_mistakes_are_told_where_they_stand(author: Author, told: str, message: str) -> None:
    mistakes = author.mistakes(with_layers(told))
    assert any(message in mistake for mistake in mistakes), mistakes


def test_what_is_there_for_others_is_not_taken_for_hidden(author: Author) -> None:
    told = "[{name: mask, walk: arch}, {name: sky, walk: arch}, {name: sea, walk: pagoda, matte: mask}]"
    assert author.warnings(with_layers(told)) == []
