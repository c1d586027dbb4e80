"""GL programs from `shaders/`: includes by name, constants, one compilation each, errors with a line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import moderngl
import numpy as np

from installation import SHADERS
from installation.errors import DeviceError
from installation.owner import Owner

_INCLUDE = re.compile(r'\s*#include\s+"([\w./]+)"\s*')
FILE_LINES = 10_000
"""Line 12 of file 3 has number 30012: Mesa often drops the file number that GLSL allows (#line 12 3)."""

# Mesa writes "0:12(3): error", NVIDIA "0(12) : error", AMD and Apple "ERROR: 0:12:".
_PLACE = re.compile(r"\b0(?::(\d+)\(\d+\)|\((\d+)\)|:(\d+)(?=:))")

Value = int | float | tuple[int, ...] | tuple[float, ...]
"""The value of a uniform."""


class ShaderText(NamedTuple):
    """A shader with its includes; `files[n]`, in `folder`, has the lines that the driver numbers from n * 10,000 on."""

    source: str
    files: tuple[str, ...]
    folder: str = "shaders/"


def assemble(name: str, constants: Mapping[str, int], folder: Path = SHADERS) -> ShaderText:
    """The text of shader `name`: constants defined after #version, each included file once, lines numbered per file."""
    files: list[str] = []

    def lines_of(file: str) -> list[str]:
        path = folder / file
        if not path.is_file():
            raise DeviceError(f"{folder}: shader file '{file}' is missing; install the project again")
        number = len(files)
        files.append(file)
        lines = [f"#line {number * FILE_LINES + 1}"]
        for index, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if match := _INCLUDE.fullmatch(line):
                if match[1] not in files:
                    lines += lines_of(match[1])
                lines.append(f"#line {number * FILE_LINES + index + 1}")
            elif line.startswith("#version"):
                lines[0:1] = [line, *(f"#define {key} {value}" for key, value in constants.items())]
                lines.append(f"#line {number * FILE_LINES + index + 1}")
            else:
                lines.append(line)
        return lines

    return ShaderText("\n".join(lines_of(name)) + "\n", tuple(files))


def readable_log(log: str, text: ShaderText) -> str:
    """A driver's compile log with files and lines instead of the driver's numbers."""

    def place(match: re.Match[str]) -> str:
        number, line = divmod(int(match[1] or match[2] or match[3]), FILE_LINES)
        return f"{text.folder}{text.files[number]}:{line}" if number < len(text.files) else match[0]

    return _PLACE.sub(place, log)


class Program(Owner):
    """A compiled program that draws a rectangle, or what its `vertex` shader makes of vertex numbers; owns its GL
    objects.

    A caller may set a uniform that the compiler removed as unused; this does nothing.
    """

    def __init__(
        self,
        context: moderngl.Context,
        fragment: str | ShaderText,
        constants: Mapping[str, int] | None = None,
        folder: Path = SHADERS,
        *,
        vertex: str | ShaderText = "rectangle.vert",
    ) -> None:
        vertex_text, fragment_text = (
            assemble(one, constants or {}, folder) if isinstance(one, str) else one for one in (vertex, fragment)
        )
        with ExitStack() as cleanup:
            try:
                self._program = context.program(vertex_shader=vertex_text.source, fragment_shader=fragment_text.source)
            except moderngl.Error as error:
                text = vertex_text if "vertex_shader" in str(error) else fragment_text
                raise DeviceError(f"shader {text.files[0]}: {readable_log(str(error), text)}") from error
            cleanup.callback(self._program.release)
            self._vertices = context.vertex_array(self._program, [])
            cleanup.callback(self._vertices.release)
            self._cleanup = cleanup.pop_all()
        members = [self._program[name] for name in self._program]
        self._uniforms = {member.name: member for member in members if isinstance(member, moderngl.Uniform)}

    def set(self, name: str, value: Value) -> None:
        if name in self._uniforms:
            self._uniforms[name].value = value

    def set_rows(self, name: str, rows: Sequence[tuple[float, ...]]) -> None:
        """Fill an array of vectors from its first entry on."""
        if name in self._uniforms:
            uniform = self._uniforms[name]
            uniform.write(np.asarray(rows, np.float32)[: uniform.array_length].tobytes())

    def set_numbers(self, name: str, numbers: Sequence[int]) -> None:
        """Fill an array of whole numbers from its first entry on, and the rest of it with 0."""
        if name in self._uniforms:
            uniform = self._uniforms[name]
            whole = [*numbers, *[0] * uniform.array_length][: uniform.array_length]
            uniform.write(np.asarray(whole, np.int32).tobytes())

    def number_samplers(self, name: str) -> None:
        """Let entry n of an array of samplers read texture unit n."""
        if name in self._uniforms:
            uniform = self._uniforms[name]
            uniform.write(np.arange(uniform.array_length, dtype=np.int32).tobytes())

    def draw(self) -> None:
        """Fill the viewport of the framebuffer in use."""
        self._vertices.render(moderngl.TRIANGLE_STRIP, vertices=4)

    def draw_triangles(self, count: int) -> None:
        """Draw `count` triangles; the vertex shader makes each of three vertex numbers."""
        self._vertices.render(moderngl.TRIANGLES, vertices=3 * count)

    def close(self) -> None:
        self._cleanup.close()
