"""A film over time: which of its frames is visible."""

from __future__ import annotations

import math
from dataclasses import dataclass

from installation.show.expressions import Parameters
from installation.show.frame import ClipMoment
from installation.show.score import Clip

TOLERANCE = 1e-6
"""In frames: rounded times still fall on the intended frame."""


@dataclass(frozen=True, slots=True)
class TimedClip:
    """A film on a place of width / height `aspect`; see subjects.TimedSubject."""

    clip: Clip
    aspect: float

    def at(self, seconds: float, _parameters: Parameters) -> ClipMoment:
        clip = self.clip
        return ClipMoment(clip.file, clip.digest, frame_at(clip, seconds), clip.fps, clip.fit, self.aspect)


def frame_at(clip: Clip, seconds: float) -> int:
    """The frame that is visible `seconds` after the cue's start, from `first` to `last` of the clip inclusive."""
    gone = math.floor(seconds * clip.rate * float(clip.fps) + TOLERANCE)
    count = clip.last - clip.first + 1
    if clip.repeat == "loop":
        return clip.first + gone % count
    if clip.repeat == "ping-pong" and count > 1:
        way = gone % (2 * count - 2)
        return clip.first + min(way, 2 * count - 2 - way)
    return clip.first + min(gone, count - 1)
