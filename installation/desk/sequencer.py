"""Sequencers decide at which frame a message takes effect, and whether it may: one for a machine that plays alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from installation.show.compiled_score import compiled
from installation.show.control import Control, Message
from installation.show.playing.transport import resolve
from installation.show.score import Score


class Sequencer(Protocol):
    """What the desk asks, at every frame in this order: `begin`, `accept` for each message that was heard, `finish`."""

    @property
    def control(self) -> Control:
        """The state that the next message is judged by."""

    def begin(self, score: Score, frame_number: int, control: Control) -> None:
        """A frame begins; `control` is the state before its messages."""

    def accept(self, message: Message) -> Message:
        """Stamp a message and give it back; raises RefusedError where it may not take effect."""

    def finish(self) -> list[Message]:
        """What is to be journaled and followed from this frame on, stamped."""

    @property
    def is_settled(self) -> bool:
        """Whether `control` is all that the messages so far lead to, so that a journal may begin anew with it."""


class SoloSequencer:
    """Every message takes effect at the frame in which it was heard, behind all before it."""

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
        """The message behind all others: of this frame, or of a later one where a clock was set back over a restart."""
        latest = self.control.latest
        if latest is None or latest.frame < self._frame_number:
            return replace(message, frame=self._frame_number, sequence=0)
        return replace(message, frame=latest.frame, sequence=latest.sequence + 1)
