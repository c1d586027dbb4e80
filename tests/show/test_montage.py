"""Shots lie over outputs: single, split, span, canon, mirror."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.picture.view import picture_coordinates
from installation.show.frame import LayerFrame, Place, Plate, View
from installation.show.score import (
    Canon,
    Cue,
    Keyframe,
    Mirror,
    Output,
    Score,
    Single,
    Span,
    Split,
    Track,
    ViewKeyframe,
)
from tests.show.scores import (
    LEFT,
    MIDDLE,
    RIGHT,
    THREE,
    cue,
    ending,
    layer,
    message,
    mixture,
    neuron,
    outputs_at,
    score,
    seen_at,
    shot,
    showing,
    view_at,
    walking,
)

GRID = Plate(("a", "b", "c", "d"), columns=2)


def on_three(one: Cue) -> Score:
    return score(one, outputs=(LEFT, MIDDLE, RIGHT))


def layers_of(tide: Score, seconds: float = 0.0, output: int = 0) -> tuple[LayerFrame, ...]:
    return outputs_at(tide, seconds)[output].cues[0].layers


def test_single_shows_one_take_on_every_output_and_starts_over() -> None:
    tide = on_three(cue("x", layer(showing("a"), showing("b"), outputs=THREE, montage=Single())))
    assert [layers_of(tide, output=index)[0].shot for index in range(3)] == [shot("a"), shot("b"), shot("a")]


def test_an_output_that_a_cue_does_not_use_is_empty() -> None:
    tide = on_three(cue("x", layer(showing("a"), outputs=("middle",))))
    assert [len(layers_of(tide, output=index)) for index in range(3)] == [0, 1, 0]


def test_layers_lie_back_to_front() -> None:
    tide = on_three(cue("x", layer(showing("a"), name="below"), layer(showing("b"), name="above")))
    assert [one.name for one in layers_of(tide)] == ["below", "above"]


def test_split_fills_its_cells_row_by_row_output_by_output() -> None:
    takes = [showing(name) for name in "abcdefghij"]
    tide = on_three(cue("x", layer(*takes, outputs=THREE, montage=Split(2, 2))))
    assert [one.shot.subject for one in layers_of(tide)] == [neuron(name) for name in "abcd"]
    assert [one.shot.subject for one in layers_of(tide, output=2)] == [neuron(name) for name in "ijab"]
    assert [one.place for one in layers_of(tide)] == [
        Place(0.0, 0.0, 0.5, 0.5),
        Place(0.5, 0.0, 0.5, 0.5),
        Place(0.0, 0.5, 0.5, 0.5),
        Place(0.5, 0.5, 0.5, 0.5),
    ]


def test_a_cell_that_several_outputs_share_keeps_its_turn() -> None:
    tide = on_three(cue("x", layer(*(showing(name) for name in "abcb"), outputs=THREE, montage=Split(2, 1))))
    assert [one.shot.subject for one in layers_of(tide, output=1)] == [neuron("c"), neuron("b")]


def test_the_gap_of_a_split_is_equally_wide_in_both_directions() -> None:
    tide = on_three(cue("x", layer(showing("a"), montage=Split(2, 2, gap=0.2))))
    first, right, below, _ = (one.place for one in layers_of(tide))
    assert (right.x - first.width) * 160 == pytest.approx(0.2 * 90)
    assert (below.y - first.height) * 90 == pytest.approx(0.2 * 90)
    assert right.x + right.width == pytest.approx(1.0)


def test_a_split_stays_within_the_layers_place() -> None:
    strip = replace(layer(showing("a"), montage=Split(2, 1)), place=Place(0.5, 0.25, 0.5, 0.5))
    assert [one.place for one in layers_of(on_three(cue("x", strip)))] == [
        Place(0.5, 0.25, 0.25, 0.5),
        Place(0.75, 0.25, 0.25, 0.5),
    ]


def test_a_plate_has_the_aspect_of_its_place() -> None:
    split = layer(showing(GRID), montage=Split(2, 1))
    assert layers_of(on_three(cue("x", split)))[0].shot.subject == replace(GRID, aspect=80 / 90)
    assert layers_of(on_three(cue("x", layer(showing(GRID)))))[0].shot.subject == replace(GRID, aspect=160 / 90)


def test_a_spanned_plate_has_the_aspect_of_all_outputs_together() -> None:
    tide = on_three(cue("x", layer(showing(GRID), outputs=THREE, montage=Span(0.5))))
    (only,) = layers_of(tide, output=1)
    assert isinstance(only.shot.subject, Plate)
    assert only.shot.subject.aspect == pytest.approx(3 * 16 / 9 + 1.0)


def test_a_span_over_three_equal_outputs() -> None:
    tide = on_three(cue("x", layer(showing("a"), outputs=THREE, montage=Span())))
    assert [view_at(tide, 0, output=index) for index in range(3)] == [
        pytest.approx(View(-32 / 9, 0.0, 1.0, 0.0)),
        pytest.approx(View(0.0, 0.0, 1.0, 0.0)),
        pytest.approx(View(32 / 9, 0.0, 1.0, 0.0)),
    ]


SIZES = st.integers(20, 400)


@given(
    st.lists(st.tuples(SIZES, SIZES), min_size=1, max_size=4),
    st.floats(0.0, 0.5),
    st.floats(0.2, 5.0),
    st.floats(-180.0, 180.0),
)
@settings(max_examples=60, deadline=None)
def test_a_span_is_one_picture(sizes: list[tuple[int, int]], gap: float, zoom: float, degrees: float) -> None:
    """Every output sees of the whole picture what a window at its place would: the corners say so."""
    outputs = tuple(Output(str(index), *size) for index, size in enumerate(sizes))
    take = showing("a", ViewKeyframe(0.0, 0.3, -0.2, zoom, degrees))
    names = tuple(output.name for output in outputs)
    tide = score(cue("x", layer(take, outputs=names, montage=Span(gap))), outputs=outputs)
    widths = [output.width / output.height for output in outputs]
    whole_width = sum(widths) + gap * (len(widths) - 1)
    whole = picture_coordinates(View(0.3, -0.2, zoom, degrees), whole_width)
    left = 0.0
    for index, width in enumerate(widths):
        own = picture_coordinates(view_at(tide, 0, output=index), width)
        for u, v in ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)):
            assert own.at(u, v) == pytest.approx(whole.at((left + u * width) / whole_width, v), abs=1e-6)
        left += width + gap


def test_canon_delays_the_walk_from_output_to_output() -> None:
    take = showing(walking("a", "b"), ViewKeyframe(0.0), ViewKeyframe(10.0, x=1.0, ease="linear"))
    tide = on_three(cue("x", layer(take, outputs=THREE, montage=Canon(2.0)), seconds=60.0))
    assert [seen_at(tide, 5, output=index).shot.subject for index in range(3)] == [
        mixture(a=0.5, b=0.5),
        mixture(a=0.7, b=0.3),
        mixture(a=0.9, b=0.1),
    ]
    assert view_at(tide, 5, output=2).x == pytest.approx(0.1)


def test_in_a_canon_the_later_outputs_wait_at_their_start() -> None:
    tide = on_three(cue("x", layer(showing(walking("a", "b")), outputs=THREE, montage=Canon(2.0)), seconds=60.0))
    assert seen_at(tide, 1.5, output=1).shot.subject == neuron("a")


def test_a_canon_stays_one_when_its_cue_loops() -> None:
    take = showing(walking("a", "b"))
    tide = ending(on_three(cue("x", layer(take, outputs=THREE, montage=Canon(2.0)))), x="loop")
    # In the second lap the first output is at 1 s, the second still at the 9 s of its own first lap.
    assert seen_at(tide, 11, output=0).shot.subject == mixture(a=0.9, b=0.1)
    assert dict(outputs_at(tide, 11)[1].cues[0].layers[0].shot.subject.shares)["b"] == pytest.approx(0.9)  # type: ignore[union-attr]


def test_mirror_turns_every_second_output() -> None:
    tide = on_three(cue("x", layer(showing("a", ViewKeyframe(0.0, x=0.3)), outputs=THREE, montage=Mirror())))
    assert [view_at(tide, 0, output=index).mirrored for index in range(3)] == [False, True, False]
    assert view_at(tide, 0, output=1) == View(x=0.3, mirrored=True)


def test_equal_shots_on_several_outputs_are_equal() -> None:
    tide = on_three(cue("x", layer(showing(walking("a", "b")), outputs=THREE)))
    assert len({seen_at(tide, 3.3, output=index).shot for index in range(3)}) == 1


def test_opacity_follows_its_track_times_the_desks_fader() -> None:
    fading = replace(layer(showing("a")), opacity=Track((Keyframe(0.0, 0.0), Keyframe(4.0, 0.8))))
    tide = score(cue("x", fading))
    assert seen_at(tide, 2).opacity == pytest.approx(0.4)
    assert seen_at(tide, 2, message(1, "set", "/layer/sea/opacity", value=0.5)).opacity == pytest.approx(0.2)


def test_a_layer_that_cannot_be_seen_is_not_shown() -> None:
    fading = replace(layer(showing("a")), opacity=Track((Keyframe(1.0, 0.0), Keyframe(4.0, 0.8))))
    assert outputs_at(score(cue("x", fading)), 0.5)[0].cues[0].layers == ()
