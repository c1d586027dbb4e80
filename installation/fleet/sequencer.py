"""The sequencer of a machine in a fleet: messages take effect a little later, at the same frame on all machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from installation.show.control import Control, Message, MessageKind
from installation.show.playing.history import ControlHistory
from installation.show.playing.transport import resolve
from installation.show.score import Score

AT_ONCE: frozenset[MessageKind] = frozenset(
    {"stop", "panic", "blackout", "restore", "set", "release", "engage", "lock"}
)
"""Kinds that take effect at the next frame: darkness must not wait, and faders are smoothed instead."""

SMOOTHING_SECONDS = 0.1
"""The time in which a fader follows a hand on another machine; it hides the different delays of the values."""


class FleetSequencer:
    """Stamps this machine's messages `lead_frames` ahead, sends them to the others, and returns theirs.

    `publish` sends a stamped message to the others and never waits; `received` returns theirs since the last call.
    `is_alone` says whether no other machine is present: then everything takes effect at once, as without a fleet.
    """

    def __init__(
        self,
        machine: str,
        history: ControlHistory,
        lead_frames: int,
        publish: Callable[[Message], object],
        received: Callable[[int], list[Message]],
        is_alone: Callable[[], bool],
    ) -> None:
        self._machine, self._history, self._lead_frames = machine, history, lead_frames
        self._publish, self._received, self._is_alone = publish, received, is_alone

    @property
    def is_settled(self) -> bool:
        """See Sequencer: nothing waits for its frame."""
        messages = self._history.messages
        return not messages or messages[-1].frame <= self._frame_number

    def begin(self, score: Score, frame_number: int, control: Control) -> None:  # noqa: ARG002 the history has it
        self._score, self._frame_number = score, frame_number
        self._own: list[Message] = []
        self._from_others = self._received(frame_number)
        self._history.add(self._from_others)

    @property
    def control(self) -> Control:
        return self._history.control_at(self._frame_number)

    def accept(self, message: Message) -> Message:
        is_alone = self._is_alone()
        lead_frames = 0 if is_alone or message.kind in AT_ONCE else self._lead_frames
        frame_number = self._frame_number + lead_frames
        control = self._history.control_at(frame_number)
        stamped = replace(message, frame=frame_number, sequence=len(self._own), machine=self._machine)
        stamped = resolve(self._score, control, stamped)
        if not is_alone and stamped.kind == "set" and not stamped.fade_seconds:
            stamped = replace(stamped, fade_seconds=SMOOTHING_SECONDS)
        self._history.add([stamped])
        self._own.append(stamped)
        return stamped

    def finish(self) -> list[Message]:
        for message in self._own:
            self._publish(message)
        return [*self._from_others, *self._own]
