"""The course of a show on paper: every cue once with the ways that lead on, or one day as it will be."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from operator import itemgetter

from installation.editions.production import Production
from installation.show.compiled_score import compiled
from installation.show.control import initial_control
from installation.show.score import Cue


@dataclass(frozen=True, slots=True)
class ShownCourse:
    """Cues with the frame at which each comes in, and over how many frames. One that `is_played` took its course."""

    cues: tuple[tuple[Cue, int, int], ...]
    frames: int
    is_played: bool = False

    def cue_at(self, frame_number: int) -> Cue:
        """The cue that came in last."""
        return self.cues[bisect_right(self.cues, frame_number, key=itemgetter(1)) - 1][0]

    def ways_from(self, cue: Cue) -> str:
        """What may follow a cue, where that is open and not known yet."""
        return "" if self.is_played else cue.ways


def course_of(production: Production) -> ShownCourse:
    """Every cue once, as they are rehearsed; on a day of the house what will be played in the time of one round."""
    score, compiled_score = production.score, compiled(production.score)
    timeline, course = compiled_score.timeline, compiled_score.open_course
    if not score.day or course is None:
        comes_in = [0, *timeline.transitions[1:]]
        return ShownCourse(tuple(zip(score.cues, timeline.starts, comes_in, strict=True)), production.frames)
    frames = production.running_frames
    entries = course.entered_until(initial_control(score), frames - 1)
    cues = ((score.cues[one.index], int(one.came_in), one.transition_frames) for one in entries)
    return ShownCourse(tuple(cues), frames, is_played=True)
