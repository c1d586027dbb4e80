"""Spectra in GLSL: their spline coefficients, as textures that stay on the card, and the pass that samples them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import moderngl
import numpy as np
from torch import Tensor

from installation.atlas.interpolate import OPAQUE_LOGIT, Component
from installation.atlas.spectrum import Spectrum, level_sizes
from installation.owner import Owner
from installation.picture.programs import Program, Value
from installation.picture.target import Target
from installation.picture.view import Affine
from installation.picture.ways.points import pixel_of
from installation.picture.ways.spectrum_drawing import MadeOfWeights, coefficients_of, levels_seen

FINER, COARSER = 0, 1
"""The texture units of the coefficients; the decoder uses the others."""

PLAIN = {"PLATE": 0}

Row = tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class SplinePass:
    """A component of a picture that is a spectrum, seen from a place through `affine`; pixels lie `pixel` apart."""

    component: Component
    affine: Affine
    pixel: float

    @classmethod
    def of(cls, component: Component, affine: Affine, height: int) -> SplinePass:
        """The pass for a picture of `height` pixels."""
        return cls(component, affine, pixel_of(affine, height))


class SplineProgram(Owner):
    """spline.frag and its textures."""

    def __init__(self, context: moderngl.Context, constants: Mapping[str, int] = PLAIN) -> None:
        self._context = context
        self.program = Program(context, "spline.frag", constants)
        self._textures: MadeOfWeights[moderngl.Texture] = MadeOfWeights(lambda texture: texture.release())

    def draw(self, target: Target, uniforms: Mapping[str, Value], one: SplinePass) -> None:
        """Draw into a target of half floats; raises an error of moderngl or the driver."""
        for name, value in uniforms.items():
            self.program.set(name, value)
        target.framebuffer.use()
        self.draw_again(one)

    def draw_again(self, one: SplinePass) -> None:
        """Draw another component into the framebuffer in use, with the uniforms as they are."""
        drawing = one.component.drawing
        assert isinstance(drawing, Spectrum)
        (first, share), (second, next_share) = (*levels_seen(drawing, one.pixel), (0, 0.0))[:2]
        levels = first, second if next_share else first
        rows = [_in_samples(one.affine, level_sizes(drawing)[level]) for level in levels]
        self.program.set_rows("across", [across for across, _ in rows])
        self.program.set_rows("down", [down for _, down in rows])
        self.program.set("shares", (one.component.share * share, one.component.share * next_share))
        self.program.set("opaque", one.component.share * OPAQUE_LOGIT)
        for unit, name, level in zip((FINER, COARSER), ("finer", "coarser"), levels, strict=True):
            self._texture(one.component.weights, drawing, level).use(unit)
            self.program.set(name, unit)
        self.program.draw()

    def _texture(self, weights: Tensor, drawing: Spectrum, level: int) -> moderngl.Texture:
        """The coefficients of the weights at a level."""

        def make() -> tuple[moderngl.Texture, int]:
            made = coefficients_of(weights, drawing, level)  # (3, height, width)
            _, height, width = made.shape
            texels = np.zeros((height, width, 4), np.float32)
            texels[..., :3] = made.permute(1, 2, 0).numpy()
            return self._context.texture((width, height), 4, texels.tobytes(), dtype="f4"), texels.nbytes

        return self._textures.of(weights, level, make)

    def close(self) -> None:
        """Release the program and its textures."""
        self._textures.clear()
        self.program.close()


def _in_samples(affine: Affine, size: tuple[int, int]) -> tuple[Row, Row]:
    """The rows that map an offset (u, v, 1) from the middle of a place to a column and a row of `size` (height, width)
    samples.

    Whole repeats of the picture are removed in double precision, so a camera may travel any distance.
    """
    height, width = size
    half = min(height, width) / 2
    x, y = affine.at(0.5, 0.5)
    column, row = x * half + (width - 1) / 2, y * half + (height - 1) / 2
    return (
        (affine.a * half, affine.b * half, column % width),
        (affine.d * half, affine.e * half, row % height),
    )
