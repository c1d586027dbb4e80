"""Where a walk stands in latent space at a time."""

from __future__ import annotations

from bisect import bisect_right

from installation.show.expressions import NO_PARAMETERS, Parameters
from installation.show.frame import LatentPoint
from installation.show.score import Leg, Walk
from installation.show.track import eased, value_at


class WalkRoute:
    """A walk, ready to be asked where it stands. Equal walks make equal routes."""

    __slots__ = ("_starts", "_still", "walk")

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self._starts = tuple(leg.start for leg in walk.legs)
        neurons = {neuron for leg in walk.legs for neuron in (leg.a, leg.b)}
        self._still = LatentPoint(((walk.legs[0].a, 1.0),)) if len(neurons) == 1 or walk.duration <= 0.0 else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WalkRoute) and self.walk == other.walk

    def __hash__(self) -> int:
        return hash(self.walk)

    def at(self, seconds: float, parameters: Parameters = NO_PARAMETERS) -> LatentPoint:
        """See subjects.TimedSubject: the walk begins with its cue."""
        point = self._still or self._moving(seconds, parameters)
        cycle = self.walk.cycle
        return point if cycle is None else LatentPoint(point.shares, seconds / cycle % 1.0)

    def _moving(self, seconds: float, parameters: Parameters) -> LatentPoint:
        position = self.walk.position
        if position is None:
            clock = clock_at(self.walk, seconds)
        else:
            clock = min(max(value_at(position, seconds, parameters), 0.0), 1.0) * self.walk.duration
        leg = self.walk.legs[bisect_right(self._starts, clock, 1) - 1]
        return point_of(leg, _share_at(leg, clock))


def clock_at(walk: Walk, seconds: float) -> float:
    """Seconds on the walk's own clock, 0..duration; the ease shapes each pass over the whole walk."""
    duration = walk.duration
    if walk.repeat == "once":
        share = min(seconds / duration, 1.0)
    elif walk.repeat == "loop":
        share = seconds % duration / duration
    else:
        share = 1.0 - abs(seconds / duration % 2.0 - 1.0)
    return (share if walk.ease == "linear" else eased(walk.ease, share)) * duration


def point_of(leg: Leg, share: float) -> LatentPoint:
    """The point of a leg at a share of `b`; only neurons with a share are named, in the order of their addresses."""
    a, b = leg.a, leg.b
    if share <= 0.0:
        return LatentPoint(((a, 1.0),))
    if share >= 1.0 or a == b:
        return LatentPoint(((b, 1.0),))
    if a < b:
        return LatentPoint(((a, 1.0 - share), (b, share)))
    return LatentPoint(((b, share), (a, 1.0 - share)))


def _share_at(leg: Leg, clock: float) -> float:
    """The share of `b`: the pace table gives it at equal steps of the leg's time."""
    if clock <= leg.start:
        return 0.0
    if clock >= leg.end:
        return 1.0
    pace = leg.pace
    place = (clock - leg.start) / (leg.end - leg.start) * (len(pace) - 1)
    step = int(place)
    return pace[step] + (pace[step + 1] - pace[step]) * (place - step)
