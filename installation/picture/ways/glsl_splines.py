"""Spectra in GLSL: their spline coefficients, as textures that stay on the card, and the pass that samples them."""

from __future__ import annotations

from collections import OrderedDict
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
from installation.picture.ways.spectrum_drawing import coefficients_of, levels_seen

FINER, COARSER = 0, 1
"""The texture units of the coefficients; the decoder uses the others."""

MAX_TEXTURES = 64
"""How many textures stay on the card, one for each level of each picture, 12 MB each at most."""

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

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._program = Program(context, "spline.frag")
        self._textures: OrderedDict[tuple[int, int], tuple[Tensor, moderngl.Texture]] = OrderedDict()

    def draw(self, target: Target, uniforms: Mapping[str, Value], one: SplinePass) -> None:
        """Draw into a target of half floats; raises an error of moderngl or the driver."""
        drawing = one.component.drawing
        assert isinstance(drawing, Spectrum)
        for name, value in uniforms.items():
            self._program.set(name, value)
        (first, share), (second, next_share) = (*levels_seen(drawing, one.pixel), (0, 0.0))[:2]
        levels = first, second if next_share else first
        rows = [_in_samples(one.affine, level_sizes(drawing)[level]) for level in levels]
        self._program.set_rows("across", [across for across, _ in rows])
        self._program.set_rows("down", [down for _, down in rows])
        self._program.set("shares", (one.component.share * share, one.component.share * next_share))
        self._program.set("opaque", one.component.share * OPAQUE_LOGIT)
        for unit, name, level in zip((FINER, COARSER), ("finer", "coarser"), levels, strict=True):
            self._texture(one.component.weights, drawing, level).use(unit)
            self._program.set(name, unit)
        target.framebuffer.use()
        self._program.draw()

    def _texture(self, weights: Tensor, drawing: Spectrum, level: int) -> moderngl.Texture:
        """The coefficients of the weights at a level. Nobody writes to weights, so their object's id identifies
        them."""
        known = self._textures.get((id(weights), level))
        if known is None:
            made = coefficients_of(weights, drawing, level)  # (3, height, width)
            _, height, width = made.shape
            texels = np.zeros((height, width, 4), np.float32)
            texels[..., :3] = made.permute(1, 2, 0).numpy()
            texture = self._context.texture((width, height), 4, texels.tobytes(), dtype="f4")
            # Holding the weights keeps their id from being used again.
            known = self._textures[id(weights), level] = weights, texture
            if len(self._textures) > MAX_TEXTURES:
                _, (_, oldest) = self._textures.popitem(last=False)
                oldest.release()
        self._textures.move_to_end((id(weights), level))
        return known[1]

    def close(self) -> None:
        """Release the program and its textures."""
        for _, texture in self._textures.values():
            texture.release()
        self._textures.clear()
        self._program.close()


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
