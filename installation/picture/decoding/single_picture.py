"""What one map shows in all of a place: the CPPNs of a walk, or the one cell that a camera in a plate sees."""

from __future__ import annotations

from typing import NamedTuple

from installation.atlas.interpolate import Component, Interpolator
from installation.picture.decoding.plates import cell_coordinates, single_visible_cell
from installation.picture.view import Affine, picture_coordinates
from installation.show.frame import Plate, Shot


class SinglePicture(NamedTuple):
    """CPPNs whose logits are summed, each seen through `affine`, from a place to the coordinates of their picture."""

    components: tuple[Component, ...]
    affine: Affine

    @property
    def affines(self) -> list[Affine]:
        """One for each of the CPPNs."""
        return [self.affine] * len(self.components)


def seen(shot: Shot, aspect: float, interpolator: Interpolator) -> SinglePicture | Plate:
    """What a decoder has to draw in a place of width / height `aspect`: a Plate if more than one of its cells is seen.

    Raises ScoreError for a neuron that the atlas lacks.
    """
    subject, affine = shot.subject, picture_coordinates(shot.view, aspect)
    if not isinstance(subject, Plate):
        return SinglePicture(interpolator.components(subject), affine)
    cell = single_visible_cell(subject, shot.view, aspect)
    if cell is None:
        return subject
    return SinglePicture((interpolator.neuron(subject.neurons[cell]),), cell_coordinates(subject, cell, affine))
