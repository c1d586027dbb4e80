"""What one map shows in all of a place: the parts of a walk, or the one cell that a camera in a plate sees."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from installation.atlas.architecture import Architecture
from installation.atlas.interpolate import Component, Interpolator
from installation.picture.decoding.plates import cell_coordinates, single_visible_cell
from installation.picture.view import Affine, picture_coordinates
from installation.show.frame import LatentPoint, Plate, Shot, Subject


class SinglePicture(NamedTuple):
    """Parts whose logits are summed, all seen through `affine`, from a place to the coordinates of their picture."""

    components: tuple[Component, ...]
    affine: Affine

    @property
    def outputs(self) -> int:
        """Red, green and blue, and alpha where a part has it."""
        return outputs_of(self.components)

    @property
    def nets(self) -> dict[Architecture, list[Component]]:
        """The CPPNs among the parts, by their shapes."""
        found: dict[Architecture, list[Component]] = {}
        for component in self.components:
            if isinstance(component.drawing, Architecture):
                found.setdefault(component.drawing, []).append(component)
        return found

    @property
    def others(self) -> list[Component]:
        """The parts that are no CPPNs."""
        return [component for component in self.components if not isinstance(component.drawing, Architecture)]


def outputs_of(components: Iterable[Component]) -> int:
    """Channels of a picture of these: 4 where one of them has alpha."""
    return 4 if any(component.drawing.has_alpha for component in components) else 3


def has_alpha(subject: Subject, interpolator: Interpolator) -> bool:
    """Whether anything may be seen through a picture of neurons. Raises ScoreError for one that the atlas lacks."""
    if isinstance(subject, LatentPoint):
        return any(interpolator.drawing(neuron).has_alpha for neuron, _ in subject.shares)
    return isinstance(subject, Plate) and any(interpolator.drawing(neuron).has_alpha for neuron in subject.neurons)


def seen(shot: Shot, aspect: float, interpolator: Interpolator) -> SinglePicture | Plate:
    """What a decoder has to draw in a place of width / height `aspect`: a Plate if more than one of its cells is seen.

    Raises ScoreError for a neuron that the atlas lacks.
    """
    subject, affine = shot.subject, picture_coordinates(shot.view, aspect)
    if isinstance(subject, LatentPoint):
        return SinglePicture(interpolator.components(subject), affine)
    assert isinstance(subject, Plate), "others have drawers of their own"
    cell = single_visible_cell(subject, shot.view, aspect)
    if cell is None:
        return subject
    return SinglePicture((interpolator.neuron(subject.neurons[cell]),), cell_coordinates(subject, cell, affine))
