"""The decoder for graphics cards without CUDA: the CPPN in GLSL, as a compute shader or, before GL 4.3, a fragment
shader.

It has its own GL context and thread, so any thread may call it, and it reads pictures back. Weights lie in buffers;
each shape of CPPN has one program for walks and one for plates, compiled once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Protocol

import moderngl
import numpy as np

from installation.atlas.architecture import Architecture
from installation.atlas.interpolate import Interpolator
from installation.errors import DeviceError
from installation.picture.decoding.glsl_passes import LaidOutPlate, NetPass, begun_picture, single_passes, spline_passes
from installation.picture.decoding.glsl_programs import ComputeProgram, FragmentProgram, Pixels, Size, pixels_of
from installation.picture.decoding.glsl_spline_cells import SplineCellsPass, SplineCellsProgram
from installation.picture.decoding.glsl_weights import constants_of
from installation.picture.decoding.single_picture import SinglePicture, seen
from installation.picture.glsl_maps import GlslMaps
from installation.picture.pixel_map import PixelMap
from installation.picture.programs import Value
from installation.picture.source import DecodedPicture
from installation.picture.target import Target
from installation.picture.ways.glsl_splines import SplinePass, SplineProgram
from installation.show.frame import Plate, Shot

log = logging.getLogger(__name__)

COMPUTE_FROM = 430
SOFTWARE = ("llvmpipe", "softpipe", "SwiftShader")
"""Renderers on the CPU. Mesa's fragment shader takes 20 us a pixel, after some seconds of compilation; torch takes half
a microsecond. A compute shader takes half a minute to compile."""


OFFSETS, BELOW = 3, 4
"""The texture units of a pixel map and of the earlier passes' result; decode.frag uses the units before for its
numbers."""


GlslPass = NetPass | SplinePass | SplineCellsPass


class GlOwner(Protocol):
    """The owner of a GL context that no other thread uses."""

    context: moderngl.Context

    def close(self) -> None:
        """Release the context."""


class GlslDecoder:
    """Decodes in GLSL. `open_gl` makes a context and is called on the decoder's own thread.

    It uses compute shaders if the driver has them, unless `compute` is False; it refuses a renderer on the CPU, unless
    `software` is True. Raises DeviceError for such a renderer, and if the context or a shader fails.
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
        self._spline_program: SplineProgram | None = None
        self._spline_cells_program: SplineCellsProgram | None = None
        self._plate: LaidOutPlate | None = None
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
        subject = seen(shot, aspect, self._interpolator)
        size_px = width, height
        if isinstance(subject, SinglePicture):
            outputs = subject.outputs
            passes: list[GlslPass] = [*spline_passes(subject, height), *single_passes(subject)]
            begun = begun_picture(subject, size_px, pixel_map)
        else:
            laid_out = self._laid_out(subject)
            outputs, passes = laid_out.outputs, [*laid_out.passes(shot.view, size_px)]
            begun = laid_out.begun(shot.view, size_px)
        if not passes:  # shaders draw none of its components, or no cell of the plate is in view
            pixels = np.zeros((height, width, outputs), np.float16) if begun is None else begun[..., :outputs]
            return DecodedPicture(np.ascontiguousarray(pixels), shot.view, pixel_map)
        common: dict[str, Value] = {
            "size": size_px,
            "bent": pixel_map is not None,
            "offsets": OFFSETS,
            "below": BELOW,
            "alpha": outputs == 4,
        }
        drawn = self._thread.submit(self._draw, passes, common, begun, pixel_map, size_px, outputs)
        try:
            return DecodedPicture(drawn.result(), shot.view, pixel_map)
        except moderngl.Error as error:
            raise DeviceError(f"OpenGL does not decode {width}x{height} pixels: {error}") from error

    def _laid_out(self, plate: Plate) -> LaidOutPlate:
        """The laid-out neurons of a plate, kept for the next frame."""
        if self._plate is None or self._plate.plate != plate:
            self._plate = LaidOutPlate.of(plate, self._interpolator)
        return self._plate

    def _draw(
        self,
        passes: Sequence[GlslPass],
        common: Mapping[str, Value],
        begun: Pixels | None,
        pixel_map: PixelMap | None,
        size_px: Size,
        outputs: int,
    ) -> Pixels:
        """Draw the passes in turn: spectra, then nets, one shape a pass; each adds to the result of the passes
        before."""
        if pixel_map is not None:
            self._maps.use(pixel_map, OFFSETS)
        with ExitStack() as cleanup:
            below: moderngl.Texture | None = None
            if begun is not None:
                below = self._context.texture(size_px, 4, np.ascontiguousarray(begun).tobytes(), dtype="f2")
                cleanup.callback(below.release)
            for number, one in enumerate(passes):
                target = cleanup.enter_context(Target(self._context, size_px, "f2"))
                if below is not None:
                    below.use(BELOW)
                ends = number == len(passes) - 1
                self._draw_pass(one, target, {**common, "begun": below is not None, "ends": ends})
                (below,) = target.textures
            pixels = pixels_of(target, outputs)
        if (code := self._context.error) != "GL_NO_ERROR":  # out of memory, or the context is lost
            raise moderngl.Error(code)
        return pixels

    def _draw_pass(self, one: GlslPass, target: Target, uniforms: Mapping[str, Value]) -> None:
        if isinstance(one, SplinePass):
            self._splines().draw(target, uniforms, one)
        elif isinstance(one, SplineCellsPass):
            self._spline_cells().draw(target, uniforms, one)
        else:
            program = self._program(one.architecture, one.tables.places is not None)
            program.draw(target, {**uniforms, **one.uniforms}, one.tables)

    def _splines(self) -> SplineProgram:
        """The program of spectra, compiled at the first spectrum."""
        if self._spline_program is None:
            self._spline_program = SplineProgram(self._context)
            self._cleanup.callback(self._spline_program.close)
        return self._spline_program

    def _spline_cells(self) -> SplineCellsProgram:
        """The program of plates' spectra, compiled at the first such plate."""
        if self._spline_cells_program is None:
            self._spline_cells_program = SplineCellsProgram(self._context)
            self._cleanup.callback(self._spline_cells_program.close)
        return self._spline_cells_program

    def _program(self, architecture: Architecture, plate: bool) -> ComputeProgram | FragmentProgram:
        """The program of a shape of CPPN for walks or for plates, compiled once."""
        if (architecture, plate) not in self._programs:
            make = ComputeProgram if self._computes else FragmentProgram
            made = make(self._context, {**constants_of(architecture), "PLATE": int(plate)})
            self._programs[architecture, plate] = made
            self._cleanup.callback(made.close)
        return self._programs[architecture, plate]

    def close(self) -> None:
        """Release the context and stop the thread."""
        if not self._closed:
            self._closed = True
            self._thread.submit(self._cleanup.close).result()
            self._thread.shutdown()
