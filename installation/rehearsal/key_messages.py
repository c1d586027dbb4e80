"""Turns the keys of a rehearsal into messages for the show, given its present position."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from installation.errors import RefusedError
from installation.rehearsal.keys import Action, rate_after
from installation.show.compiled_score import compiled
from installation.show.control import Control, Message, MessageKind
from installation.show.playing.transport import Position
from installation.show.score import Score
from installation.show.timeline import seconds_of

PANIC_SECONDS = 3.0

_PLAIN: dict[Action, MessageKind] = {"go": "go", "back": "back", "next": "next", "previous": "previous"}


def messages_for(
    action: Action, score: Score, control: Control, position: Position, solo: str | None = None
) -> list[Message]:
    """Unstamped messages, in order; none for actions that only concern the window.

    `solo` is the only visible output, on which a cue can be auditioned; raises RefusedError for an audition without it.
    """
    if action in _PLAIN:
        return [_message(_PLAIN[action])]
    match action:
        case "pause" | "blackout" | "engage" | "lock":
            return [_toggle_message(action, control)]
        case "audition":
            return [_audition(control, solo)]
        case "panic":
            return [_message("panic", fade_seconds=PANIC_SECONDS)]
        case "slower" | "faster":
            return [_message("rate", rate_after(position.rate, action))]
        case "rate one":
            return [_message("rate", 1.0)]
    goal = _target_seconds(action, score, position)
    if goal is None:
        return []
    stands = action in ("start", "cue start") or position.paused
    return [*([] if stands else [_message("pause")]), locate_message(score, goal)]


def locate_message(score: Score, seconds: float) -> Message:
    """The message that goes to a time of the score, or to its end if the score is shorter."""
    last = seconds_of(compiled(score).timeline.length - 1, score.fps)
    return _message("locate", min(max(seconds, 0.0), last))


def _toggle_message(action: Literal["pause", "blackout", "engage", "lock"], control: Control) -> Message:
    """The message of a toggle key: on becomes off, off becomes on."""
    match action:
        case "pause":
            return _message("resume" if control.playhead.paused else "pause")
        case "blackout":
            return _message("restore" if control.blackout.target == 0.0 else "blackout")
        case "engage":
            return _message("engage", 0.0 if control.engaged else 1.0)
    return _message("lock", 0.0 if control.locked else 1.0)


def _audition(control: Control, solo: str | None) -> Message:
    if solo is None:
        raise RefusedError(
            "audition: no output is chosen; show one alone first with tab or a double-click", "unknown address"
        )
    return replace(_message("return" if control.auditions.get(solo) else "audition"), output=solo)


def _target_seconds(action: Action, score: Score, position: Position) -> float | None:
    """The time of the score to which an action goes."""
    steps = {
        "frame forward": float(1 / score.fps),
        "frame back": -float(1 / score.fps),
        "second forward": 1.0,
        "second back": -1.0,
    }
    if action in steps:
        return position.seconds + steps[action]
    timeline = compiled(score).timeline
    return {"start": 0.0, "cue start": seconds_of(timeline.starts[position.index], score.fps)}.get(action)


def _message(kind: MessageKind, value: float = 0.0, fade_seconds: float = 0.0) -> Message:
    return Message(0, 0, kind, value=value, fade_seconds=fade_seconds, source="keyboard")
