"""The decoder for graphics cards without CUDA: the CPPN in GLSL, as a compute shader or, before GL 4.3, a fragment one.

It has a GL context and a thread of its own, so it can be asked from any thread, and pictures are read back. Weights lie
in buffers; a program is compiled once for every shape of CPPN and never again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import moderngl
import numpy as np
from numpy.typing import NDArray

from installation.atlas.cppn import Architecture
from installation.atlas.interpolate import Interpolator
from installation.errors import DeviceError
from installation.picture.glsl_maps import UNIT, GlslMaps
from installation.picture.glsl_weights import (
    Floats,
    Value,
    Whole,
    first_weights,
    padded_width,
    plate_places,
    plate_uniforms,
    rest_weights,
    shape_of,
)
from installation.picture.pixel_map import PixelMap
from installation.picture.plates import cell_coordinates, only_cell, raster_of
from installation.picture.programs import Program, assemble, explain
from installation.picture.source import Decoded
from installation.picture.view import picture_coordinates
from installation.show.frame import Plate, Shot

log = logging.getLogger(__name__)

Size = tuple[int, int]

COMPUTE_FROM = 430
SOFTWARE = ("llvmpipe", "softpipe", "SwiftShader")
"""Renderers on the CPU. Mesa's took 5 ms a pixel in the compute shader and 9 us in the fragment shader, where torch
took 1 us on the same two cores."""

GROUP = 8
"""Pixels a side of a compute group, as decode.comp has it."""

ROW = 2048
"""Texels in a row of a texture of numbers."""

NO_PLACES = np.zeros((1, 4), np.uint32)
"""Of the pixels of a walk, which no shader reads."""


class GlOwner(Protocol):
    """Whoever owns a GL context that no other thread uses."""

    context: moderngl.Context

    def close(self) -> None:
        """Release the context."""


class GlslDecoder:
    """Decodes in GLSL. `open_gl` makes a context and is called on the decoder's own thread.

    Compute shaders are used where there are some, if `compute` does not say no; a renderer on the CPU is refused, if
    `software` does not say yes. Raises DeviceError for that, and where the context or the shaders do not come about.
    """

    def __init__(
        self,
        interpolator: Interpolator,
        open_gl: Callable[[], GlOwner],
        *,
        compute: bool = True,
        software: bool = False,
    ) -> None:
        self.name = "glsl"
        self._interpolator = interpolator
        self._thread = ThreadPoolExecutor(1, "glsl")
        self._cleanup = ExitStack()
        self._programs: dict[Architecture, _Compute | _Fragment] = {}
        self._plate: tuple[Plate, Floats] | None = None
        self._closed = False
        try:
            self._context = self._thread.submit(self._open, open_gl, software).result()
        except BaseException:
            self._thread.shutdown()
            raise
        self._maps = GlslMaps(self._context)
        self._cleanup.callback(self._maps.close)
        self._computes = compute and self._context.version_code >= COMPUTE_FROM
        if compute and not self._computes:
            log.info(
                "this driver has no compute shaders (OpenGL %d): decoding in fragments", self._context.version_code
            )

    def _open(self, open_gl: Callable[[], GlOwner], software: bool) -> moderngl.Context:
        owner = open_gl()
        self._cleanup.callback(owner.close)
        renderer = owner.context.info["GL_RENDERER"]
        if not software and any(name in renderer for name in SOFTWARE):
            self._cleanup.close()
            raise DeviceError(f"{renderer} is no graphics card but a program: the CPU decoder is many times faster")
        return owner.context

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> Decoded:
        """See Decoder.decode."""
        aspect = pixel_map.aspect if pixel_map else width / height
        subject, affine = shot.subject, picture_coordinates(shot.view, aspect)
        uniforms: dict[str, Value] = {"columns": 0, "bent": pixel_map is not None, "offsets": UNIT}
        rest, places = None, NO_PLACES
        if not isinstance(subject, Plate):
            components = self._interpolator.components(subject)
            affines = [affine] * len(components)
        elif (cell := only_cell(subject, shot.view, aspect)) is not None:
            components = (self._interpolator.neuron(subject.neurons[cell]),)
            affines = [cell_coordinates(subject, cell, affine)]
        else:
            components = tuple(self._interpolator.neuron(neuron) for neuron in subject.neurons)
            affines = [cell_coordinates(subject, cell, affine) for cell in range(len(components))]
            raster = raster_of(subject, shot.view, width, height)
            uniforms |= plate_uniforms(subject, raster)
            places = plate_places(raster)
            if self._plate is None or self._plate[0] != subject:
                self._plate = (subject, rest_weights(components))
            rest = self._plate[1]
        architecture = shape_of(components)
        uniforms["nets"] = len(components)
        first = first_weights(components, affines)
        rest = rest_weights(components) if rest is None else rest
        tables = _Tables(first, rest, places)
        drawn = self._thread.submit(self._draw, architecture, (width, height), uniforms, tables, pixel_map).result()
        return Decoded(drawn, shot.view, pixel_map)

    def _draw(
        self,
        architecture: Architecture,
        size_px: Size,
        uniforms: dict[str, Value],
        tables: _Tables,
        pixel_map: PixelMap | None,
    ) -> NDArray[np.float16]:
        if pixel_map is not None:
            self._maps.use(pixel_map)
        if architecture not in self._programs:
            constants = {"WIDTH": padded_width(architecture), "DEPTH": architecture.depth}
            make = _Compute if self._computes else _Fragment
            program = self._programs[architecture] = make(self._context, constants)
            self._cleanup.callback(program.close)
        return self._programs[architecture].draw(size_px, {**uniforms, "size": size_px}, tables)

    def close(self) -> None:
        """Release the context and stop the thread."""
        if not self._closed:
            self._closed = True
            self._thread.submit(self._cleanup.close).result()
            self._thread.shutdown()


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    """What the shaders read by number, see shaders/cppn.glsl. `rest` is the same object as long as it is the same."""

    first: Floats
    rest: Floats
    places: Whole


class _Compute:
    """decode.comp and its buffers, which grow when they must."""

    def __init__(self, context: moderngl.Context, constants: Mapping[str, int]) -> None:
        self._context = context
        self._cleanup = ExitStack()
        text = assemble("decode.comp", constants)
        try:
            self._program = context.compute_shader(text.source)
        except moderngl.Error as error:
            raise DeviceError(f"shader decode.comp: {explain(str(error), text.files)}") from error
        self._cleanup.callback(self._program.release)
        self._rest: _Kept[moderngl.Buffer] = _Kept()
        self._cleanup.callback(self._rest.close)

    def draw(self, size_px: Size, uniforms: Mapping[str, Value], tables: _Tables) -> NDArray[np.float16]:
        width, height = size_px
        for name, value in uniforms.items():
            if name in self._program:
                self._program[name].value = value
        with ExitStack() as cleanup:
            first, places = self._buffer(tables.first), self._buffer(tables.places)
            cleanup.callback(first.release)
            cleanup.callback(places.release)
            for binding, buffer in enumerate((first, self._rest.of(tables.rest, self._buffer), places)):
                buffer.bind_to_storage_buffer(binding)
            texture = self._context.texture((width, height), 4, dtype="f2")
            cleanup.callback(texture.release)
            texture.bind_to_image(0, read=False, write=True)
            self._program.run(-(-width // GROUP), -(-height // GROUP))
            self._context.memory_barrier()
            return _pixels(texture.read(), width, height, 4)

    def _buffer(self, rows: Floats | Whole) -> moderngl.Buffer:
        return self._context.buffer(rows.tobytes())

    def close(self) -> None:
        self._cleanup.close()


class _Fragment:
    """decode.frag, with weights in textures."""

    def __init__(self, context: moderngl.Context, constants: Mapping[str, int]) -> None:
        self._context = context
        self._program = Program(context, "decode.frag", {**constants, "ROW": ROW})
        self._rest: _Kept[moderngl.Texture] = _Kept()

    def draw(self, size_px: Size, uniforms: Mapping[str, Value], tables: _Tables) -> NDArray[np.float16]:
        width, height = size_px
        for name, value in uniforms.items():
            self._program.set(name, value)
        with ExitStack() as cleanup:
            first, places = self._texture(tables.first), self._texture(tables.places)
            cleanup.callback(first.release)
            cleanup.callback(places.release)
            textures = {
                "first_weights": first,
                "rest_weights": self._rest.of(tables.rest, self._texture),
                "places": places,
            }
            for unit, (name, texture) in enumerate(textures.items()):
                texture.use(unit)
                self._program.set(name, unit)
            target = self._context.renderbuffer((width, height), 4, dtype="f2")
            cleanup.callback(target.release)
            framebuffer = self._context.framebuffer([target])
            cleanup.callback(framebuffer.release)
            framebuffer.use()
            self._program.draw()
            return _pixels(framebuffer.read(components=4, dtype="f2"), width, height, 4)

    def _texture(self, rows: Floats | Whole) -> moderngl.Texture:
        lines = -(-len(rows) // ROW)
        texels = np.zeros((lines * ROW, 4), rows.dtype)
        texels[: len(rows)] = rows
        return self._context.texture((ROW, lines), 4, texels.tobytes(), dtype=f"{rows.dtype.kind}4")

    def close(self) -> None:
        self._rest.close()
        self._program.close()


Weights = TypeVar("Weights", moderngl.Buffer, moderngl.Texture)


class _Kept(Generic[Weights]):
    """The weights on the card that were used last: of a plate of a thousand cells 35 MB that stay the same."""

    def __init__(self) -> None:
        self._rows: Floats | None = None
        self._weights: Weights | None = None

    def of(self, rows: Floats, make: Callable[[Floats], Weights]) -> Weights:
        """Those that lie there for just this array, or new ones."""
        if self._weights is None or rows is not self._rows:
            self.close()
            self._rows, self._weights = rows, make(rows)
        return self._weights

    def close(self) -> None:
        if self._weights is not None:
            self._weights.release()
        self._rows = self._weights = None


def _pixels(data: bytes, width: int, height: int, components: int) -> NDArray[np.float16]:
    """Rows come as the shader counted them, the first at the top."""
    return np.ascontiguousarray(np.frombuffer(data, np.float16).reshape(height, width, components)[..., :3])
