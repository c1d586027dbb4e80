"""The cues of a score laid end to end by their durations, in whole frames and exact fractions."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from installation.show.playhead import ShowFrame
from installation.show.score import Score


def seconds_of(frames: ShowFrame, fps: Fraction) -> float:
    """The float nearest to the exact time: the division of integers rounds correctly."""
    return frames.numerator * fps.denominator / (frames.denominator * fps.numerator)


@dataclass(frozen=True, slots=True)
class PlayingCue:
    """The cue with this `index`. Its own time began at show frame `start`, and it came in over `transition_frames`.

    It came in at show frame `entered` (None: `start`) with the transition of cue `by` (None: its own). It was entered
    `count` times before on `day`. A cue that `stays` waits for a GO. Cue `to` follows; None if that is unknown.
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

    By the score's own times, every cue plays for its duration. A course says what plays in a show that people control.
    Cues on call lie behind the others, where people rehearse them.
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
        """The id of the cue `step` places further in the running order; a score that loops wraps around."""
        beside = index + step
        if self.loop:
            return self.ids[beside % self.order]
        return self.ids[beside] if 0 <= beside < self.order else None

    def nominal_at(self, show_frame: ShowFrame) -> tuple[int, ShowFrame]:
        """The cue's index and start frame by the score's own times, as if every cue that stays got its GO on time."""
        lap, rest = divmod(show_frame, self.length)
        if not self.loop and lap > 0:
            lap, rest = 0, self.length - 1
        index = bisect_right(self.starts, rest) - 1
        return index, lap * self.length + self.starts[index]

    def before(self, index: int, start: ShowFrame) -> tuple[int, ShowFrame]:
        """The index and the start of the cue before another."""
        index = (index or len(self.durations)) - 1
        return index, start - self.durations[index]
