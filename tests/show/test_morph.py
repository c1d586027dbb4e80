"""A morph lets the layers of one cue travel into those of the next."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.show.frame import LatentPoint, LayerFrame, Place, Plate, Shot, View
from installation.show.morph import mixed, morphed
from installation.show.score import Keyframe, Track, Transition, ViewKeyframe
from tests.show.scores import (
    DISSOLVE,
    MORPH,
    cue,
    cues_at,
    layer,
    message,
    mixture,
    neuron,
    outputs_at,
    score,
    seen_at,
    shot,
    showing,
    three_cues,
    walking,
)

NAMES = st.sampled_from("abcde")
POINTS = st.one_of(NAMES.map(neuron), st.just(mixture(a=0.25, c=0.75)), st.just(mixture(b=0.5, d=0.5)))
VIEWS = st.builds(View, st.floats(-1.0, 1.0), st.just(0.0), st.floats(0.5, 9.0), st.just(0.0), st.just(False))
SHOTS = st.builds(Shot, POINTS, VIEWS)
PLACES = st.sampled_from((Place(), Place(0.0, 0.0, 0.5, 1.0), Place(0.25, 0.5, 0.5, 0.25)))
LAYERS = st.lists(
    st.builds(
        LayerFrame,
        st.sampled_from(("sea", "sky", "rain")),
        SHOTS,
        PLACES,
        st.floats(0.1, 1.0),
        st.just("normal"),
        st.just(()),
        st.none(),
        st.just(False),
    ),
    max_size=4,
).map(tuple)


def only(layers: tuple[LayerFrame, ...] | None) -> LayerFrame:
    assert layers is not None
    (one,) = layers
    return one


def test_latents_views_places_and_opacity_travel() -> None:
    old = LayerFrame("sea", shot("a", View(0.0, 0.0, 1.0, 0.0)), Place(), 1.0)
    new = LayerFrame("sea", shot("b", View(0.75, 0.0, 4.0, 90.0)), Place(0.5, 0.0, 0.5, 1.0), 0.5)
    expected = LayerFrame(
        "sea", Shot(mixture(a=0.5, b=0.5), View(0.5, 0.0, 2.0, 45.0)), Place(0.25, 0.0, 0.75, 1.0), 0.75
    )
    between = only(morphed((old,), (new,), 0.5))
    assert between.shot.view == pytest.approx(expected.shot.view)
    assert between._replace(shot=expected.shot) == expected
    assert between.shot.subject == expected.shot.subject


def test_a_morph_is_one_cue_that_becomes_the_next() -> None:
    tide = three_cues(MORPH)
    assert seen_at(tide, 10) == seen_at(tide, 9.9)
    assert seen_at(tide, 10.5).shot.subject == mixture(a=0.75, b=0.25)
    assert seen_at(tide, 12).shot.subject == neuron("b")
    assert cues_at(tide, 11) == [("b", 1.0)]


def test_both_walks_go_on_during_a_morph() -> None:
    tide = score(
        cue("x", layer(showing(walking("a", "b", seconds=20.0)))),
        cue("y", layer(showing(walking("c", "d", seconds=20.0))), transition=MORPH),
    )
    # One second in: x is 11/20 of its way, y 1/20, the morph half of its own.
    subject = seen_at(tide, 11).shot.subject
    assert isinstance(subject, LatentPoint)
    assert dict(subject.shares) == pytest.approx({"a": 0.225, "b": 0.275, "c": 0.475, "d": 0.025})


def test_layers_meet_by_name_then_by_order() -> None:
    sea, sky, rain = (LayerFrame(name, shot(neuron)) for name, neuron in (("sea", "a"), ("sky", "b"), ("rain", "c")))
    sun, other_sea = LayerFrame("sun", shot("d")), LayerFrame("sea", shot("e"))
    assert morphed((sea, sky, rain), (sun, other_sea), 0.5) == (
        rain._replace(opacity=0.5),
        LayerFrame("sun", Shot(mixture(b=0.5, d=0.5), View())),
        LayerFrame("sea", Shot(mixture(a=0.5, e=0.5), View())),
    )


def test_a_layer_that_meets_none_fades_in() -> None:
    assert morphed((), (LayerFrame("sea", shot("a"), opacity=0.8),), 0.25) == (
        LayerFrame("sea", shot("a"), opacity=0.2),
    )


def test_a_plate_that_meets_another_picture_dissolves() -> None:
    plate = Plate(("a", "b"), 2)
    tide = score(cue("x", layer(showing(plate))), cue("y", transition=MORPH))
    assert cues_at(tide, 11) == [("x", 1.0), ("y", 0.5)]


def test_the_same_plate_travels() -> None:
    plate = Plate(("a", "b", "c", "d"), 2)
    tide = score(
        cue("x", layer(showing(plate))), cue("y", layer(showing(plate, ViewKeyframe(0.0, zoom=4.0))), transition=MORPH)
    )
    assert seen_at(tide, 11).shot.view.zoom == pytest.approx(2.0)


@pytest.mark.parametrize("change", [{"blend": "add"}, {"shot": shot("a", View(mirrored=True))}])
def test_another_blend_or_a_mirrored_view_cannot_travel(change: dict[str, object]) -> None:
    sea = LayerFrame("sea", shot("a"))
    assert morphed((sea,), (sea._replace(**change),), 0.5) is None  # type: ignore[arg-type]


@given(LAYERS, LAYERS)
@settings(max_examples=60, deadline=None)
def test_a_morph_begins_with_the_old_layers_exactly(old: tuple[LayerFrame, ...], new: tuple[LayerFrame, ...]) -> None:
    assert morphed(old, new, 0.0) == old


@given(LAYERS, LAYERS)
@settings(max_examples=60, deadline=None)
def test_a_morph_ends_with_the_new_layers(old: tuple[LayerFrame, ...], new: tuple[LayerFrame, ...]) -> None:
    assert morphed(old, new, 1.0) == new
    nearly = morphed(old, new, 1.0 - 1e-12)
    assert nearly is not None
    assert [one.name for one in nearly][len(nearly) - len(new) :] == [one.name for one in new]
    assert [one.opacity for one in nearly[len(nearly) - len(new) :]] == pytest.approx([one.opacity for one in new])


@given(POINTS, POINTS, st.floats(0.0, 1.0))
@settings(max_examples=60, deadline=None)
def test_mixed_shares_are_positive_and_sum_to_one(before: LatentPoint, after: LatentPoint, share: float) -> None:
    shares = mixed(before, after, share).shares
    assert list(shares) == sorted(shares)
    assert sum(part for _, part in shares) == pytest.approx(1.0)
    assert all(part > 0.0 for _, part in shares)


def test_a_layer_that_fades_in_during_a_morph_has_met_its_partner_from_the_start() -> None:
    late = replace(layer(showing("b")), opacity=Track((Keyframe(1.0, 0.0), Keyframe(1.2, 1.0, "linear"))))
    tide = score(cue("a"), cue("x", late, transition=MORPH))
    before, after = seen_at(tide, 10.9), seen_at(tide, 11.1)
    assert before.shot.subject == mixture(a=1 - 0.45, b=0.45)
    assert after.shot.subject == mixture(a=1 - 0.55, b=0.55)


def test_a_morph_that_interrupts_another_transition_dissolves() -> None:
    tide = score(cue("a"), cue("b", transition=DISSOLVE), cue("c", transition=MORPH))
    go = message(11, "go", "c")
    assert cues_at(tide, 11, go) == [("a", 1.0), ("b", 0.5), ("c", 0.0)]
    assert cues_at(tide, 12.5, go) == [("b", 1.0), ("c", 0.75)]


def test_a_dissolve_that_interrupts_a_morph_lies_over_it() -> None:
    tide = score(cue("a"), cue("b", transition=MORPH), cue("c", transition=DISSOLVE))
    go = message(11, "go", "c")
    assert outputs_at(tide, 11, go)[0].cues[0] == outputs_at(tide, 11)[0].cues[0]
    assert cues_at(tide, 11.5, go) == [("b", 1.0), ("c", 0.25)]


def test_a_morph_out_of_the_dark_dissolves() -> None:
    tide = score(cue("a"), cue("b", transition=Transition("morph", 2.0, "linear")))
    assert cues_at(tide, 6, message(4, "stop"), message(5, "go", "b")) == [("b", 0.5)]
