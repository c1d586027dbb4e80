"""The subjects of takes, kind by kind: what they show at a moment, and how much one moment differs from another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from installation.show.clip import TimedClip
from installation.show.descent import DescentRoute
from installation.show.expressions import Parameters
from installation.show.frame import Gradient, LatentPoint, OnBody, Plate, Shape, StillImage, Subject
from installation.show.score import Clip, Descend, TakeSubject, Text, Walk
from installation.show.walk import WalkRoute
from installation.show.words import TimedText


class TimedSubject(Protocol):
    """A take's subject in one place, which can be evaluated at a time. Equal ones show the same at the same time."""

    def at(self, seconds: float, parameters: Parameters) -> Subject:
        """The subject `seconds` (0 or more) after the cue's start."""


@dataclass(frozen=True, slots=True)
class Still:
    """A subject that does not change over time."""

    subject: Subject

    def at(self, _seconds: float, _parameters: Parameters) -> Subject:
        return self.subject


def _walk(walk: Walk, _aspect: float) -> TimedSubject:
    return WalkRoute(walk)


def _still(subject: Plate | StillImage | Shape | Gradient, aspect: float) -> TimedSubject:
    return Still(replace(subject, aspect=aspect))


def _descend(descend: Descend, _aspect: float) -> TimedSubject:
    return DescentRoute(descend)


_TIMED: Mapping[type, Callable[[Any, float], TimedSubject]] = {
    Walk: _walk,
    Plate: _still,
    Descend: _descend,
    StillImage: _still,
    Shape: _still,
    Gradient: _still,
    Text: TimedText,
    Clip: TimedClip,
}


def timed(subject: TakeSubject, aspect: float) -> TimedSubject:
    """A take's subject in a place with this aspect ratio (width / height)."""
    return _TIMED[type(subject)](subject, aspect)


HALF_TURN = 180.0
"""Degrees: after this turn, a body shows none of its former front."""


def change_between(before: Subject, after: Subject) -> float:
    """How much of the picture changes: 0 for nothing, 1 for everything; latents count by their shares."""
    if before is after or before == after:
        return 0.0
    if isinstance(before, OnBody) and isinstance(after, OnBody) and before.body == after.body:
        turns = ((before.yaw, after.yaw), (before.pitch, after.pitch), (before.roll, after.roll))
        turned = max(abs((new - old + HALF_TURN) % (2 * HALF_TURN) - HALF_TURN) for old, new in turns)
        return min(change_between(before.subject, after.subject) + turned / HALF_TURN, 1.0)
    if not isinstance(before, LatentPoint) or not isinstance(after, LatentPoint):
        return 1.0
    shares, others = dict(before.shares), dict(after.shares)
    return sum(abs(shares.get(one, 0.0) - others.get(one, 0.0)) for one in shares.keys() | others.keys()) / 2
