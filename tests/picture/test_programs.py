"""Shaders are found by name, compiled with their includes, and blamed by file and line."""

from __future__ import annotations

from pathlib import Path

import moderngl
import pytest

from installation import SHADERS
from installation.errors import DeviceError
from installation.picture.programs import Program, ShaderText, assemble, readable_log


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rectangle.vert").write_text((SHADERS / "rectangle.vert").read_text())
    (tmp_path / "colour.glsl").write_text("vec3 red() {\n    return vec3(1.0, 0.0, 0.0);\n}\n")
    (tmp_path / "main.frag").write_text(
        "#version 330 core\n"
        '#include "colour.glsl"\n'
        '#include "colour.glsl"\n'
        "out vec4 colour;\n"
        "void main() {\n"
        "    colour = vec4(red(), SHARE / 2);\n"
        "}\n"
    )
    return tmp_path


def test_a_file_is_included_once_and_constants_follow_the_version(folder: Path) -> None:
    text = assemble("main.frag", {"SHARE": 2}, folder)
    assert text.source.startswith("#version 330 core\n#define SHARE 2\n")
    assert text.source.count("vec3 red()") == 1
    assert text.files == ("main.frag", "colour.glsl")


def test_a_mistake_is_found_in_its_file_and_line(gl: moderngl.Context, folder: Path) -> None:
    (folder / "colour.glsl").write_text("vec3 red() {\n    return vec3(1.0, zero, 0.0);\n}\n")
    with pytest.raises(DeviceError, match=r"shader main\.frag: [^$]*shaders/colour\.glsl:2: error: `zero' undeclared"):
        Program(gl, "main.frag", {"SHARE": 2}, folder)


def test_a_mistake_after_an_include_is_found_in_its_line_too(gl: moderngl.Context, folder: Path) -> None:
    with pytest.raises(DeviceError, match=r"shaders/main\.frag:6: error: `SHARE' undeclared"):
        Program(gl, "main.frag", {}, folder)


@pytest.mark.parametrize(
    "log",
    ["0:10012(3): error: syntax error", "0(10012) : error C1008: undefined", "ERROR: 0:10012: 'x' : undeclared"],
    ids=["Mesa", "NVIDIA", "AMD and Apple"],
)
def test_every_driver_s_way_to_name_a_line_is_understood(log: str) -> None:
    assert "shaders/colour.glsl:12" in readable_log(log, ShaderText("", ("main.frag", "colour.glsl")))


def test_a_missing_shader_is_named(folder: Path) -> None:
    with pytest.raises(DeviceError, match=r"shader file 'lost\.glsl' is missing"):
        assemble("lost.glsl", {}, folder)


def test_setting_what_the_compiler_removed_does_nothing(gl: moderngl.Context, folder: Path) -> None:
    with Program(gl, "main.frag", {"SHARE": 2}, folder) as program:
        program.set("level", 0.5)
        program.set_rows("rows", [(1.0, 2.0)])
        program.close()


@pytest.mark.parametrize("path", sorted(SHADERS.glob("*.glsl")), ids=lambda path: path.name)
def test_every_shared_shader_file_is_used(path: Path) -> None:
    users = [other for other in SHADERS.rglob("*.*") if f'#include "{path.name}"' in other.read_text()]
    assert users
