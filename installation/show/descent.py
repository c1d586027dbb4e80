"""A zoom without end: the camera falls towards the place in which the next picture lies, and in that the next.

The point in which all places of the chain lie is kept in the middle of the view, and the zoom grows by the same factor
every second: whatever world is seen, it is the motion of a camera inside one picture.
"""

from __future__ import annotations

import math
from itertools import accumulate

from installation.show.expressions import NO_PARAMETERS, Parameters
from installation.show.frame import Descent, View, World
from installation.show.score import Descend
from installation.show.track import value_at

MAX_ROUNDS = 64
"""So many times round a chain the common point is off by less than any number can say."""


class DescentRoute:
    """A descent that knows where its camera is at a time. Equal descents make equal routes."""

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
        """See subjects.TimedSubject: worlds stay where they are, the camera moves."""
        return self._subject

    def through(self, view: View, seconds: float, parameters: Parameters = NO_PARAMETERS) -> View:
        """The camera as it has fallen so far, seen through the take's own."""
        near = self._factors ** self._depth_at(seconds, parameters)  # from 1 down to the last world's size
        return view._replace(x=self._focus[0] + near * view.x, y=self._focus[1] + near * view.y, zoom=view.zoom / near)

    def _depth_at(self, seconds: float, parameters: Parameters) -> float:
        """From 0 at the first world to 1 at the last, or at the first again."""
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
    """The point of the first world's picture in which all worlds lie: the last one's middle, or no world's."""
    chain = worlds * (MAX_ROUNDS if endless else 1)
    sizes = list(accumulate((world.radius for world in chain), lambda size, radius: size * radius, initial=1.0))
    inner = zip(chain if endless else chain[:-1], sizes, strict=False)
    places = [(size * world.x, size * world.y) for world, size in inner]
    return math.fsum(x for x, _ in places), math.fsum(y for _, y in places)
