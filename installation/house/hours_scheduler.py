"""Turns opening hours into a desk's messages: cues, darkness at night and light in the morning."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import get_args

from installation.desk.journal.journal import HOURS_SENDER
from installation.rig.hours import Hours, OpeningPhase, OpeningState, OpeningWatch
from installation.show.control import Message

CLOSING_FADE_SECONDS = 5.0
"""How long the light takes to fade out when the house closes, and to return when it wakes."""


class HoursScheduler:
    """Sends messages to the desk when the state of the house changes.

    `past` are the messages of the journal from which the show resumes. The scheduler does not repeat them, so that the
    show goes on after a restart within the opening hours. A show that begins while the house is closed begins in the
    dark. `opening` is the last state.
    """

    def __init__(self, hours: Hours, put: Callable[[Message], None], past: Iterable[Message] = ()) -> None:
        self._hours, self._put = hours, put
        self._watch = OpeningWatch(hours)
        said = last_phase(past)
        self._state: OpeningPhase = said or "open"
        self._fade_seconds = CLOSING_FADE_SECONDS if said else 0.0
        self.opening = OpeningState("open", None)

    def tick(self, wall_seconds: float) -> OpeningState:
        """The state of the house at a wall time in Unix seconds; cheap enough to be called once per frame."""
        self.opening = self._watch.at(wall_seconds)
        if self.opening.state != self._state:
            for message in phase_messages(self._hours, self._state, self.opening.state, self._fade_seconds):
                self._put(message)
            self._state = self.opening.state
        self._fade_seconds = CLOSING_FADE_SECONDS
        return self.opening


def phase_messages(
    hours: Hours, before: OpeningPhase, after: OpeningPhase, fade_seconds: float = CLOSING_FADE_SECONDS
) -> tuple[Message, ...]:
    """The messages of a change of state: the light returns or fades out, and the cue of the new state."""
    cues = dict(hours.cues)
    source = f"{HOURS_SENDER}:{after}"
    said = []
    if before == "closed" and "closed" not in cues:
        said.append(Message(0, 0, "restore", fade_seconds=fade_seconds, source=source))
    if after in cues:
        said.append(Message(0, 0, "go", target=cues[after], source=source))
    elif before == "closed" and "closed" in cues:
        said.append(Message(0, 0, "go", source=source))
    elif after == "closed":
        said.append(Message(0, 0, "blackout", fade_seconds=fade_seconds, source=source))
    return tuple(said)


def last_phase(past: Iterable[Message]) -> OpeningPhase | None:
    """The last state that the house recorded in a journal; None if none, then the house was open as without hours."""
    said: OpeningPhase | None = None
    for message in past:
        who, _, state = message.source.partition(":")
        if who == HOURS_SENDER and state in get_args(OpeningPhase):
            said = state  # type: ignore[assignment]  # the line above has just checked it
    return said
