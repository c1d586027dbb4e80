"""A picture on a body: how it turns and grows at a moment."""

from __future__ import annotations

from installation.show.expressions import Parameters
from installation.show.frame import Descent, LatentPoint, OnBody, Shot, Subject, View
from installation.show.score import Surface
from installation.show.track import value_at

WHOLE_PLACE = View()


def worn(subject: Subject, view: View, surface: Surface, seconds: float, parameters: Parameters) -> Shot:
    """The shot of a body that wears a picture. `view` is the view of the picture, in the picture's coordinates."""
    assert isinstance(subject, LatentPoint | Descent), "a score lets nothing else be worn"
    yaw, pitch, roll, size = (
        value_at(track, seconds, parameters) for track in (surface.yaw, surface.pitch, surface.roll, surface.size)
    )
    return Shot(OnBody(subject, view, surface.body, yaw, pitch, roll, size, surface.shade), WHOLE_PLACE)
