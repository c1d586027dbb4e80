"""The position of a walk in latent space at a time, and the pace of an even walk."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import replace

from installation.show.expressions import NO_PARAMETERS, Parameters
from installation.show.frame import Address, LatentPoint
from installation.show.score import Leg, Stretch, Walk
from installation.show.track import eased, value_at

Ways = Mapping[tuple[Address, Address], tuple[Stretch, ...]]
"""The measured stretches of the ways between neurons, by start and end."""


class WalkRoute:
    """A walk that can be evaluated at a time. Equal walks make equal routes."""

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
    """The point of a leg at a share of `b`. It has only neurons with a share, in the order of their addresses."""
    a, b = leg.a, leg.b
    if share <= 0.0:
        return LatentPoint(((a, 1.0),))
    if share >= 1.0 or a == b:
        return LatentPoint(((b, 1.0),))
    if a < b:
        return LatentPoint(((a, 1.0 - share), (b, share)))
    return LatentPoint(((b, share), (a, 1.0 - share)))


def _share_at(leg: Leg, clock: float) -> float:
    """The share of `b` at a time: the pace table has it at equal steps of the leg's time."""
    if clock <= leg.start:
        return 0.0
    if clock >= leg.end:
        return 1.0
    pace = leg.pace
    place = (clock - leg.start) / (leg.end - leg.start) * (len(pace) - 1)
    step = int(place)
    return pace[step] + (pace[step + 1] - pace[step]) * (place - step)


def paced(walk: Walk, ways: Ways) -> Walk:
    """The walk at constant visible speed; legs that stay at a neuron keep their length."""
    legs: list[tuple[Stretch, float | None]] = []
    for leg in walk.legs:
        if leg.a == leg.b:
            legs.append((Stretch(leg.a, leg.b, 0.0), leg.end - leg.start))
        else:
            legs += [(stretch, None) for stretch in ways[leg.a, leg.b]]
    waiting = sum(seconds for _, seconds in legs if seconds is not None)
    distance = sum(stretch.distance for stretch, seconds in legs if seconds is None)
    moving = max(walk.duration - waiting, 0.0)
    count = sum(1 for _, seconds in legs if seconds is None)
    timed = []
    start = 0.0
    for stretch, seconds in legs:
        if seconds is None:
            seconds = moving * (stretch.distance / distance if distance > 0 else 1 / count)
        end = start + seconds
        timed.append(Leg(stretch.a, stretch.b, start, end, stretch.pace))
        start = end
    if timed:
        timed[-1] = replace(timed[-1], end=walk.duration)  # Sums of floats miss it by a hair.
    return replace(walk, legs=tuple(timed))
