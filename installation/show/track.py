"""Numbers over time: easing and keys."""

from __future__ import annotations

from bisect import bisect_right
from operator import attrgetter

from installation.show.expressions import Parameters, number
from installation.show.score import Ease, Keyframe, Track

_at = attrgetter("at")


def eased(ease: Ease, share: float) -> float:
    """A share of the way, 0..1, bent by an ease; 0 stays 0 and 1 stays 1."""
    if ease == "linear":
        return share
    if ease == "smooth":
        return share * share * (3.0 - 2.0 * share)
    if ease == "in":
        return share * share
    if ease == "out":
        return share * (2.0 - share)
    return 1.0 if share >= 1.0 else 0.0


def value_at(track: Track, seconds: float, parameters: Parameters) -> float:
    keys = track.keys
    if len(keys) == 1:  # most tracks
        return number(keys[0].value, parameters)
    after = bisect_right(keys, seconds, key=_at)
    if after == 0:
        return number(keys[0].value, parameters)
    if after == len(keys):
        return number(keys[-1].value, parameters)
    return _between(keys[after - 1], keys[after], seconds, parameters)


def _between(before: Keyframe, after: Keyframe, seconds: float, parameters: Parameters) -> float:
    share = eased(after.ease, (seconds - before.at) / (after.at - before.at))
    start = number(before.value, parameters)
    return start + (number(after.value, parameters) - start) * share
