"""`isf:` in a score: shaders of an artist's own change pictures, or make them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from installation.media.isf_file import read_isf
from installation.show.effects import TimedEffects
from installation.show.expressions import ParameterRef
from installation.show.frame import Shader
from installation.show.score import EffectTracks, Layer
from tests.media.isf_files import PICTURE, save_shader
from tests.score.five_neurons import Author, with_cues, with_layer

INPUTS: tuple[dict[str, Any], ...] = (
    PICTURE,
    {"NAME": "level", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 2.0},
    {"NAME": "on", "TYPE": "bool"},
    {"NAME": "at", "TYPE": "point2D", "DEFAULT": [0.5, 0.5], "MIN": [0, 0], "MAX": [1, 1]},
    {"NAME": "tint", "TYPE": "color", "DEFAULT": [1, 1, 1, 1]},
)


@pytest.fixture(autouse=True)
def shader(tmp_path: Path) -> Path:
    save_shader(tmp_path / "rings.fs", "void main() {}", (INPUTS[1],))
    save_shader(tmp_path / "two.fs", inputs=(PICTURE, {"NAME": "other", "TYPE": "image"}))
    save_shader(tmp_path / "old.fs", PASSES=[{"TARGET": "before", "PERSISTENT": True}])
    return save_shader(tmp_path / "water.fs", inputs=INPUTS)


def layer_of(author: Author, told: str) -> Layer:
    (cue,) = author.read(with_layer(told)).cues
    return cue.layers[-1]


def values_of(effect: EffectTracks) -> list[object]:
    return [track.keys[0].value for track in effect.values]


def test_a_shader_has_its_own_values_where_nobody_says_others(author: Author, shader: Path) -> None:
    (effect,) = layer_of(author, "walk: arch, effects: [{isf: water.fs}]").effects
    assert (effect.kind, effect.shader) == ("isf", Shader(str(shader), read_isf(shader).digest))
    assert values_of(effect) == [0.5, 0.0, 0.5, 0.5, 1.0, 1.0, 1.0, 1.0]


def test_inputs_are_numbers_parameters_keys_words_points_and_colours(author: Author) -> None:
    told = "{shader: water.fs, level: [{at: 0s, value: 0}, {at: 5s, value: 2}], on: true, at: [$mist, 0.25], tint: red}"
    (effect,) = layer_of(author, f"walk: arch, effects: [{{isf: {told}}}]").effects
    assert values_of(effect) == [0.0, 1.0, ParameterRef("mist"), 0.25, 1.0, 0.0, 0.0, 1.0]
    (shown,) = TimedEffects((effect,), 30.0).at(2.5, {"mist": 0.125})
    assert shown.values == (1.0, 1.0, 0.125, 0.25, 1.0, 0.0, 0.0, 1.0, 2.5)
    assert shown.moment == 75


def test_a_shader_that_makes_a_picture_is_a_layer_of_its_own(author: Author) -> None:
    layer = layer_of(author, "isf: {shader: rings.fs, level: 1.5}, effects: [blur]")
    assert [one.kind for one in layer.effects] == ["isf", "blur"]
    assert len(layer.takes) == 1


def test_further_pictures_are_layers_that_are_not_shown(author: Author) -> None:
    layers = "[{name: wind, walk: pagoda}, {walk: arch, effects: [{isf: {shader: two.fs, other: wind}}]}]"
    (cue,) = author.read(with_cues(f"id: 1, duration: 9s, layers: {layers}")).cues
    assert cue.layers[0].is_matte
    assert cue.layers[1].effects[0].by == ("wind",)


def test_a_shader_that_is_saved_is_read_anew(author: Author, shader: Path) -> None:
    told = with_layer("walk: arch, effects: [{isf: water.fs}]")
    assert author.check(told).files == (shader,)
    before = author.read(told).cues[0].layers[0].effects[0].shader
    save_shader(shader, "void main() { gl_FragColor = vec4(1.0); }", INPUTS)
    assert author.read(told).cues[0].layers[0].effects[0].shader != before


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        ("walk: arch, effects: [{isf: gone.fs}]", "shader 'gone.fs' cannot be read"),
        ("walk: arch, effects: [{isf: old.fs}]", "old.fs:1: persistent buffers remember frames before this one"),
        ("walk: arch, effects: [isf]", "takes {isf: FILE}, with the file of a shader"),
        ("walk: arch, effects: [{isf: {level: 1}}]", "takes a shader file, or `{shader: FILE}` with its inputs"),
        (
            "walk: arch, effects: [{isf: {shader: water.fs, levle: 1}}]",
            "'levle' is no input of this shader; it has level,",
        ),
        ("walk: arch, effects: [{isf: {shader: water.fs, level: 3}}]", "3 is outside 0..2"),
        ("walk: arch, effects: [{isf: {shader: water.fs, at: 3}}]", "takes two numbers, [x, y]"),
        ("walk: arch, effects: [{isf: {shader: water.fs, at: [0, 3]}}]", "3 is outside 0..1"),
        ("walk: arch, effects: [{isf: {shader: water.fs, tint: redd}}]", "'redd' is not a colour"),
        ("walk: arch, effects: [{isf: two.fs}]", "input 'other' of this shader is a picture: name a layer"),
        ("isf: water.fs", "this shader changes a picture (`inputImage`) and makes none: put it among `effects`"),
        ("isf: rings.fs, walk: arch", "'walk' beside `isf`: the shader makes all of this picture"),
    ],
)
def test_mistakes_are_told_where_they_stand(author: Author, layer: str, told: str) -> None:
    mistakes = author.mistakes(with_layer(layer))
    assert any(told in mistake for mistake in mistakes), mistakes
    assert mistakes[0].startswith("6:")
