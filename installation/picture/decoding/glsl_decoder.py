"""The decoder for graphics cards without CUDA: the CPPN in GLSL, as a compute shader or, before GL 4.3, a fragment one.

It has a GL context and a thread of its own, so it can be asked from any thread, and pictures are read back. Weights lie
in buffers; a program is compiled once for every shape of CPPN, walks and plates apart, and never again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Protocol

import moderngl

from installation.atlas.cppn import Architecture
from installation.atlas.interpolate import Component, Interpolator
from installation.errors import DeviceError
from installation.picture.decoding.glsl_programs import ComputeProgram, CppnTables, FragmentProgram, Pixels, Size
from installation.picture.decoding.glsl_weights import (
    Floats,
    Value,
    first_weights,
    padded_width,
    plate_places,
    plate_uniforms,
    rest_weights,
    shape_of,
)
from installation.picture.decoding.plates import cell_coordinates, raster_of
from installation.picture.decoding.single_picture import SinglePicture, seen
from installation.picture.glsl_maps import GlslMaps
from installation.picture.pixel_map import PixelMap
from installation.picture.source import DecodedPicture
from installation.picture.view import picture_coordinates
from installation.show.frame import Plate, Shot

log = logging.getLogger(__name__)

COMPUTE_FROM = 430
SOFTWARE = ("llvmpipe", "softpipe", "SwiftShader")
"""Renderers on the CPU. Mesa's takes 20 us a pixel in fragments, where torch takes half of one, after some seconds of
compiling, and half a minute of that for a compute shader."""


OFFSETS = 3
"""The texture unit of a pixel map; decode.frag has its numbers in those before."""


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
        self._programs: dict[tuple[Architecture, bool], ComputeProgram | FragmentProgram] = {}
        self._plate: tuple[Plate, tuple[Component, ...], Floats] | None = None
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
            raise DeviceError(f"{renderer} renders in software; the CPU decoder is many times faster")
        return owner.context

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
        """See Decoder.decode."""
        aspect = pixel_map.aspect if pixel_map else width / height
        uniforms: dict[str, Value] = {"size": (width, height), "bent": pixel_map is not None, "offsets": OFFSETS}
        subject = seen(shot, aspect, self._interpolator)
        if isinstance(subject, SinglePicture):
            components, affines, places = subject.components, subject.affines, None
            rest = rest_weights(components)
        else:
            components, rest = self._bank_rows(subject)
            affine = picture_coordinates(shot.view, aspect)
            affines = [cell_coordinates(subject, cell, affine) for cell in range(len(components))]
            raster = raster_of(subject, shot.view, width, height)
            uniforms |= plate_uniforms(subject, raster)
            places = plate_places(raster)
        tables = CppnTables(first_weights(components, affines), rest, places)
        uniforms["nets"] = len(components)
        drawn = self._thread.submit(self._draw, shape_of(components), uniforms, tables, pixel_map, (width, height))
        try:
            return DecodedPicture(drawn.result(), shot.view, pixel_map)
        except moderngl.Error as error:
            raise DeviceError(f"OpenGL does not decode {width}x{height} pixels: {error}") from error

    def _bank_rows(self, plate: Plate) -> tuple[tuple[Component, ...], Floats]:
        """The CPPNs of a plate and their layers but the first, kept for the next frame."""
        if self._plate is None or self._plate[0] != plate:
            components = tuple(self._interpolator.neuron(neuron) for neuron in plate.neurons)
            self._plate = plate, components, rest_weights(components)
        return self._plate[1:]

    def _draw(
        self,
        architecture: Architecture,
        uniforms: Mapping[str, Value],
        tables: CppnTables,
        pixel_map: PixelMap | None,
        size_px: Size,
    ) -> Pixels:
        if pixel_map is not None:
            self._maps.use(pixel_map, OFFSETS)
        program = architecture, tables.places is not None
        if program not in self._programs:
            constants = {"WIDTH": padded_width(architecture), "DEPTH": architecture.depth, "PLATE": int(program[1])}
            make = ComputeProgram if self._computes else FragmentProgram
            made = self._programs[program] = make(self._context, constants)
            self._cleanup.callback(made.close)
        pixels = self._programs[program].draw(size_px, uniforms, tables)
        if (code := self._context.error) != "GL_NO_ERROR":  # out of memory, or the context is lost
            raise moderngl.Error(code)
        return pixels

    def close(self) -> None:
        """Release the context and stop the thread."""
        if not self._closed:
            self._closed = True
            self._thread.submit(self._cleanup.close).result()
            self._thread.shutdown()
