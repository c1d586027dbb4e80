"""An endless zoom: the camera falls towards the place where the next picture lies, then into the next one, and so on.

All places of the chain contain one common point, which stays in the middle of the view. The zoom grows by the same
factor every second, so the camera moves as inside a single picture.
"""

from __future__ import annotations

import math
from itertools import accumulate

from installation.show.expressions import NO_PARAMETERS, Parameters
from installation.show.frame import Descent, View, World
from installation.show.score import Descend
from installation.show.track import value_at

MAX_ROUNDS = 64
"""After this many rounds of a chain, the error of the common point is below floating-point precision."""


class DescentRoute:
    """A descent that can be evaluated at a time. Equal descents make equal routes."""

    __slots__ = ("_descend", "_factors", "_focus", "_subject")

    def __init__(self, descend: Descend) -> None:
        self._descend = descend
        worlds = tuple(World(stop.neuron, *(stop.place or (0.0, 0.0, 1.0))) for stop in descend.stops)
        self._subject = Descent(worlds, descend.endless)
        inner = worlds if descend.endless else worlds[:-1]
        self._factors = math.prod(world.radius for world in inner)
        self._focus = focus_of(worlds, descend.endless)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DescentRoute) and self._descend == other._descend

    def __hash__(self) -> int:
        return hash(self._descend)

    def at(self, _seconds: float, _parameters: Parameters = NO_PARAMETERS) -> Descent:
        """See subjects.TimedSubject: the worlds stay in place, only the camera moves."""
        return self._subject

    def through(self, view: View, seconds: float, parameters: Parameters = NO_PARAMETERS) -> View:
        """The take's own view, moved and zoomed by the descent so far."""
        near = self._factors ** self._depth_at(seconds, parameters)  # from 1 down to the last world's size
        return view._replace(x=self._focus[0] + near * view.x, y=self._focus[1] + near * view.y, zoom=view.zoom / near)

    def _depth_at(self, seconds: float, parameters: Parameters) -> float:
        """The depth: 0 at the first world, 1 at the last, or at the first again if the chain is endless."""
        descend = self._descend
        if descend.position is not None:
            return min(max(value_at(descend.position, seconds, parameters), 0.0), 1.0)
        way = seconds / descend.duration
        if descend.repeat == "once":
            return min(way, 1.0)
        if descend.repeat == "loop":
            return way % 1.0
        return 1.0 - abs(way % 2.0 - 1.0)


def focus_of(worlds: tuple[World, ...], endless: bool) -> tuple[float, float]:
    """The point (x, y) of the first world's picture that lies in all worlds: the middle of the last one, or the limit
    of an endless chain."""
    chain = worlds * (MAX_ROUNDS if endless else 1)
    sizes = list(accumulate((world.radius for world in chain), lambda size, radius: size * radius, initial=1.0))
    inner = zip(chain if endless else chain[:-1], sizes, strict=False)
    places = [(size * world.x, size * world.y) for world, size in inner]
    return math.fsum(x for x, _ in places), math.fsum(y for _, y in places)
