"""Sequencers decide whether and at which frame a message takes effect; with one for a machine that plays alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from installation.show.compiled_score import compiled
from installation.show.control import Control, Message
from installation.show.playing.transport import resolve
from installation.show.score import Score


class Sequencer(Protocol):
    """At every frame the desk calls `begin`, then `accept` for each message, then `finish`."""

    @property
    def control(self) -> Control:
        """The state that decides about the next message."""

    def begin(self, score: Score, frame_number: int, control: Control) -> None:
        """Begins a frame; `control` is the state before its messages."""

    def accept(self, message: Message) -> Message:
        """Stamps a message and returns it; raises RefusedError if it may not take effect."""

    def finish(self) -> list[Message]:
        """The stamped messages that the desk must journal and the show follows from this frame on."""

    @property
    def is_settled(self) -> bool:
        """Whether `control` includes all messages so far, so that the journal may begin again with it."""


class SoloSequencer:
    """Lets every message take effect at the frame in which it arrives, after all earlier messages."""

    is_settled = True

    def begin(self, score: Score, frame_number: int, control: Control) -> None:
        self._score, self._frame_number, self.control = score, frame_number, control
        self._accepted: list[Message] = []

    def accept(self, message: Message) -> Message:
        stamped = resolve(self._score, self.control, self._stamped(message))
        self.control = compiled(self._score).course.apply(self.control, stamped)
        self._accepted.append(stamped)
        return stamped

    def finish(self) -> list[Message]:
        return self._accepted

    def _stamped(self, message: Message) -> Message:
        """The message, stamped after all others: at this frame, or later if the clock was set back over a restart."""
        latest = self.control.latest
        if latest is None or latest.frame < self._frame_number:
            return replace(message, frame=self._frame_number, sequence=0)
        return replace(message, frame=latest.frame, sequence=latest.sequence + 1)
