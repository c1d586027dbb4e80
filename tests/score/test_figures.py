"""`shape:` and `gradient:` in a score."""

from __future__ import annotations

import pytest

from installation.show.frame import Gradient, Shape
from tests.score.five_neurons import Author, with_layer


def subject_of(author: Author, layer: str) -> object:
    (cue,) = author.read(with_layer(layer)).cues
    return cue.layers[0].takes[0].subject


def test_a_word_alone_is_a_form_and_braces_say_more(author: Author) -> None:
    assert subject_of(author, "shape: ellipse") == Shape("ellipse")
    said = "shape: {form: rectangle, width: 1.5, corners: 0.1, softness: 0.02, colour: blue}"
    assert subject_of(author, said) == Shape("rectangle", 1.5, 0.5, 0.1, 0.02, (0, 0, 1, 1))
    assert subject_of(author, "gradient: radial") == Gradient("radial")
    assert subject_of(author, 'gradient: {from: "#000000", to: "#ffffff00", degrees: 90}') == Gradient(
        "linear", (0, 0, 0, 1), (1, 1, 1, 0), 90
    )


def test_a_matte_may_be_a_shape_or_a_gradient(author: Author) -> None:
    (cue,) = author.read(with_layer("name: sea, walk: arch, matte: {shape: ellipse, use: alpha}")).cues
    assert [(layer.name, layer.is_matte) for layer in cue.layers] == [("sea-matte", True), ("sea", False)]
    (cue,) = author.read(with_layer("walk: arch, matte: {gradient: {degrees: 90}, invert: true}")).cues
    assert cue.layers[0].takes[0].subject == Gradient("linear", degrees=90)


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        ("shape: circle", "form 'circle' is unknown; there is ellipse, rectangle"),
        ("shape: {form: ellipse, width: 0}", "0 is outside 0.001..100"),
        ("gradient: {from: blak}", "'blak' is not a colour"),
        ("shape: ellipse, walk: arch", "`walk` and `shape` at once: keep one"),
    ],
)
def test_mistakes_are_told_where_they_stand(author: Author, layer: str, told: str) -> None:
    (mistake,) = author.mistakes(with_layer(layer))
    assert told in mistake
    assert mistake.startswith("6:")
