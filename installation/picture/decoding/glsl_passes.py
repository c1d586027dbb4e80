"""The passes of the GLSL decoder: spectra and CPPNs, one shape a pass, over components that are neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from installation.atlas.architecture import Architecture
from installation.atlas.interpolate import Component, Interpolator
from installation.atlas.spectrum import Spectrum
from installation.picture.decoding.glsl_programs import CppnTables, Pixels, Size
from installation.picture.decoding.glsl_spline_cells import SplineCellsPass, spline_cells
from installation.picture.decoding.glsl_weights import (
    Floats,
    first_weights,
    plate_places,
    plate_uniforms,
    rest_weights,
)
from installation.picture.decoding.plates import cell_coordinates, plate_pixels, raster_of
from installation.picture.decoding.projection import offsets
from installation.picture.decoding.single_picture import SinglePicture, outputs_of
from installation.picture.pixel_map import PixelMap
from installation.picture.programs import Value
from installation.picture.view import picture_coordinates
from installation.picture.ways.glsl_splines import SplinePass
from installation.picture.ways.kinds import summed_logits
from installation.picture.ways.points import points_seen
from installation.show.frame import Plate, View


@dataclass(frozen=True, slots=True, eq=False)
class NetPass:
    """CPPNs of one shape, with the shader's uniforms and tables."""

    architecture: Architecture
    uniforms: Mapping[str, Value]
    tables: CppnTables


def single_passes(whole: SinglePicture) -> list[NetPass]:
    """The passes of one picture's CPPNs."""
    return [
        NetPass(
            shape,
            {"nets": len(components)},
            CppnTables(
                first_weights(components, shape, [whole.affine] * len(components)), rest_weights(components, shape)
            ),
        )
        for shape, components in whole.nets.items()
    ]


def spline_passes(whole: SinglePicture, height: int) -> list[SplinePass]:
    """The passes of one picture's spectra."""
    return [SplinePass.of(one, whole.affine, height) for one in whole.others if isinstance(one.drawing, Spectrum)]


def begun_picture(whole: SinglePicture, size_px: Size, pixel_map: PixelMap | None) -> Pixels | None:
    """Logits (height, width, 4) of the components that no shader draws, or colours if the picture has no other
    components.

    None if shaders draw all of them.
    """
    handed_over = [one for one in whole.others if not isinstance(one.drawing, Spectrum)]
    if not handed_over:
        return None
    width, height = size_px
    if pixel_map is None:
        places = torch.from_numpy(_even_offsets(width, height)).flatten(1)
        covered = torch.arange(width * height)
    else:
        covered = torch.from_numpy(pixel_map.covered).long()
        places = torch.from_numpy(pixel_map.offsets).flatten(1)[:, covered]
    logits = summed_logits(handed_over, points_seen(whole.affine, places[0], places[1], height), 4)
    picture = torch.zeros(height * width, 4, dtype=torch.float16)
    is_all = len(handed_over) == len(whole.components)
    picture[covered] = (logits.sigmoid() if is_all else logits).half().T
    return picture.view(height, width, 4).numpy()


def _even_offsets(width: int, height: int) -> NDArray[np.float64]:
    """The offsets of all pixels from the centre, across and down: (2, height, width)."""
    return np.stack(np.meshgrid(offsets(width), offsets(height)))


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """The cells of a plate whose CPPNs have one shape, and all their layers but the first."""

    architecture: Architecture
    cells: NDArray[np.int64]
    components: Sequence[Component]
    rest: Floats


@dataclass(frozen=True, slots=True, eq=False)
class LaidOutPlate:
    """A plate's neurons, laid out for the shader; `others` are the cells that are neither CPPNs nor spectra."""

    plate: Plate
    groups: Sequence[_Group]
    spectra: Mapping[int, Component]
    others: Mapping[int, Component]
    outputs: int

    @classmethod
    def of(cls, plate: Plate, interpolator: Interpolator) -> LaidOutPlate:
        """Lay out a plate."""
        components = [interpolator.neuron(neuron) for neuron in plate.neurons]
        cells: dict[Architecture, list[int]] = {}
        spectra: dict[int, Component] = {}
        others: dict[int, Component] = {}
        for cell, component in enumerate(components):
            if isinstance(component.drawing, Architecture):
                cells.setdefault(component.drawing, []).append(cell)
            elif isinstance(component.drawing, Spectrum):
                spectra[cell] = component
            else:
                others[cell] = component
        groups = []
        for shape, numbers in cells.items():
            own = [components[cell] for cell in numbers]
            groups.append(_Group(shape, np.array(numbers), own, rest_weights(own, shape)))
        return cls(plate, groups, spectra, others, outputs_of(components))

    def passes(self, view: View, size_px: Size) -> list[NetPass | SplineCellsPass]:
        """The passes of a picture: one for all spectra, and one for every shape."""
        width, height = size_px
        affine = picture_coordinates(view, width / height)
        raster = raster_of(self.plate, view, width, height)
        found: list[NetPass | SplineCellsPass] = []
        if cells := spline_cells(self.plate, self.spectra, affine, size_px):
            uniforms = {"cells": len(self.plate.neurons), **plate_uniforms(self.plate, raster)}
            none = np.full(len(self.plate.neurons), -1)
            found.append(SplineCellsPass(cells, uniforms, plate_places(raster, none)))
        for group in self.groups:
            nets = np.full(len(self.plate.neurons), -1)
            nets[group.cells] = np.arange(len(group.cells))
            affines = [cell_coordinates(self.plate, int(cell), affine) for cell in group.cells]
            first = first_weights(group.components, group.architecture, affines)
            uniforms = {"nets": len(nets), **plate_uniforms(self.plate, raster)}
            found.append(
                NetPass(group.architecture, uniforms, CppnTables(first, group.rest, plate_places(raster, nets)))
            )
        return found

    def begun(self, view: View, size_px: Size) -> Pixels | None:
        """Colours (height, width, 4) of the cells that no shader draws; None if shaders draw all of them."""
        if not self.others:
            return None
        width, height = size_px
        affine = picture_coordinates(view, width / height)
        pixels = plate_pixels(self.plate, view, width, height)
        places = _even_offsets(width, height)
        picture = np.zeros((height, width, 4), np.float16)
        for cell, component in self.others.items():
            here = pixels.cells == cell
            own = cell_coordinates(self.plate, cell, affine)
            across, down = (torch.from_numpy(one[here]) for one in places)
            drawn = summed_logits([component], points_seen(own, across, down, height), 4).sigmoid().T.numpy()
            drawn[:, -1 if self.outputs == 4 else 0 :] *= pixels.coverage[here][:, None]
            picture[here] = drawn
        return picture
