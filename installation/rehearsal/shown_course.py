"""The course of a show on paper: every cue once, with its possible successors, or the cues of one day."""

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
    """Cues, each with its first frame and its transition's length in frames. If `is_played`, the order is known."""

    cues: tuple[tuple[Cue, int, int], ...]
    frames: int
    is_played: bool = False

    def cue_at(self, frame_number: int) -> Cue:
        """The last cue to come in by this frame."""
        return self.cues[bisect_right(self.cues, frame_number, key=itemgetter(1)) - 1][0]

    def ways_from(self, cue: Cue) -> str:
        """The possible successors of a cue; empty if the order is known."""
        return "" if self.is_played else cue.ways


def course_of(production: Production) -> ShownCourse:
    """Every cue once, in rehearsal order; for a day of the house, the cues that will play in the time of one round."""
    score, compiled_score = production.score, compiled(production.score)
    timeline, course = compiled_score.timeline, compiled_score.open_course
    if not score.day or course is None:
        comes_in = [0, *timeline.transitions[1:]]
        return ShownCourse(tuple(zip(score.cues, timeline.starts, comes_in, strict=True)), production.frames)
    frames = production.running_frames
    entries = course.entered_until(initial_control(score), frames - 1)
    cues = ((score.cues[one.index], int(one.came_in), one.transition_frames) for one in entries)
    return ShownCourse(tuple(cues), frames, is_played=True)
