"""Where a walk stands in latent space at a time."""

from __future__ import annotations

from bisect import bisect_right

from installation.show.frame import Point
from installation.show.score import Leg, Walk
from installation.show.track import eased


class Route:
    """A walk, ready to be asked where it stands. Equal walks make equal routes."""

    __slots__ = ("_ends", "_starts", "_still", "walk")

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self._starts = tuple(leg.start for leg in walk.legs)
        self._ends = tuple(leg.end for leg in walk.legs)
        neurons = {neuron for leg in walk.legs for neuron in (leg.a, leg.b)}
        self._still = Point(((walk.legs[0].a, 1.0),)) if len(neurons) == 1 or walk.duration <= 0.0 else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Route) and self.walk == other.walk

    def __hash__(self) -> int:
        return hash(self.walk)

    def at(self, seconds: float) -> Point:
        """The point at `seconds` since the walk began, 0 or more."""
        if self._still is not None:
            return self._still
        clock = clock_at(self.walk, seconds)
        index = max(bisect_right(self._starts, clock) - 1, 0)
        leg, start, end = self.walk.legs[index], self._starts[index], self._ends[index]
        if clock >= end:
            return between(leg, 1.0)
        return between(leg, paced(leg.pace, (clock - start) / (end - start))) if clock > start else between(leg, 0.0)


def clock_at(walk: Walk, seconds: float) -> float:
    """Seconds on the walk's own clock, 0..duration; the ease shapes each pass over the whole walk."""
    duration = walk.duration
    if walk.repeat == "once":
        share = min(seconds / duration, 1.0)
    elif walk.repeat == "loop":
        share = seconds % duration / duration
    else:
        share = 1.0 - abs(seconds / duration % 2.0 - 1.0)
    return eased(walk.ease, share) * duration


def paced(pace: tuple[float, ...], share: float) -> float:
    """The share of `b` after a share of the seen distance, less than 1."""
    place = share * (len(pace) - 1)
    step = int(place)
    return pace[step] + (pace[step + 1] - pace[step]) * (place - step)


def between(leg: Leg, share: float) -> Point:
    """The point of a leg at a share of `b`; only neurons with a share are named, in the order of their addresses."""
    a, b = leg.a, leg.b
    if share <= 0.0:
        return Point(((a, 1.0),))
    if share >= 1.0 or a == b:
        return Point(((b, 1.0),))
    if a < b:
        return Point(((a, 1.0 - share), (b, share)))
    return Point(((b, share), (a, 1.0 - share)))
