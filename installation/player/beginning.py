"""The beginning of a show: its first frame, a time or cue of the command line, or the present frame of its journal or
of the other machines."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from installation.desk.journal.journal import Recording
from installation.desk.journal.journal_lines import Succession
from installation.desk.journal.resume import resumable_recording
from installation.editions.edition import Edition
from installation.errors import ScoreError
from installation.fleet.ensemble import state_of
from installation.fleet.member import Joined
from installation.house.calendar import CALENDAR_SENDER, house_day_at
from installation.player.options import EngineOptions, LiveOptions
from installation.show.clock import HouseClock, MonotonicClock, this_boot
from installation.show.control import Message, initial_control
from installation.show.score import Score


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a show begins, and the `messages` that apply before the desk's first.

    It begins at its first frame. With a `recording` it begins at the frame that this journal gives for the present
    time, with a `house` at the frame of the other machines that play it.
    """

    messages: tuple[Message, ...] = ()
    recording: Recording | None = None
    house: Joined | None = None

    def joining(self, house: Joined, score: Score) -> Beginning:
        """The beginning on a machine that joins others: their state, and the messages that only this journal has."""
        base, messages = state_of(house, score)
        own = [one for one in self.messages if one.machine and one.frame >= base.frame]
        together = sorted({*messages, *own}, key=lambda message: message.order)
        return replace(self, messages=tuple(together), house=house)

    def base(self, score: Score) -> Succession:
        """The state before the messages."""
        if self.house is not None:
            return state_of(self.house, score)[0]
        if self.recording is not None and self.recording.succession is not None:
            return self.recording.succession
        return Succession(0, score.digest, score.title, initial_control(score))

    @property
    def past(self) -> tuple[Message, ...]:
        """All messages that the journal has of the show so far."""
        return (*self.recording.earlier, *self.recording.messages) if self.recording else ()

    @property
    def damage(self) -> tuple[str, ...]:
        """Sentences for people about damage in the journal with which the show continues."""
        left_out = self.recording.left_out if self.recording else 0
        if not left_out:
            return ()
        return (f"{left_out} lines of the journal are damaged or do not fit, and are left out; see the log",)

    def epoch(self) -> float | None:
        """The moment when frame 0 was due, in seconds since 1970 by this machine's clock; None for a new show."""
        if self.house is not None:
            return self.house.state.epoch - self.house.wall_offset_seconds
        return self.recording.epoch_now(time.time(), time.monotonic(), this_boot()) if self.recording else None

    def clock(self, fps: Fraction, *, is_together: bool) -> MonotonicClock:
        """The clock of the show from now on; with `is_together` a clock that several machines share."""
        lead_seconds = float(1 / fps)
        if not is_together:
            return MonotonicClock(fps, self.epoch(), lead_seconds=lead_seconds)
        if self.house is not None:
            return HouseClock(fps, self.house.state.epoch, self.house.wall_offset_seconds, lead_seconds=lead_seconds)
        epoch = self.epoch()
        return HouseClock(fps, time.time() + lead_seconds if epoch is None else epoch, lead_seconds=lead_seconds)

    def frame_number(self, fps: Fraction) -> int:
        """The frame that is due now."""
        epoch = self.epoch()
        return 0 if epoch is None else max(int(Fraction(time.time() - epoch) * fps), 0)


FROM_THE_START: Final = Beginning()


def beginning_of(edition: Edition, options: LiveOptions) -> Beginning:
    """The beginning that the journal gives for the present time, if there is a journal to continue; else the command's.

    Raises ScoreError for a start or cue that the score does not have.
    """
    initial_messages = _initial_messages(edition, options, time.time())
    recording = _recording(edition, options.engine)
    return Beginning(tuple(recording.messages), recording) if recording else Beginning(initial_messages)


def _initial_messages(edition: Edition, options: LiveOptions, wall_seconds: float) -> tuple[Message, ...]:
    """The day of the house and the command line's start and cue, as messages before the desk's first."""
    messages = []
    if edition.score.daily:
        day = house_day_at(edition.venue.hours, wall_seconds)
        messages.append(Message(0, -3, "day", target=day, source=f"{CALENDAR_SENDER}:{day}"))
    if options.start is not None:
        seconds = float(edition.production.frame_number(options.start, "--start") / edition.score.fps)
        messages.append(Message(0, -2, "locate", value=seconds, source="command"))
    if options.cue is not None:
        ids = [cue.id for cue in edition.score.cues]
        if options.cue not in ids:
            raise ScoreError(f"--cue: {options.cue!r} is not a cue of this score; it has {', '.join(ids)}")
        messages.append(Message(0, -1, "go", target=options.cue, source="command"))
    return tuple(messages)


def _recording(edition: Edition, options: EngineOptions) -> Recording | None:
    """The journal to continue, if there is one yet."""
    if not options.resume:
        return None
    if options.journal is None:
        raise ScoreError("--resume: name the journal to continue: --journal FILE")
    return resumable_recording(options.journal, edition.score, time.time())
