"""`text:` in a score."""

from __future__ import annotations

from pathlib import Path

import pytest

from installation.show.expressions import ParameterRef
from installation.show.frame import ShowValue
from installation.show.score import Text
from tests.media.fonts import save_font
from tests.score.five_neurons import Author, with_layer


def text_of(author: Author, layer: str) -> Text:
    (cue,) = author.read(with_layer(layer)).cues
    subject = cue.layers[0].takes[0].subject
    assert isinstance(subject, Text)
    return subject


def test_words_alone_are_a_text(author: Author) -> None:
    text = text_of(author, 'text: "Act one\\nThe sea"')
    assert text.parts == ("Act one\nThe sea",)
    assert [font.file.endswith("Inter.ttf") for font in text.style.fonts] == [True]


def test_values_and_parameters_stand_in_the_words(author: Author) -> None:
    text = text_of(author, 'text: "$show.neuron costs $$ $mist."')
    assert text.parts == (ShowValue("neuron"), " costs ", "$", " ", ParameterRef("mist"), ".")


def test_a_text_says_how_it_looks(author: Author, tmp_path: Path) -> None:
    save_font(tmp_path / "own.ttf", {"漢": 1000})
    told = (
        "text: {words: a漢, font: [Inter, own.ttf], size: 0.3, weight: 700, align: left, vertical: top, margin: 0.1, "
        'tracking: 0.1, leading: 1.5, colour: "#ff000080", outline: {width: 0.02, colour: navy}, type: 3s}'
    )
    text = text_of(author, told)
    style = text.style
    assert (text.size, text.typed_seconds, text.roll_seconds) == (0.3, 3.0, None)
    assert (style.weight, style.align, style.vertical, style.margin) == (700, "left", "top", 0.1)
    assert (style.tracking, style.leading, style.outline) == (0.1, 1.5, 0.02)
    assert style.colour == pytest.approx((1, 0, 0, 128 / 255))
    assert style.outline_colour == pytest.approx((0, 0, 128 / 255, 1))
    assert [Path(font.file).name for font in style.fonts] == ["Inter.ttf", "own.ttf"]


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        ('text: "costs $5"', "a $ begins the name of a parameter; write $$ for a dollar sign"),
        ('text: "$show.nearon"', "$show.nearon is unknown; there is cue, cue_id, neuron"),
        ('text: "$near"', "parameter 'near' is unknown"),
        ("text: 漢字", "Inter has no letter for '漢' (U+6F22), '字' (U+5B57); name a font that has"),
        ("text: {words: a, font: Nobodys Sans}", "no font family 'Nobodys Sans' is installed here"),
        ("text: {words: a, font: nobodys.ttf}", "font 'nobodys.ttf' cannot be read: "),
        ("text: {words: a, font: score.yaml.ttf}", "font 'score.yaml.ttf' cannot be read"),
        ("text: {words: a, colour: reddish}", "'reddish' is not a colour; write white,"),
        ("text: {words: a, type: 2s, roll: 2s}", "a text that types stands still while it does; keep one"),
        ("text: {words: a, weight: 2000}", "2000 is outside 1..1000"),
        ("text: {size: 0.1}", "'words' is missing: what is written"),
        ("text: a, walk: arch", "`walk` and `text` at once: keep one"),
    ],
)
def test_mistakes_are_told_where_they_stand(author: Author, layer: str, told: str) -> None:
    mistakes = author.mistakes(with_layer(layer))
    assert any(told in mistake for mistake in mistakes), mistakes
    assert all(mistake.startswith("6:") for mistake in mistakes)


def test_a_weight_that_a_font_does_not_have_looks_unintended(author: Author, tmp_path: Path) -> None:
    save_font(tmp_path / "own.ttf", {"a": 1000})
    (warning,) = author.warnings(with_layer("text: {words: a, font: own.ttf, weight: 700}"))
    assert "Boxes does not have weight 700, only 400" in warning


def test_a_cue_of_nothing_but_words_is_as_long_as_they_type(author: Author) -> None:
    (cue,) = author.read(with_layer("text: {words: a, type: 7s}", "end: hold")).cues
    assert cue.duration == 7.0
