"""The subject of a place that a single map draws: the components of a walk, or the only visible cell of a plate."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from installation.atlas.architecture import Architecture
from installation.atlas.interpolate import Component, Interpolator
from installation.picture.decoding.plates import cell_coordinates, single_visible_cell
from installation.picture.view import Affine, picture_coordinates
from installation.show.frame import LatentPoint, Plate, Shot, Subject


class SinglePicture(NamedTuple):
    """Components with summed logits, all seen through `affine`, the map from a place to their picture's coordinates."""

    components: tuple[Component, ...]
    affine: Affine

    @property
    def outputs(self) -> int:
        """The channels: red, green and blue, and alpha if a component has it."""
        return outputs_of(self.components)

    @property
    def nets(self) -> dict[Architecture, list[Component]]:
        """The CPPNs among the components, by shape."""
        found: dict[Architecture, list[Component]] = {}
        for component in self.components:
            if isinstance(component.drawing, Architecture):
                found.setdefault(component.drawing, []).append(component)
        return found

    @property
    def others(self) -> list[Component]:
        """The components that are not CPPNs."""
        return [component for component in self.components if not isinstance(component.drawing, Architecture)]


def outputs_of(components: Iterable[Component]) -> int:
    """The channels of a picture of these components: 4 if one of them has alpha, otherwise 3."""
    return 4 if any(component.drawing.has_alpha for component in components) else 3


def has_alpha(subject: Subject, interpolator: Interpolator) -> bool:
    """Whether a picture of neurons may be transparent. Raises ScoreError for a neuron that the atlas lacks."""
    if isinstance(subject, LatentPoint):
        return any(interpolator.drawing(neuron).has_alpha for neuron, _ in subject.shares)
    return isinstance(subject, Plate) and any(interpolator.drawing(neuron).has_alpha for neuron in subject.neurons)


def seen(shot: Shot, aspect: float, interpolator: Interpolator) -> SinglePicture | Plate:
    """What a decoder draws in a place of width / height `aspect`: a Plate if its gaps or several cells are visible.

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
