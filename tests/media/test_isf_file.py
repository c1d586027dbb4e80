"""ISF files: what their JSON says is read, and what cannot be is refused with the file's own line and the reason."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.errors import MediaError
from installation.media.isf_file import IsfPass, read_isf, read_known, side
from tests.media.isf_files import PICTURE, save_shader, shader_text
from tests.media.pictures import plain, save


def test_inputs_of_every_type_are_read_with_their_ends(tmp_path: Path) -> None:
    inputs = [
        PICTURE,
        {"NAME": "level", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 2.0, "LABEL": "How much"},
        {"NAME": "flash", "TYPE": "event"},
        {"NAME": "on", "TYPE": "bool", "DEFAULT": True},
        {"NAME": "mode", "TYPE": "long", "VALUES": [0, 1, 4], "LABELS": ["a", "b", "c"], "DEFAULT": 1},
        {"NAME": "at", "TYPE": "point2D", "DEFAULT": [0.5, 0.25]},
        {"NAME": "tint", "TYPE": "color", "DEFAULT": [1, 0, 0]},
        {"NAME": "other", "TYPE": "image"},
    ]
    shader = read_isf(save_shader(tmp_path / "all.fs", inputs=inputs))
    level, flash, on, mode, at, tint = shader.numbers
    assert (level.default, level.low, level.high, level.about) == ((0.5,), (0.0,), (2.0,), "How much")
    assert (flash.default, on.default, mode.default) == ((0.0,), (1.0,), (1.0,))
    assert (mode.low, mode.high) == ((0.0,), (4.0,))
    assert (at.default, tint.default) == ((0.5, 0.25), (1.0, 0.0, 0.0, 1.0))
    assert (shader.is_filter, shader.further_images) == (True, ("other",))


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ('{"INPUTS": [{"NAME": "a", "TYPE": "long", "VALUES": [NaN]}]}', "no long"),
        ('{"INPUTS": [{"NAME": "a", "TYPE": "float", "MIN": 5, "MAX": 1}]}', "above its MAX"),
        ('{"PASSES": [{"WIDTH": "' + "-" * 200_000 + '1"}]}', "longer than 200 characters"),
        ('{"PASSES": [' + ", ".join(["{}"] * 50_000) + "]}", "16 at most"),
        ('{"INPUTS": [' + ", ".join(["{}"] * 50_000) + "]}", "256 at most"),
        ('{"INPUTS": [{"NAME": "' + "a!" * 50_000 + '"}]}', "an input needs a NAME"),
        ('{"IMPORTED": {"p": {"PATH": "\\ud800"}}}', "half of a character"),
    ],
)
def test_a_hostile_header_is_refused_in_a_short_sentence(tmp_path: Path, header: str, reason: str) -> None:
    (tmp_path / "odd.fs").write_text(f"/*{header}*/\nvoid main() {{}}\n")
    with pytest.raises(MediaError, match=reason) as refused:
        read_isf(tmp_path / "odd.fs")
    assert len(str(refused.value)) < 1000


def test_passes_have_targets_and_sizes_that_inputs_may_decide(tmp_path: Path) -> None:
    inputs = [{"NAME": "scale", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.01, "MAX": 1}]
    passes: list[dict[str, Any]] = [
        {"TARGET": "small", "WIDTH": "floor($WIDTH * $scale)", "HEIGHT": "$HEIGHT/2.0", "FLOAT": True},
        {},
    ]
    shader = read_isf(save_shader(tmp_path / "small.fs", "void main() {}", inputs, PASSES=passes))
    assert shader.passes == (IsfPass("small", "floor($WIDTH * $scale)", "$HEIGHT/2.0", is_float=True), IsfPass())
    assert not shader.is_filter
    assert side(shader.passes[0].width, 101, 50, {"scale": 0.5}) == 50
    assert side(shader.passes[0].height, 101, 50, {}) == 25


def test_a_shader_is_another_when_its_vertex_shader_or_a_picture_of_it_is(tmp_path: Path) -> None:
    file = save_shader(tmp_path / "one.fs", IMPORTED={"logo": {"PATH": "logo.png"}})
    save(tmp_path / "logo.png", plain(255, 0, 0))
    first = read_isf(file)
    save(tmp_path / "logo.png", plain(0, 255, 0))
    second = read_isf(file)
    (tmp_path / "one.vs").write_text("void main() { isf_vertShaderInit(); }")
    third = read_isf(file)
    assert len({first.digest, second.digest, third.digest}) == 3
    assert third.files == (file, tmp_path / "one.vs", tmp_path / "logo.png")
    assert read_known(file, third.digest) == third
    with pytest.raises(MediaError, match="saved anew"):
        read_known(file, first.digest)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("void main() {}", ":1: this is no ISF shader: it begins with no comment that holds JSON"),
        ('/*{\n"ISFVSN": "2",\n"INPUTS": [\n}*/ void main() {}', ":4: the JSON at its beginning cannot be read"),
        ("/*[]*/", ":1: the JSON at its beginning is no object"),
        ('/*{\n"PASSES": [{"TARGET": "old",\n"PERSISTENT": true}]}*/', ":3: persistent buffers remember frames before"),
        ('/*{"PERSISTENT_BUFFERS": ["old"]}*/', ":1: persistent buffers remember"),
        ('/*{"INPUTS": [\n{"NAME": "song", "TYPE": "audioFFT"}]}*/', ":2: input 'song' is to hear sound (audioFFT)"),
        ('/*{"INPUTS": [{"NAME": "a b", "TYPE": "float"}]}*/', "a NAME that is a word in GLSL, not 'a b'"),
        ('/*{"INPUTS": [{"NAME": "a", "TYPE": "flaot"}]}*/', "input 'a' is of no type that ISF 2 has: 'flaot'"),
        ('/*{"INPUTS": [{"NAME": "a", "TYPE": "point2D", "DEFAULT": 3}]}*/', "DEFAULT of input 'a' is 3"),
        ('/*{"INPUTS": {"a": 1}}*/', "INPUTS is a list of objects"),
        ('/*{"PASSES": [{"WIDTH": "system($WIDTH)"}]}*/', "WIDTH of a pass cannot be worked out"),
        ('/*{"PASSES": [{"WIDTH": "$WITDH"}]}*/', "WIDTH of a pass cannot be worked out"),
        ('/*{"IMPORTED": {"logo": "logo.png"}}*/', "an imported picture needs a name"),
        ('/*{"INPUTS": [{"NAME": "a", "TYPE": "long", "VALUES": ["b", 1]}]}*/', "VALUES of input 'a' is ['b', 1]"),
        ('/*{"INPUTS": [{"NAME": "a", "TYPE": "long", "MAX": 1e10}]}*/', "MAX of input 'a' is 10000000000.0"),
        (f'/*{{"INPUTS": [{{"NAME": "a", "TYPE": "float", "MAX": {10**400}}}]}}*/', "MAX of input 'a' is 1000"),
        (f'/*{{"INPUTS": {"1" * 5000}}}*/', "the JSON at its beginning cannot be read"),
        (f"/*{'[' * 100_000}*/", "the JSON at its beginning cannot be read"),
        ('/*{"PASSES": [{"WIDTH": "pow(0 - 1, 0.5)"}]}*/', "WIDTH of a pass cannot be worked out"),
        (
            '/*{"INPUTS": [{"NAME": "at", "TYPE": "point2D"}], "PASSES": [{"WIDTH": "$at"}]}*/',
            "WIDTH of a pass cannot be worked out",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_the_files_own_line(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "bad.fs"
    file.write_text(text)
    with pytest.raises(MediaError, match=re.escape(told)) as refused:
        read_isf(file)
    assert str(refused.value).startswith(f"{file}:")


def test_more_pictures_than_a_card_takes_are_refused(tmp_path: Path) -> None:
    pictures = [{"NAME": f"layer{number}", "TYPE": "image"} for number in range(6)]
    passes = [{"TARGET": f"kept{number}"} for number in range(6)]
    assert len(read_isf(save_shader(tmp_path / "most.fs", inputs=pictures, PASSES=passes + 2 * passes[:1])).passes) == 8
    with pytest.raises(MediaError, match="too many pictures, targets of passes and imported pictures: 12 at most"):
        read_isf(save_shader(tmp_path / "more.fs", inputs=[PICTURE, *pictures], PASSES=passes))


def test_a_picture_whose_name_no_file_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="a file name cannot hold a NUL character"):
        read_isf(save_shader(tmp_path / "nul.fs", IMPORTED={"logo": {"PATH": "a\0b"}}))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"shader 'gone\.fs' cannot be read"):
        read_isf(tmp_path / "gone.fs")


@given(st.text(alphabet="$WIDTHab()+-*/%.,0123456789 floormax^", max_size=24))
def test_no_formula_does_more_than_give_a_size_or_be_refused(formula: str) -> None:
    with suppress(ValueError):
        assert 1 <= side(formula, 640, 360, {"a": 0.5}) <= 8192


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> pytest.TempPathFactory:
    return tmp_path_factory


@given(st.binary(max_size=300))
def test_whatever_bytes_are_in_a_file_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, tail: bytes
) -> None:
    file = tmp_path_factory.mktemp("isf") / "any.fs"
    file.write_bytes(shader_text().encode()[: len(tail)] + tail)
    with suppress(MediaError):
        assert read_isf(file).text


def test_lines_of_comments_may_stand_before_the_header(tmp_path: Path) -> None:
    (tmp_path / "one.fs").write_text("// mine\n//\n" + shader_text())
    assert read_isf(tmp_path / "one.fs").is_filter
