"""Which cues play at a show frame, and since when: whole frames and exact fractions, in closed form."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate

from installation.show.control import Control, Message
from installation.show.course import Course, PlayingCue
from installation.show.playhead import ShowFrame
from installation.show.score import Score


def seconds_of(frames: ShowFrame, fps: Fraction) -> float:
    """The float nearest to the exact time: dividing whole numbers rounds correctly."""
    return frames.numerator * fps.denominator / (frames.denominator * fps.numerator)


class Timeline:
    """The cues of a score laid end to end, in whole frames.

    By its own times a score goes through every cue for its duration. A cue that holds or loops stays until a GO, and
    so does the last one of a score that does not loop. Cues on call lie behind the others, where they are rehearsed; a
    score that has them, branches or chance takes its `course`.
    """

    def __init__(self, score: Score) -> None:
        cues = score.cues
        self.loop = score.loop
        self.indices = {cue.id: index for index, cue in enumerate(cues)}
        self._ids = [cue.id for cue in cues]
        self.durations = [max(round(Fraction(cue.duration) * score.fps), 1) for cue in cues]
        self.transitions = [
            0 if cue.transition.kind == "cut" else round(Fraction(cue.transition.duration) * score.fps) for cue in cues
        ]
        self.starts = [0, *accumulate(self.durations[:-1])]
        self.length = sum(self.durations)
        self.order = sum(not cue.on_call for cue in cues)
        self.order_length = sum(self.durations[: self.order])
        self.course = Course(score, self) if score.is_open else None
        self.stays = [cue.end != "follow" for cue in cues]
        if not score.loop:
            self.stays[self.order - 1] = True
        self._stops = self._stops_after()

    def playing_at(self, control: Control, show_frame: ShowFrame) -> list[PlayingCue]:
        """The cues that show, back to front: the present one, and what its transition does not cover yet."""
        if self.course is not None:
            return self.course.playing_at(control, show_frame)
        stack = []
        for playing in self._history(control, show_frame):
            stack.append(playing)
            if show_frame - playing.start >= playing.transition_frames:
                break
        stack.reverse()
        return stack

    def apply(self, control: Control, message: Message) -> Control:
        """The state after one more message, which must not be older than those before (else fold the whole set)."""
        return control.apply(message) if self.course is None else self.course.apply(control, message)

    def standby_at(self, control: Control, show_frame: ShowFrame) -> str | None:
        """The cue on standby: the one that somebody put there, or the one that follows; None where none does."""
        if control.standby is not None:
            return control.standby
        if self.course is not None:
            return self.course.standby_at(control, show_frame)
        return self.beside(self.playing_at(control, show_frame)[-1].index, 1)

    def resumes_at(self, control: Control, show_frame: ShowFrame) -> bool:
        """Whether a GO takes up again what a cue on call came in over."""
        return self.course is not None and self.course.resumes_at(control, show_frame)

    def under_at(self, control: Control, show_frame: ShowFrame) -> str:
        """The cue of the running order where the show stands, whether or not one on call lies over it."""
        if self.course is not None:
            return self.course.under_at(control, show_frame)
        return self._ids[self.playing_at(control, show_frame)[-1].index]

    def beside(self, index: int, step: int) -> str | None:
        """The id of the cue of the running order so many steps on, around the end of a score that loops."""
        beside = index + step
        if self.loop:
            return self._ids[beside % self.order]
        return self._ids[beside] if 0 <= beside < self.order else None

    def nominal_at(self, show_frame: ShowFrame) -> tuple[int, ShowFrame]:
        """The cue, and the frame where it started, by the score's own times: as if every cue that stays got its GO."""
        lap, rest = divmod(show_frame, self.length)
        if not self.loop and lap > 0:
            lap, rest = 0, self.length - 1
        index = bisect_right(self.starts, rest) - 1
        return index, lap * self.length + self.starts[index]

    def _stops_after(self) -> list[int | None]:
        """For each cue how many frames after its start the first cue that stays begins; None where none stays."""
        stops: list[int | None] = []
        stop: int | None = None
        for lap in (self.length, 0):
            stops.clear()
            for start, stays in zip(reversed(self.starts), reversed(self.stays), strict=True):
                stop = lap + start if stays else stop
                stops.append(None if stop is None else stop - start)
        stops.reverse()
        return stops

    def _history(self, control: Control, show_frame: ShowFrame) -> Iterator[PlayingCue]:
        """All cues that have come in up to a show frame, the latest first."""
        until = show_frame
        for start in reversed(control.starts):
            if start.at > show_frame:
                continue
            yield from self._segment(self.indices[start.cue], start.at, until)
            if start.from_black:
                return
            until = start.at
        for playing in self._entered(min(control.origin, until), until):
            # The show starts with its first cue as it is: there is nothing that it could come in over.
            yield playing if playing.start > 0 else replace(playing, transition_frames=0)

    def _entered(self, origin: ShowFrame, until: ShowFrame) -> Iterator[PlayingCue]:
        """The cues of a score that was entered at a show frame by its own times, the latest first."""
        index, begin = self.nominal_at(origin)
        yield from self._segment(index, begin, until)
        while begin > 0:
            index, begin = self.before(index, begin)
            yield self._playing(index, begin)

    def _segment(self, first: int, begin: ShowFrame, until: ShowFrame) -> Iterator[PlayingCue]:
        """The cues that follow each other from the start of `first`, the latest first, down to `first`."""
        after = until - begin
        stop = self._stops[first]
        if stop is not None:
            after = min(after, stop)
        lap, rest = divmod(self.starts[first] + after, self.length)
        index = bisect_right(self.starts, rest) - 1
        start = begin + lap * self.length + self.starts[index] - self.starts[first]
        while start > begin:
            yield self._playing(index, start)
            index, start = self.before(index, start)
        yield self._playing(index, start)

    def _playing(self, index: int, start: ShowFrame) -> PlayingCue:
        return PlayingCue(index, start, self.transitions[index], stays=self.stays[index])

    def before(self, index: int, start: ShowFrame) -> tuple[int, ShowFrame]:
        """The cue that lies before another, and where it starts."""
        index = (index or len(self.durations)) - 1
        return index, start - self.durations[index]
