"""The cues of a score laid end to end, by its own times: whole frames and exact fractions."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from installation.show.playhead import ShowFrame
from installation.show.score import Score


def seconds_of(frames: ShowFrame, fps: Fraction) -> float:
    """The float nearest to the exact time: dividing whole numbers rounds correctly."""
    return frames.numerator * fps.denominator / (frames.denominator * fps.numerator)


@dataclass(frozen=True, slots=True)
class PlayingCue:
    """A cue, by its index, whose own time began at show frame `start`, and which came in by a transition of so many
    frames.

    It came in at `entered`, None for `start`, in the manner of cue `by`, None for its own. `count` is how often it was
    entered before on `day`. One that `stays` does so until a GO; cue `to` follows, None where that is not known.
    """

    index: int
    start: ShowFrame
    transition_frames: int
    entered: ShowFrame | None = None
    by: int | None = None
    count: int = 0
    day: str = ""
    stays: bool = False
    to: int | None = None

    @property
    def came_in(self) -> ShowFrame:
        return self.start if self.entered is None else self.entered


class Timeline:
    """The cues of a score laid end to end, in whole frames.

    By its own times a score goes through every cue for its duration. What plays in a show that people touch, a course
    says. Cues on call lie behind the others, where they are rehearsed.
    """

    def __init__(self, score: Score) -> None:
        cues = score.cues
        self.loop = score.loop
        self.indices = {cue.id: index for index, cue in enumerate(cues)}
        self.ids = [cue.id for cue in cues]
        self.durations = [max(round(Fraction(cue.duration) * score.fps), 1) for cue in cues]
        self.transitions = [
            0 if cue.transition.kind == "cut" else round(Fraction(cue.transition.duration) * score.fps) for cue in cues
        ]
        self.starts = [0, *accumulate(self.durations[:-1])]
        self.length = sum(self.durations)
        self.order = sum(not cue.on_call for cue in cues)
        self.order_length = sum(self.durations[: self.order])
        self.stays = [cue.end != "follow" for cue in cues]
        if not score.loop:
            self.stays[self.order - 1] = True

    def beside(self, index: int, step: int) -> str | None:
        """The id of the cue of the running order so many steps on, around the end of a score that loops."""
        beside = index + step
        if self.loop:
            return self.ids[beside % self.order]
        return self.ids[beside] if 0 <= beside < self.order else None

    def nominal_at(self, show_frame: ShowFrame) -> tuple[int, ShowFrame]:
        """The cue, and the frame where it started, by the score's own times: as if every cue that stays got its GO."""
        lap, rest = divmod(show_frame, self.length)
        if not self.loop and lap > 0:
            lap, rest = 0, self.length - 1
        index = bisect_right(self.starts, rest) - 1
        return index, lap * self.length + self.starts[index]

    def before(self, index: int, start: ShowFrame) -> tuple[int, ShowFrame]:
        """The cue that lies before another, and where it starts."""
        index = (index or len(self.durations)) - 1
        return index, start - self.durations[index]
