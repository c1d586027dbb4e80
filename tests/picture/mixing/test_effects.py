"""Effects on layers, cues and outputs look as their definition in numpy says, and cost only where they do something."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray

from installation.picture.mixing.mixer import Mixer
from installation.picture.source import DecodedPicture, LayerPicture
from installation.show.effects import EFFECTS
from installation.show.frame import (
    CueFrame,
    Effect,
    Frame,
    LatentPoint,
    LayerFrame,
    OutputFrame,
    Place,
    Reveal,
    Shot,
    View,
)
from tests.picture.mixing.effects_reference import REFERENCES, treated
from tests.picture.reference import display, linear

SIZE = (64, 36)
SHOT = Shot(LatentPoint((("a", 1.0),)), View())
STEP = 1.6
"""In 255ths: dither, half floats and the fitted sRGB curves."""


def waves(size_px: tuple[int, int] = SIZE) -> NDArray[np.float64]:
    width, height = size_px
    y, x = np.mgrid[0:height, 0:width] / 9.0
    shown = np.stack([np.sin(x + phase + np.sin(2 * y)) for phase in (0.0, 2.1, 4.2)], -1)
    return (0.5 + 0.45 * shown).astype(np.float16).astype(np.float64)


def picture_of(pixels: NDArray[np.float64]) -> LayerPicture:
    return LayerPicture(View(), ((DecodedPicture(pixels.astype(np.float16), View()), 1.0),))


def layer(*effects: Effect, **changes: Any) -> LayerFrame:
    return LayerFrame("sea", SHOT, effects=effects)._replace(**changes)


def drawn(
    mixer: Mixer, output: OutputFrame, sources: dict[tuple[int, int], LayerPicture], number: int = 0
) -> NDArray[np.float64]:
    named = {("wall", *key): one for key, one in sources.items()}
    return mixer.mix(Frame(number, 0.0, (output,)), named)["wall"].pixels()[..., :3].astype(float)


def one_layer(*effects: Effect, **changes: Any) -> OutputFrame:
    return OutputFrame("wall", (CueFrame("1", (layer(*effects, **changes),)),))


EXAMPLES = {
    "grade": (0.05, 1.3, 1.1, 1.2, 0.6, 25.0, 0.4),
    "blur": (0.05,),
    "sharpen": (1.5, 0.03),
    "grain": (0.4, 0.06),
    "vignette": (0.7, 0.6, 0.8),
    "threshold": (0.5, 0.4, 0.8),
    "posterize": (4.0, 0.75),
    "edges": (0.9, 1.5, 0.03),
    "tile": (2.5, 0.25, -0.4, 1.0),
    "kaleidoscope": (5.0, 20.0, 1.0),
    "displace": (0.2, 30.0, 0.25),
}


def effect(kind: str, *values: float, moment: int = 0) -> Effect:
    by = ("guide",) if EFFECTS[kind].guided else ()
    return Effect(kind, values or EXAMPLES[kind], moment, by)


OURS = [kind for kind, told in EFFECTS.items() if told.drawn != "shader"]


def test_every_effect_has_a_definition_and_an_example() -> None:
    assert set(OURS) == set(REFERENCES) == set(EXAMPLES)
    assert all(len(EXAMPLES[kind]) == len(EFFECTS[kind].quantities) for kind in OURS)


@pytest.mark.parametrize("kind", OURS)
def test_an_effect_looks_as_its_definition_says(gl: moderngl.Context, kind: str) -> None:
    one = effect(kind, moment=7 if EFFECTS[kind].moves else 0)
    with Mixer(gl, {"wall": SIZE}) as mixer:
        picture = drawn(mixer, one_layer(one), {(0, 0): picture_of(waves())})
    off = np.abs(picture - 255 * treated(waves(), one))
    # Where a hard step lies or a picture is folded, a pixel's rounding decides: a few pixels, by the step.
    assert np.percentile(off, 98 if EFFECTS[kind].drawn == "remapped" or kind == "posterize" else 100) < STEP
    assert off.mean() < 0.7


@pytest.mark.parametrize("place", [Place(), Place(0.5, 0, 0.5, 1)])
def test_a_layer_is_pushed_aside_by_another_where_that_lies(gl: moderngl.Context, place: Place) -> None:
    guide = np.concatenate([waves()[::-1], waves()[:, ::-1, :1]], -1)
    one, by = effect("displace"), layer(name="guide", is_matte=True, place=place)
    output = OutputFrame("wall", (CueFrame("1", (by, layer(one))),))
    seen = guide if place == Place() else guide[:, 32:]
    with Mixer(gl, {"wall": SIZE}) as mixer:
        picture = drawn(mixer, output, {(0, 0): picture_of(seen), (0, 1): picture_of(waves())})
    if place != Place():
        guide[:, :32] = 0
    off = np.abs(picture - 255 * REFERENCES["displace"](waves(), *one.values, guide))
    assert np.percentile(off, 99) < 4
    assert off.mean() < 0.7


def test_a_wide_blur_is_drawn_small_and_looks_the_same(gl: moderngl.Context) -> None:
    size = (192, 108)
    soft = effect("blur", 0.12)
    with Mixer(gl, {"wall": size}) as mixer:
        picture = drawn(mixer, one_layer(soft), {(0, 0): picture_of(waves(size))})
    off = np.abs(picture - 255 * treated(waves(size), soft))
    assert off[30:-30, 30:-30].max() < 4
    assert off.mean() < 4  # what is repeated beyond an edge is the mean of some of its pixels


def test_effects_follow_one_another_in_their_order(gl: moderngl.Context) -> None:
    chain = effect("posterize", 3.0, 1.0), effect("blur", 0.04), effect("grade"), effect("vignette")
    with Mixer(gl, {"wall": SIZE}) as mixer:
        picture = drawn(mixer, one_layer(*chain), {(0, 0): picture_of(waves())})
        other = drawn(mixer, one_layer(*chain[::-1]), {(0, 0): picture_of(waves())})
    off = np.abs(picture - 255 * treated(waves(), *chain))
    assert np.percentile(off, 95) < 3
    assert np.abs(picture - other).max() > 10


def test_pointwise_effects_of_what_is_seen_alone_take_no_pass(gl: moderngl.Context) -> None:
    source = {(0, 0): picture_of(waves())}
    with Mixer(gl, {"wall": SIZE}) as mixer:
        counts = []
        for chain in ((), (effect("grade"),), (effect("grade"), effect("vignette"), effect("posterize"))):
            before = mixer.statistics().passes
            drawn(mixer, one_layer(*chain), source)
            counts.append(mixer.statistics().passes - before)
        assert counts == [1, 1, 1]


def test_effects_of_a_layer_under_another_are_drawn_where_that_lies_and_look_the_same(gl: moderngl.Context) -> None:
    chain = effect("vignette"), effect("grain", moment=3)
    caption = np.concatenate([waves((16, 12)), np.full((12, 16, 1), 0.5)], -1)
    above = layer(place=Place(0.25, 0, 0.25, 1 / 3))
    output = OutputFrame("wall", (CueFrame("1", (layer(*chain), above)),))
    with Mixer(gl, {"wall": SIZE}, dither=False) as mixer:
        alone = drawn(mixer, one_layer(*chain), {(0, 0): picture_of(waves())})
        before = mixer.statistics().passes
        both = drawn(mixer, output, {(0, 0): picture_of(waves()), (0, 1): picture_of(caption)})
        passes = mixer.statistics().passes - before
    assert passes < 8
    assert np.abs(both[12:] - alone[12:]).max() == 0
    assert np.abs(both[:, 32:] - alone[:, 32:]).max() == 0
    light = 0.5 * linear(treated(waves(), *chain)[:12, 16:32]) + 0.5 * linear(waves((16, 12)))
    assert np.abs(both[:12, 16:32] - 255 * display(light)).max() < STEP


@pytest.mark.parametrize("has_alpha", [True, False])
def test_effects_of_key_pictures_under_a_half_opaque_layer_take_no_pass(gl: moderngl.Context, has_alpha: bool) -> None:
    chain = effect("vignette"), effect("grain", moment=3)
    ((decoded, _),) = picture_of(waves()).parts
    keys = replace(picture_of(waves()), parts=((decoded, 0.5), (decoded, 0.5)))
    caption = np.concatenate([waves()[::-1], np.full((36, 64, 1), 0.5)], -1) if has_alpha else waves()[::-1]
    glass = layer(name="glass", opacity=1.0 if has_alpha else 0.5)
    output = OutputFrame("wall", (CueFrame("1", (layer(*chain), glass)),))
    with Mixer(gl, {"wall": SIZE}, dither=False) as mixer:
        before = mixer.statistics().passes
        both = drawn(mixer, output, {(0, 0): keys, (0, 1): picture_of(caption)})
        assert mixer.statistics().passes - before == 1
    light = 0.5 * linear(treated(waves(), *chain)) + 0.5 * linear(waves()[::-1])
    assert np.abs(both - 255 * display(light)).max() < STEP


@pytest.mark.parametrize("place", ["layer", "cue", "output"])
def test_effects_at_half_the_width_look_nearly_the_same(gl: moderngl.Context, place: str) -> None:
    size = (192, 108)
    chain = effect("blur", 0.05), effect("vignette")
    small = replace(picture_of(waves(size)), effects_scale=0.5)
    output = one_layer(*chain) if place == "layer" else one_layer()
    if place == "cue":
        output = replace(output, cues=(replace(output.cues[0], effects=chain),))
    elif place == "output":
        output = replace(output, effects=chain)
    with Mixer(gl, {"wall": size}) as mixer:
        picture = drawn(mixer, output, {(0, 0): small})
    off = np.abs(picture - 255 * treated(waves(size), *chain))
    assert off[20:-20, 20:-20].max() < 6
    assert off.mean() < 4


def test_more_effects_than_a_pass_does_are_several(gl: moderngl.Context) -> None:
    chain = [effect("grade", 0.0, 1.0, 0.97, 1.0, 1.0, 9.0, 0.0)] * 11
    with Mixer(gl, {"wall": SIZE}) as mixer:
        picture = drawn(mixer, one_layer(*chain), {(0, 0): picture_of(waves())})
    assert np.abs(picture - 255 * treated(waves(), *chain)).max() < STEP


def test_what_does_not_change_is_drawn_once(gl: moderngl.Context) -> None:
    source = {(0, 0): picture_of(waves())}
    with Mixer(gl, {"wall": SIZE}) as mixer:
        first = drawn(mixer, one_layer(effect("blur"), effect("grade")), source)
        before = mixer.statistics().passes
        before = mixer.statistics().passes
        again = drawn(mixer, one_layer(effect("blur"), effect("grade")), source)
        assert mixer.statistics().passes - before == 1
        assert (first == again).all()
        moved = drawn(mixer, one_layer(effect("blur", 0.1), effect("grade")), source)
        assert (moved != again).any()


def test_a_thousand_frames_of_moving_effects_do_not_fill_the_card(gl: moderngl.Context) -> None:
    with Mixer(gl, {"wall": SIZE}) as mixer:
        for number in range(200):
            size = Place(0, 0, 0.5 + number % 10 / 40, 1)
            drawn(mixer, one_layer(effect("blur", 0.01 + number / 1e4), place=size), {(0, 0): picture_of(waves())})
        assert len(mixer._treatment._effects._kept) == 1
        assert sum(map(len, mixer._treatment._effects._free.values())) < 12


def test_an_effect_on_a_layer_lets_what_is_behind_be_seen(gl: moderngl.Context) -> None:
    glass = np.concatenate([waves(), np.full((36, 64, 1), 0.25)], -1)
    output = OutputFrame("wall", (CueFrame("1", (layer(), layer(effect("grade")))),))
    with Mixer(gl, {"wall": SIZE}) as mixer:
        picture = drawn(mixer, output, {(0, 0): picture_of(waves()[::-1]), (0, 1): picture_of(glass)})
    light = 0.75 * linear(waves()[::-1]) + 0.25 * linear(treated(waves(), effect("grade")))
    assert np.abs(picture - 255 * display(light)).max() < STEP


def test_an_effect_on_a_cue_is_done_to_all_its_layers_before_it_is_revealed(gl: moderngl.Context) -> None:
    below, above = waves(), waves()[:, ::-1]
    cues = (
        CueFrame("old", (layer(),)),
        CueFrame(
            "new", (layer(), layer(opacity=0.5)), Reveal("dissolve", 0.5), effects=(effect("threshold", 0.5, 0.4, 1.0),)
        ),
    )
    sources = {(0, 0): picture_of(waves()[::-1]), (1, 0): picture_of(below), (1, 1): picture_of(above)}
    with Mixer(gl, {"wall": SIZE}) as mixer:
        picture = drawn(mixer, OutputFrame("wall", cues), sources)
    group = treated(display(0.5 * linear(below) + 0.5 * linear(above)), effect("threshold", 0.5, 0.4, 1.0))
    expected = display(0.5 * linear(waves()[::-1]) + 0.5 * linear(group))
    assert np.abs(picture - 255 * expected).max() < 2.5


def test_an_effect_on_a_cue_is_pushed_with_it(gl: moderngl.Context) -> None:
    grey = effect("grade", 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0)
    cues = (CueFrame("old", (layer(),)), CueFrame("new", (layer(),), Reveal("push", 0.5), effects=(grey,)))
    with Mixer(gl, {"wall": SIZE}) as mixer:
        picture = drawn(mixer, OutputFrame("wall", cues), {(0, 0): picture_of(waves()), (1, 0): picture_of(waves())})
    assert np.ptp(picture[:, :32], -1).max() < 2
    assert np.abs(picture[:, 32:] - 255 * waves()[:, :32]).max() < STEP


def test_an_effect_on_the_show_is_done_to_the_whole_output_before_its_level(gl: moderngl.Context) -> None:
    output = replace(one_layer(), level=0.5, effects=(effect("grade"), effect("vignette")))
    with Mixer(gl, {"wall": SIZE}) as mixer:
        picture = drawn(mixer, output, {(0, 0): picture_of(waves())})
        dark = drawn(mixer, replace(output, level=0.0), {(0, 0): picture_of(waves())})
    expected = display(0.5 * linear(treated(waves(), effect("grade"), effect("vignette"))))
    assert np.abs(picture - 255 * expected).max() < STEP
    assert (dark == 0).all()


def test_an_effect_on_the_show_is_done_to_what_is_black_too(gl: moderngl.Context) -> None:
    lifted = effect("grade", 0.4, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0), effect("vignette")
    glass = np.concatenate([waves((32, 18)), np.full((18, 32, 1), 0.5)], -1)
    one, above = layer(place=Place(0.5, 0, 0.5, 1)), layer(place=Place(0.25, 0.25, 0.5, 0.5))
    output = OutputFrame("wall", (CueFrame("1", (one, above)),), effects=lifted)
    with Mixer(gl, {"wall": SIZE}, dither=False) as mixer:
        picture = drawn(mixer, output, {(0, 0): picture_of(waves()[:, 32:]), (0, 1): picture_of(glass)})
    light = np.zeros((36, 64, 3))
    light[:, 32:] = linear(waves()[:, 32:])
    light[9:27, 16:48] = 0.5 * light[9:27, 16:48] + 0.5 * linear(waves((32, 18)))
    assert np.abs(picture - 255 * treated(display(light), *lifted)).max() < STEP


def test_an_output_with_one_picture_is_drawn_with_the_shows_effects_at_once(gl: moderngl.Context) -> None:
    output = replace(one_layer(effect("grade")), effects=(effect("vignette"), effect("grain", moment=5)))
    with Mixer(gl, {"wall": SIZE}, dither=False) as mixer:
        before = mixer.statistics().passes
        picture = drawn(mixer, output, {(0, 0): picture_of(waves())})
        assert mixer.statistics().passes == before + 1
    expected = treated(waves(), effect("grade"), effect("vignette"), effect("grain", moment=5))
    assert np.abs(picture - 255 * expected).max() < STEP


def test_grain_is_another_at_every_frame_and_the_same_at_every_showing(gl: moderngl.Context) -> None:
    with Mixer(gl, {"wall": SIZE}, dither=False) as mixer:
        source = {(0, 0): picture_of(waves())}
        first, second, again = (
            drawn(mixer, one_layer(effect("grain", moment=moment)), source, number)
            for number, moment in enumerate((1, 2, 1))
        )
    assert (first == again).all()
    assert np.abs(first - second).mean() > 5


def test_warming_up_draws_with_every_program(gl: moderngl.Context) -> None:
    with Mixer(gl, {"wall": SIZE}) as mixer:
        steps = list(mixer.warm_up())
        assert len(steps) > 4
        assert mixer.statistics().passes > 10
