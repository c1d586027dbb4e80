"""The course of a show whose cues follow each other in order: in closed form, for any frame."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace

from installation.show.control import Control, Message
from installation.show.playhead import ShowFrame
from installation.show.timeline import PlayingCue, Timeline


class FixedCourse:
    """Which cues play when.

    A cue that holds or loops stays until a GO; so does the last cue of a score that does not loop.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._stops = self._stops_after()

    def playing_at(self, control: Control, show_frame: ShowFrame) -> list[PlayingCue]:
        """The visible cues, back to front: the present one, and those that its transition does not cover yet."""
        stack = []
        for playing in self._history(control, show_frame):
            stack.append(playing)
            if show_frame - playing.start >= playing.transition_frames:
                break
        stack.reverse()
        return stack

    def apply(self, control: Control, message: Message) -> Control:
        """The state after one more message, which must not be older than those before (else fold the whole set)."""
        return control.apply(message)

    def following_at(self, control: Control, show_frame: ShowFrame) -> str | None:
        """The cue that follows the present one in the order; None after the last."""
        return self._timeline.beside(self.playing_at(control, show_frame)[-1].index, 1)

    def resumes_at(self, _control: Control, _show_frame: ShowFrame) -> bool:
        """Never: no cue comes in over another for a while."""
        return False

    def under_at(self, control: Control, show_frame: ShowFrame) -> str:
        """The present cue of the running order."""
        return self._timeline.ids[self.playing_at(control, show_frame)[-1].index]

    def _stops_after(self) -> list[int | None]:
        """For each cue, the frames from its start to the start of the next cue that stays; None if none stays."""
        stops: list[int | None] = []
        stop: int | None = None
        for lap in (self._timeline.length, 0):
            stops.clear()
            for start, stays in zip(reversed(self._timeline.starts), reversed(self._timeline.stays), strict=True):
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
            yield from self._segment(self._timeline.indices[start.cue], start.at, until)
            if start.from_black:
                return
            until = start.at
        for playing in self._entered(min(control.origin, until), until):
            # The show's first cue has no transition: there is nothing beneath it.
            yield playing if playing.start > 0 else replace(playing, transition_frames=0)

    def _entered(self, origin: ShowFrame, until: ShowFrame) -> Iterator[PlayingCue]:
        """The cues of a score that was entered at show frame `origin` by its own times, the latest first."""
        index, begin = self._timeline.nominal_at(origin)
        yield from self._segment(index, begin, until)
        while begin > 0:
            index, begin = self._timeline.before(index, begin)
            yield self._playing(index, begin)

    def _segment(self, first: int, begin: ShowFrame, until: ShowFrame) -> Iterator[PlayingCue]:
        """The cues that follow each other from the start of `first`, the latest first, down to `first`."""
        after = until - begin
        stop = self._stops[first]
        if stop is not None:
            after = min(after, stop)
        lap, rest = divmod(self._timeline.starts[first] + after, self._timeline.length)
        index = bisect_right(self._timeline.starts, rest) - 1
        start = begin + lap * self._timeline.length + self._timeline.starts[index] - self._timeline.starts[first]
        while start > begin:
            yield self._playing(index, start)
            index, start = self._timeline.before(index, start)
        yield self._playing(index, start)

    def _playing(self, index: int, start: ShowFrame) -> PlayingCue:
        return PlayingCue(index, start, self._timeline.transitions[index], stays=self._timeline.stays[index])
