"""The two programs that decode in GLSL, a compute and a fragment shader, with their numbers on the card."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Generic, TypeVar

import moderngl
import numpy as np
from numpy.typing import NDArray

from installation.errors import DeviceError
from installation.owner import Owner
from installation.picture.decoding.glsl_weights import Floats, Integers
from installation.picture.programs import Program, Value, assemble, readable_log
from installation.picture.target import Target

Size = tuple[int, int]
Pixels = NDArray[np.float16]

GROUP = 8
"""The pixels a side of a compute group, as in decode.comp."""

ROW = 2048
"""The texels in a row of a texture of numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class CppnTables:
    """The shaders' tables of numbers, four a row: see shaders/cppn.glsl.

    `rest` is the same object while its content is the same, so that it can stay on the card; a walk has no `places`.
    """

    first: Floats
    rest: Floats
    places: Integers | None = None


class ComputeProgram(Owner):
    """decode.comp and its buffers."""

    def __init__(self, context: moderngl.Context, constants: Mapping[str, int]) -> None:
        self._context = context
        text = assemble("decode.comp", constants)
        try:
            self._program = context.compute_shader(text.source)
        except moderngl.Error as error:
            raise DeviceError(f"shader decode.comp: {readable_log(str(error), text)}") from error
        self._rest: _WeightCache[moderngl.Buffer] = _WeightCache(self._buffer)

    def draw(self, target: Target, uniforms: Mapping[str, Value], tables: CppnTables) -> None:
        """Draw into a target of half floats; raises an error of moderngl or the driver."""
        width, height = target.size_px
        for name, value in uniforms.items():
            if name in self._program:
                self._program[name].value = value
        with ExitStack() as cleanup:
            self._rest.of(tables.rest).bind_to_storage_buffer(1)
            for binding, rows in ((0, tables.first), (2, tables.places)):
                if rows is not None:
                    buffer = self._buffer(rows)
                    cleanup.callback(buffer.release)
                    buffer.bind_to_storage_buffer(binding)
            target.textures[0].bind_to_image(0, read=False, write=True)
            self._program.run(-(-width // GROUP), -(-height // GROUP))
            self._context.memory_barrier()

    def _buffer(self, rows: Floats | Integers) -> moderngl.Buffer:
        return self._context.buffer(rows.tobytes())

    def close(self) -> None:
        """Release the program and its weights."""
        self._rest.close()
        self._program.release()


def table_texture(context: moderngl.Context, rows: Floats | Integers) -> moderngl.Texture:
    """A table of numbers, four a row, as a texture of ROW texels a row."""
    lines = -(-len(rows) // ROW)
    texels = np.zeros((lines * ROW, 4), rows.dtype)
    texels[: len(rows)] = rows
    return context.texture((ROW, lines), 4, texels.tobytes(), dtype=f"{rows.dtype.kind}4")


class FragmentProgram(Owner):
    """decode.frag, with its numbers in textures."""

    def __init__(self, context: moderngl.Context, constants: Mapping[str, int]) -> None:
        self._context = context
        self._program = Program(context, "decode.frag", {**constants, "ROW": ROW})
        self._rest: _WeightCache[moderngl.Texture] = _WeightCache(self._texture)

    def draw(self, target: Target, uniforms: Mapping[str, Value], tables: CppnTables) -> None:
        """See ComputeProgram.draw."""
        for name, value in uniforms.items():
            self._program.set(name, value)
        with ExitStack() as cleanup:
            self._read("rest_weights", 1, self._rest.of(tables.rest))
            for unit, name, rows in ((0, "first_weights", tables.first), (2, "places", tables.places)):
                if rows is not None:
                    texture = self._texture(rows)
                    cleanup.callback(texture.release)
                    self._read(name, unit, texture)
            target.framebuffer.use()
            self._program.draw()

    def _read(self, name: str, unit: int, texture: moderngl.Texture) -> None:
        texture.use(unit)
        self._program.set(name, unit)

    def _texture(self, rows: Floats | Integers) -> moderngl.Texture:
        return table_texture(self._context, rows)

    def close(self) -> None:
        """Release the program and its weights."""
        self._rest.close()
        self._program.close()


Weights = TypeVar("Weights", moderngl.Buffer, moderngl.Texture)


class _WeightCache(Generic[Weights]):
    """The latest weights on the card: a plate of a thousand cells has 35 MB that stay the same."""

    def __init__(self, make: Callable[[Floats], Weights]) -> None:
        self._make: Callable[[Floats], Weights] = make
        self._rows: Floats | None = None
        self._weights: Weights | None = None

    def of(self, rows: Floats) -> Weights:
        """The weights of exactly this array, uploaded if they are new."""
        if self._weights is None or rows is not self._rows:
            self.close()
            self._rows, self._weights = rows, self._make(rows)
        return self._weights

    def close(self) -> None:
        if self._weights is not None:
            self._weights.release()
        self._rows = self._weights = None


def pixels_of(target: Target, outputs: int) -> Pixels:
    """The picture (height, width, outputs) in a target; rows are in the shader's order, the first at the top."""
    width, height = target.size_px
    data = target.textures[0].read()
    return np.ascontiguousarray(np.frombuffer(data, np.float16).reshape(height, width, 4)[..., :outputs])
