"""Text over time: it types, it rolls, and it names what is seen."""

from __future__ import annotations

import pytest

from installation.show.expressions import ParameterRef
from installation.show.frame import LatentPoint, LayerFrame, Plate, Shot, ShowValue, TextStyle, View, Words
from installation.show.score import Cue, Text
from installation.show.words import TimedText, captioned

STYLE = TextStyle(())
CUE = Cue("2", "Dusk", 10.0, ())
NAMES = {"places365/conv10/251": "pagoda"}
PAGODA = LatentPoint((("places365/conv10/251", 0.7), ("places365/conv10/4", 0.3)))


def text_at(text: Text, seconds: float, *seen: LayerFrame, **parameters: float) -> Words:
    words = TimedText(text, 1.0).at(seconds, parameters)
    layers = captioned([*seen, LayerFrame("words", Shot(words, View()))], CUE, NAMES)
    found = layers[-1].shot.subject
    assert isinstance(found, Words)
    return found


def test_a_text_names_the_cue_and_the_neuron_that_is_seen_most() -> None:
    parts = ("In ", ShowValue("cue"), ": ", ShowValue("neuron"), " of ", ShowValue("network_layer"))
    seen = LayerFrame("sea", Shot(PAGODA, View()))
    assert text_at(Text(parts, STYLE), 0.0, seen).text == "In Dusk: pagoda of places365/conv10"


def test_a_neuron_without_a_name_is_called_by_its_address() -> None:
    seen = LayerFrame("sea", Shot(LatentPoint((("a/b/c/3", 1.0),)), View()))
    values = tuple(ShowValue(name) for name in ("neuron", "network", "layer", "channel"))
    assert text_at(Text(values, STYLE), 0.0, seen).parts == ("a/b/c/3ab/c3",)


def test_of_several_layers_the_topmost_that_is_seen_is_named() -> None:
    below, hidden = LayerFrame("sea", Shot(PAGODA, View())), LatentPoint((("a/b/1", 1.0),))
    above = LayerFrame("sky", Shot(hidden, View()), opacity=0.0)
    assert text_at(Text((ShowValue("neuron"),), STYLE), 0.0, below, above).text == "pagoda"


def test_on_a_plate_it_names_the_cell_that_the_camera_is_in() -> None:
    plate = Plate(("a/b/0", "a/b/1", "a/b/2", "a/b/3"), 2)
    for view, told in ((View(-0.5, 0.5, 2.0), "a/b/2"), (View(0.5, -0.5, 2.0), "a/b/1"), (View(3.0), "")):
        assert text_at(Text((ShowValue("address"),), STYLE), 0.0, LayerFrame("p", Shot(plate, view))).text == told


def test_where_no_neuron_is_seen_it_names_none() -> None:
    assert text_at(Text(("<", ShowValue("neuron"), ShowValue("network_layer"), ">"), STYLE), 0.0).text == "<>"


@pytest.mark.parametrize(
    ("value", "told"), [(0.5, "0.5"), (2.0, "2"), (0.126, "0.13"), (-0.001, "0"), (100.0, "100"), (-1.5, "-1.5")]
)
def test_a_parameter_is_written_with_two_decimals_at_most(value: float, told: str) -> None:
    assert text_at(Text((ParameterRef("near"),), STYLE), 0.0, near=value).text == told


def test_it_types_letter_by_letter_and_stands_between_two_letters() -> None:
    text = Text(("abcd",), STYLE, typed_seconds=4.0)
    assert [text_at(text, seconds).shown for seconds in (0.0, 1.0, 1.9, 2.0, 4.0, 9.0)] == [0, 0.25, 0.25, 0.5, 1, 1]
    assert text_at(text, 1.0) == text_at(text, 1.5)


def test_it_rolls_through_its_place_and_stays_beyond() -> None:
    text = Text(("abcd",), STYLE, roll_seconds=8.0)
    assert [text_at(text, seconds).roll for seconds in (0.0, 2.0, 8.0, 20.0)] == [0.0, 0.25, 1.0, 1.0]


def test_its_size_may_be_a_parameter() -> None:
    assert text_at(Text(("a",), STYLE, ParameterRef("loud")), 0.0, loud=0.4).size == 0.4
