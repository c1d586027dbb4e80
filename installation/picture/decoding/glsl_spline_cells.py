"""The cells of a plate that are spectra, in GLSL: one after the other, each within its own rectangle of the picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import moderngl
import numpy as np

from installation.atlas.interpolate import Component
from installation.owner import Owner
from installation.picture.decoding.glsl_programs import ROW, Size, table_texture
from installation.picture.decoding.glsl_weights import Integers
from installation.picture.decoding.plates import cell_centre, cell_coordinates, cell_size
from installation.picture.programs import Value
from installation.picture.rectangle import Rectangle
from installation.picture.target import Target
from installation.picture.view import Affine
from installation.picture.ways.glsl_splines import SplinePass, SplineProgram
from installation.show.frame import Plate

PLACES = 2
"""The texture unit of the plate's table, beside those of SplineProgram."""

PLATES = {"PLATE": 1, "ROW": ROW}
"""The constants of the program for plates."""


@dataclass(frozen=True, slots=True, eq=False)
class SplineCell:
    """A cell: its number, its spectrum, and the pixels among which its own lie."""

    cell: int
    spline: SplinePass
    box: Rectangle


@dataclass(frozen=True, slots=True, eq=False)
class SplineCellsPass:
    """The cells that are seen, with the shader's uniforms and the plate's table: see shaders/plate.glsl."""

    cells: Sequence[SplineCell]
    uniforms: Mapping[str, Value]
    places: Integers


def spline_cells(plate: Plate, spectra: Mapping[int, Component], affine: Affine, size_px: Size) -> list[SplineCell]:
    """The cells of spectra that a picture shows; `affine` maps the picture to the plate."""
    found = []
    for cell, component in spectra.items():
        box = _box(plate, cell, affine, size_px)
        if box.width > 0 and box.height > 0:
            own = cell_coordinates(plate, cell, affine)
            found.append(SplineCell(cell, SplinePass.of(component, own, size_px[1]), box))
    return found


def _box(plate: Plate, cell: int, affine: Affine, size_px: Size) -> Rectangle:
    """The pixels around a cell, one more on each side; empty if the picture does not show it."""
    (x, y), (width, height) = cell_centre(plate, cell), cell_size(plate)
    inverse = affine.inverse()
    corners = np.array([inverse.at(x + a * width, y + b * height) for a in (-0.5, 0.5) for b in (-0.5, 0.5)])
    low, high = corners.min(0) * size_px, corners.max(0) * size_px
    left, top = (max(math.floor(one) - 1, 0) for one in low)
    right, bottom = (min(math.ceil(one) + 1, most) for one, most in zip(high, size_px, strict=True))
    return Rectangle(left, top, max(right, left), max(bottom, top))


class SplineCellsProgram(Owner):
    """spline.frag for the cells of plates."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._splines = SplineProgram(context, PLATES)

    def draw(self, target: Target, uniforms: Mapping[str, Value], cells: SplineCellsPass) -> None:
        """Draw into a target of half floats; raises an error of moderngl or the driver."""
        program = self._splines.program
        places = table_texture(self._context, cells.places)
        try:
            places.use(PLACES)
            for name, value in {**uniforms, **cells.uniforms, "places": PLACES, "cell": -1}.items():
                program.set(name, value)
            target.framebuffer.use()
            program.draw()
            for one in cells.cells:
                box = one.box
                target.framebuffer.scissor = box.left, box.top, box.width, box.height
                program.set("cell", one.cell)
                self._splines.draw_again(one.spline)
        finally:
            target.framebuffer.scissor = 0, 0, *target.size_px
            places.release()

    def close(self) -> None:
        """Release the program and its textures."""
        self._splines.close()
