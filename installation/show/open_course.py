"""The course of a show whose cues do not simply follow each other: with branches, cues on call, or transitions whose
length depends on a parameter.

The course settles how a cue comes in, and which cue follows it, when the cue is entered, from control at that frame; it
keeps both in `Control.starts`. Between two messages control is known at every frame, so any frame can be evaluated.
Before a message is applied, the cues entered up to it become part of control. So the course is a function of the set of
messages, in whatever order they arrived.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from installation.show.chance import Dice
from installation.show.control import Control, CueStart, Interrupted, Message
from installation.show.expressions import Number, Parameters, number
from installation.show.playhead import Playhead, ShowFrame
from installation.show.score import Cue, Score
from installation.show.timeline import PlayingCue, Timeline

MAX_KNOWN_CONTROLS = 6
"""The controls of the show, the desk, a future GO and a previous edition: every frame evaluates the same few."""

MAX_KNOWN_ENTRIES = 20_000
"""Entries of one control in memory: a week with a cue every half minute and no message. Older ones are recomputed."""

MAX_STEPS = 300_000
"""The most cues that a seek enters one after the other without a message: some months of them, in some seconds. A
longer seek, as after a damaged journal, enters the score by its own times."""

RESUME = 1.0
"""The value of a GO that resumes the cue beneath a cue on call."""


@dataclass(slots=True)
class _Known:
    """The cues entered under one control so far, the oldest first.

    `before` has the number of entries of each cue before the first of these, `entered` the number in total.
    """

    control: Control
    entries: list[CueStart]
    before: dict[str, int]
    entered: dict[str, int]


class OpenCourse:
    """Which cues are entered when. `timeline` lays the cues end to end, as in rehearsals."""

    def __init__(self, score: Score, timeline: Timeline) -> None:
        self._score = score
        self._timeline = timeline
        self._order = timeline.order
        self._known: list[_Known] = []
        self._furthest = MAX_STEPS * min(timeline.durations)
        self._parameters = tuple((one.name, f"/p/{one.name}", one) for one in score.parameters)

    def playing_at(self, control: Control, show_frame: ShowFrame) -> list[PlayingCue]:
        """See FixedCourse.playing_at."""
        return [self._playing(one, show_frame) for one in self._visible_at(control, show_frame)]

    def entered_until(self, control: Control, show_frame: ShowFrame) -> list[PlayingCue]:
        """All cues entered up to a show frame, the oldest first, if no further message comes."""
        entries = self._entries_until(control, show_frame).entries
        return [self._playing(one, show_frame) for one in entries if one.at <= show_frame]

    def following_at(self, control: Control, show_frame: ShowFrame) -> str | None:
        """The cue that follows the present one, by itself or at a GO; None if none follows."""
        present = self._visible_at(control, show_frame)[-1]
        cue = self._cue(present)
        return self._returned_to(cue, present) if cue.on_call else present.to or None

    def resumes_at(self, control: Control, show_frame: ShowFrame) -> bool:
        """Whether a GO resumes the cue beneath the present one."""
        present = self._visible_at(control, show_frame)[-1]
        return self._cue(present).returns == "resume" and present.interrupted is not None and control.standby is None

    def under_at(self, control: Control, show_frame: ShowFrame) -> str:
        """The present cue of the running order: the present cue, or the one beneath a cue on call."""
        present = self._visible_at(control, show_frame)[-1]
        if not self._cue(present).on_call:
            return present.cue
        return present.interrupted.cue if present.interrupted else self._score.cues[0].id

    def apply(self, control: Control, message: Message) -> Control:
        """The state after one more message. It includes the cues entered up to the message."""
        if message.kind == "day" and not control.starts and control.playhead.at(message.frame) <= control.origin:
            return control.apply(message)  # the show begins on that day
        before = self.settled(control, message.frame)
        after = before.apply(message)
        if after.starts is before.starts or not control.hears(message):
            return after
        if not after.starts:
            return self.settled(after, message.frame)
        present = before.starts[-1]
        start = self._started(after, present, after.starts[-1], message)
        entered = dict(after.entered)
        self._count(after, entered, start)
        return replace(after, starts=(*after.starts[:-1], start), entered=entered)

    def settled(self, control: Control, frame_number: int) -> Control:
        """The state `control` with the cues entered up to a frame."""
        show_frame = control.playhead.at(frame_number)
        visible = self._visible_at(control, show_frame)
        if control.starts and visible[-1] == control.starts[-1]:
            return control
        known = self._entries_until(control, show_frame)
        entered = dict(known.before)
        for one in known.entries:
            if one.at <= show_frame:
                self._count(control, entered, one)
        return replace(control, starts=tuple(visible), entered=entered)

    def taken_over(self, control: Control, frame_number: int, starts: Sequence[CueStart]) -> Control:
        """The state in which an edited score plays on with these cues, the present one last."""
        whole = []
        for one in starts:
            if one.to not in self._timeline.indices:
                fresh = self._entered(control, one.cue, one.at, one.count, frame_number, one.interrupted)
                one = replace(one, to=fresh.to, transition_frames=one.transition_frames or fresh.transition_frames)
            if one.interrupted is not None and one.interrupted.cue not in self._timeline.indices:
                one = replace(one, interrupted=None)
            whole.append(replace(one, by=one.by if one.by in self._timeline.indices else ""))
        entered = dict(control.entered)
        for one in whole:
            self._count(control, entered, one)
        return replace(control, starts=tuple(whole), entered=entered)

    def _visible_at(self, control: Control, show_frame: ShowFrame) -> list[CueStart]:
        """The visible cues, back to front."""
        entries = self._entries_until(control, show_frame).entries
        visible: list[CueStart] = []
        for one in reversed(entries):
            if one.at > show_frame and one is not entries[0]:
                continue
            visible.append(one)
            if one.from_black or show_frame - one.at >= self._transition_frames(one):
                break
        visible.reverse()
        return visible

    def _entries_until(self, control: Control, show_frame: ShowFrame) -> _Known:
        known = self._known_of(control)
        entries = known.entries
        if show_frame - entries[-1].at > self._furthest and self._end(entries[-1]) is not None:
            index, begin = self._timeline.nominal_at(math.floor(show_frame))
            cue = self._score.cues[index].id
            entries.append(self._entered(control, cue, begin, known.entered.get(cue, 0), control.playhead.frame, None))
        while (end := self._end(entries[-1])) is not None and end <= show_frame:
            following = self._following(control, entries[-1], end, known.entered)
            entries.append(following)
            self._count(control, known.entered, following)
            if len(entries) > MAX_KNOWN_ENTRIES:
                for one in entries[: MAX_KNOWN_ENTRIES // 2]:
                    self._count(control, known.before, one)
                del entries[: MAX_KNOWN_ENTRIES // 2]
        if entries[0].at > show_frame and known.entries[0] not in control.starts and control.origin <= show_frame:
            self._known.remove(known)  # the forgotten entries are needed again
            return self._entries_until(control, show_frame)
        return known

    def _known_of(self, control: Control) -> _Known:
        for known in self._known:
            if known.control is control:
                return known
        if control.starts:
            known = _Known(control, list(control.starts), dict(control.entered), dict(control.entered))
        else:
            known = self._from_origin(control)
        self._known.append(known)
        if len(self._known) > MAX_KNOWN_CONTROLS:
            del self._known[0]
        return known

    def _from_origin(self, control: Control) -> _Known:
        """The entries of a score that was entered by its own times, as if its cues had followed each other so far."""
        timeline, origin = self._timeline, control.origin
        index, begin = timeline.nominal_at(origin)
        lap, rest = divmod(origin, timeline.length)
        cues = self._score.cues
        entered = {
            cue.id: lap + (start <= rest)
            for cue, start in zip(cues, timeline.starts, strict=True)
            if lap or start <= rest
        }
        entries: list[CueStart] = []
        while True:
            count = begin // timeline.length
            entry = self._entered(control, cues[index].id, begin, count, control.playhead.frame, None)
            # The show's first cue has no transition: there is nothing beneath it.
            entries.insert(0, replace(entry, transition_frames=0) if begin <= 0 else entry)
            if begin <= 0 or origin - begin >= self._transition_frames(entry):
                return _Known(control, entries, entered, dict(entered))
            index, begin = timeline.before(index, begin)

    def _end(self, entry: CueStart) -> ShowFrame | None:
        """The show frame at which another cue follows by itself; None if this one stays."""
        cue = self._cue(entry)
        if cue.end != "follow" or (not entry.to and not cue.on_call):
            return None
        begun = entry.at if entry.begun is None else entry.begun
        return begun + self._timeline.durations[self._timeline.indices[entry.cue]]

    def _following(self, control: Control, entry: CueStart, at: ShowFrame, entered: dict[str, int]) -> CueStart:
        """The entry of the cue that follows by itself."""
        cue = self._cue(entry)
        if cue.on_call and cue.returns == "resume" and entry.interrupted is not None:
            return self._resumed(entry, entry.interrupted, at)
        to = entry.to
        if cue.on_call:
            to = self._returned_to(cue, entry)
        return self._entered(control, to, at, entered.get(to, 0), frame_of(control.playhead, at), None)

    def _returned_to(self, cue: Cue, entry: CueStart) -> str:
        if cue.returns not in ("resume", "restart"):
            return cue.returns
        return entry.interrupted.cue if entry.interrupted else self._score.cues[0].id

    def _resumed(self, entry: CueStart, left: Interrupted, at: ShowFrame) -> CueStart:
        """The entry of the cue beneath a cue on call. It continues where it was, and uses that cue's transition."""
        begun = at - left.elapsed
        frames = entry.transition_frames
        return CueStart(left.cue, at, False, begun, left.count, left.day, left.to, frames, by=entry.cue)

    def _started(self, control: Control, present: CueStart, start: CueStart, message: Message) -> CueStart:
        """The entry of a cue that was started by hand."""
        cue = self._cue(start)
        left = present.interrupted if self._cue(present).on_call else None
        if message.value == RESUME and left is not None and left.cue == start.cue:
            return replace(self._resumed(present, left, start.at), from_black=start.from_black)
        if cue.on_call and not self._cue(present).on_call:
            begun = present.at if present.begun is None else present.begun
            left = Interrupted(present.cue, start.at - begun, present.count, present.day, present.to)
        count = control.entered.get(start.cue, 0)
        entry = self._entered(control, start.cue, start.at, count, message.frame, left if cue.on_call else None)
        return replace(entry, from_black=start.from_black)

    def _entered(
        self, control: Control, cue_id: str, at: ShowFrame, count: int, frame_number: int, left: Interrupted | None
    ) -> CueStart:
        """The entry of a cue at a show frame, with its transition and the cue that follows."""
        index = self._timeline.indices[cue_id]
        cue = self._score.cues[index]
        parameters = self._parameters_at(control, frame_number) if cue.needs_parameters else {}
        day = self._day(control)
        to = "" if cue.on_call else self._next(index, cue, count, day, parameters)
        frames = None
        if cue.transition.sampled is not None:
            frames = self._sampled(cue.transition.sampled, parameters)
        return CueStart(cue_id, at, False, None, count, day, to, frames, interrupted=left)

    def _next(self, index: int, cue: Cue, count: int, day: str, parameters: Parameters) -> str:
        """The cue that follows: a branch whose condition holds, else one without a condition; by chance if several can.

        Without branches the next cue of the running order; empty if none follows.
        """
        if cue.shuffled:
            lap, at = divmod(count, len(cue.next))
            return Dice(self._score.seed, cue.id, lap, day).shuffled([one.to for one in cue.next], "next")[at]
        held = [one for one in cue.next if one.when is not None and number(one.when, parameters)]
        held = held or [one for one in cue.next if one.when is None]
        if held:
            dice = Dice(self._score.seed, cue.id, count, day)
            return held[dice.weighted([one.weight for one in held], "next")].to if len(held) > 1 else held[0].to
        if index + 1 < self._order:
            return self._score.cues[index + 1].id
        return self._score.cues[0].id if self._score.loop else ""

    def _sampled(self, seconds: Number, parameters: Parameters) -> int:
        return max(round(Fraction(number(seconds, parameters)) * self._score.fps), 0)

    def _parameters_at(self, control: Control, frame_number: int) -> Parameters:
        faders = control.faders
        return {
            name: parameter.value_at(faders[address].followed_at(frame_number))
            for name, address, parameter in self._parameters
        }

    def _count(self, control: Control, entered: dict[str, int], entry: CueStart) -> None:
        """Count an entry, unless it is from another day and still plays."""
        if entry.day == self._day(control):
            entered[entry.cue] = max(entered.get(entry.cue, 0), entry.count + 1)

    def _day(self, control: Control) -> str:
        return control.day if self._score.daily else ""

    def _cue(self, entry: CueStart) -> Cue:
        return self._score.cues[self._timeline.indices[entry.cue]]

    def _transition_frames(self, entry: CueStart) -> int:
        if entry.transition_frames is not None:
            return entry.transition_frames
        return self._timeline.transitions[self._timeline.indices[entry.by or entry.cue]]

    def _playing(self, entry: CueStart, show_frame: ShowFrame) -> PlayingCue:
        indices = self._timeline.indices
        begun = entry.at if entry.begun is None else entry.begun
        return PlayingCue(
            indices[entry.cue],
            min(begun, show_frame),
            self._transition_frames(entry),
            min(entry.at, show_frame) if entry.begun is not None else None,
            indices[entry.by] if entry.by else None,
            entry.count,
            entry.day,
            self._end(entry) is None,
            indices.get(entry.to),
        )


def frame_of(playhead: Playhead, show_frame: ShowFrame) -> int:
    """The first machine frame at which the playhead has reached a show frame."""
    ahead = show_frame - playhead.position
    return playhead.frame if ahead <= 0 else playhead.frame + math.ceil(Fraction(ahead) / Fraction(playhead.rate))
