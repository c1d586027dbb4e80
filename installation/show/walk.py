"""Where a walk stands in latent space at a time."""

from __future__ import annotations

from bisect import bisect_right
from operator import attrgetter

from installation.show.frame import Point
from installation.show.score import Leg, Walk
from installation.show.track import eased

_start = attrgetter("start")


def point_at(walk: Walk, seconds: float) -> Point:
    """The point at `seconds` since the walk began, 0 or more; the ease shapes each pass over the whole walk."""
    legs = walk.legs
    if len(legs) == 1 and legs[0].a == legs[0].b:
        return Point(((legs[0].a, 1.0),))
    at = _clock(walk, seconds)
    leg = legs[max(bisect_right(legs, at, key=_start) - 1, 0)]
    if at >= leg.end:
        return between(leg, 1.0)
    return between(leg, paced(leg.pace, max((at - leg.start) / (leg.end - leg.start), 0.0)))


def between(leg: Leg, share: float) -> Point:
    """The point of a leg at a share of `b`; only neurons with a share are named, in the order of their addresses."""
    if share <= 0.0:
        return Point(((leg.a, 1.0),))
    if share >= 1.0 or leg.a == leg.b:
        return Point(((leg.b, 1.0),))
    a, b = (leg.a, 1.0 - share), (leg.b, share)
    return Point((a, b) if leg.a < leg.b else (b, a))


def paced(pace: tuple[float, ...], share: float) -> float:
    """The share of `b` after a share of the seen distance."""
    place = share * (len(pace) - 1)
    step = min(int(place), len(pace) - 2)
    return pace[step] + (pace[step + 1] - pace[step]) * (place - step)


def _clock(walk: Walk, seconds: float) -> float:
    """Seconds on the walk's own clock, 0..duration."""
    duration = walk.duration
    if duration <= 0.0:
        return 0.0
    match walk.repeat:
        case "once":
            share = min(seconds / duration, 1.0)
        case "loop":
            share = seconds % duration / duration
        case "ping-pong":
            share = 1.0 - abs(seconds / duration % 2.0 - 1.0)
    return eased(walk.ease, share) * duration
