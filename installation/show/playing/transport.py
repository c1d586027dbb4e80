"""The position of the show, and what a GO, back or standby means there: the operator's view of the cue list."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

from installation.errors import RefusedError
from installation.show.compiled_score import compiled
from installation.show.control import DOUBLE_GO_SECONDS, MESSAGE_KINDS, Control, Message
from installation.show.open_course import RESUME
from installation.show.playhead import ShowFrame
from installation.show.score import Score
from installation.show.timeline import seconds_of

LOCAL_SENDERS = frozenset({"page", "keyboard"})
"""Sources that a locked show restricts: the part of Message.source before its first colon."""


@dataclass(frozen=True, slots=True)
class Position:
    """The position of the show, for feedback, page and report.

    `seconds` is the score's own time, to which a locate returns. `elapsed_seconds` counts from the cue's start, anew in
    every lap of a cue that loops. `remaining_seconds` is None for a cue that stays until a GO. `progress` is the
    finished share of the cue's duration, `transition` that of its transition in. `standby` is None after the last cue.
    """

    cue: str
    name: str
    index: int
    seconds: float
    elapsed_seconds: float
    remaining_seconds: float | None
    progress: float
    transition: float
    laps: int
    standby: str | None
    paused: bool
    rate: float


def position_at(score: Score, frame_number: int, control: Control) -> Position:
    compiled_score = compiled(score)
    timeline = compiled_score.timeline
    show_frame = control.playhead.at(frame_number)
    playing = compiled_score.course.playing_at(control, show_frame)[-1]
    cue, duration = score.cues[playing.index], timeline.durations[playing.index]
    since = show_frame - playing.start
    laps, elapsed = divmod(since, duration) if cue.end == "loop" else (0, since)
    reached = min(elapsed, duration - 1)
    return Position(
        cue=cue.id,
        name=cue.name,
        index=playing.index,
        seconds=seconds_of(timeline.starts[playing.index] + reached, score.fps),
        elapsed_seconds=seconds_of(elapsed, score.fps),
        remaining_seconds=None if playing.stays else seconds_of(duration - elapsed, score.fps),
        progress=min(float(Fraction(elapsed, duration)), 1.0),
        transition=_share(show_frame - playing.came_in, playing.transition_frames),
        laps=int(laps),
        standby=compiled_score.standby_at(control, show_frame),
        paused=control.playhead.paused,
        rate=float(control.playhead.rate),
    )


def _share(frames: ShowFrame, whole: int) -> float:
    """The finished share of a transition."""
    return 1.0 if frames >= whole else float(Fraction(frames, whole))


def resolve(score: Score, control: Control, message: Message, double_go_seconds: float = DOUBLE_GO_SECONDS) -> Message:
    """The message to stamp and to journal: with the cue that it means at its frame.

    A go or an audition without a cue means the cue on standby, a back the one before the present cue; next and previous
    become a load; a locate to a cue becomes seconds. Raises RefusedError for an unknown cue, output or fader, for a GO
    less than `double_go_seconds` after the last, and for messages that a locked show refuses.
    """
    _refuse_if_locked(control, message)
    compiled_score = compiled(score)
    timeline, course = compiled_score.timeline, compiled_score.course
    match message.kind:
        case "go":
            _refuse_double_go(control, message, double_go_seconds)
            resumes = not message.target and course.resumes_at(control, control.playhead.at(message.frame))
            target = _cue(score, message, position_at(score, message.frame, control).standby)
            return replace(message, target=target, value=RESUME if resumes else 0.0)
        case "back":
            present = position_at(score, message.frame, control)
            under = course.under_at(control, control.playhead.at(message.frame))
            before = timeline.beside(present.index, -1) if under == present.cue else under
            return replace(message, target=_cue(score, message, before))
        case "next" | "previous":
            show_frame = control.playhead.at(message.frame)
            standby = compiled_score.standby_at(control, show_frame)
            index = timeline.order if standby is None else timeline.indices[standby]
            if index >= timeline.order and standby is not None:
                index = timeline.indices[course.under_at(control, show_frame)]
            beside = timeline.beside(index, 1 if message.kind == "next" else -1)
            return replace(message, kind="load", target=_cue(score, message, beside))
        case "load":
            _cue(score, message, None)
        case "locate" if message.target:
            index = timeline.indices[_cue(score, message, None)]
            return replace(message, target="", value=seconds_of(timeline.starts[index], score.fps))
        case "audition":
            _require_output(control, message)
            return replace(message, target=_cue(score, message, position_at(score, message.frame, control).standby))
        case "return":
            _require_output(control, message)
        case "set" | "release" if message.target and message.target not in control.faders:
            raise RefusedError(f"{message.target}: the score has no such fader", "unknown address")
    return message


def _refuse_if_locked(control: Control, message: Message) -> None:
    if not control.locked or message.source.partition(":")[0] not in LOCAL_SENDERS:
        return
    if not MESSAGE_KINDS[message.kind].while_locked:
        what = message.target if message.kind in ("set", "release") and message.target else f"/{message.kind}"
        raise RefusedError(f"{what}: the show is locked; unlock it first", "locked")
    if message.kind == "go" and message.target:  # so that starting another cue takes two deliberate steps
        sentence = f"/cue/{message.target}/go: the show is locked; put the cue on standby and press GO, or unlock it"
        raise RefusedError(sentence, "locked")


def _require_output(control: Control, message: Message) -> None:
    if message.output not in control.auditions:
        outputs = ", ".join(control.auditions)
        raise RefusedError(f"/{message.kind}: no output {message.output!r}; there are {outputs}", "unknown address")


def _refuse_double_go(control: Control, message: Message, double_go_seconds: float) -> None:
    last = control.last_go_frame
    if last is not None and 0 <= message.frame - last < math.ceil(Fraction(double_go_seconds) * control.fps):
        since = seconds_of(message.frame - last, control.fps)
        raise RefusedError(f"/go: only {since:.2f} s after the last GO; wait {double_go_seconds:g} s", "double GO")


def _cue(score: Score, message: Message, meant: str | None) -> str:
    """The cue that a message names, else `meant`. Raises RefusedError if there is no such cue."""
    name = message.target or meant
    if name is None:
        raise RefusedError(f"/{message.kind}: there is no cue there, since the score ends; name a cue", "no such cue")
    if name not in compiled(score).timeline.indices:
        cues = ", ".join(cue.id for cue in score.cues)
        raise RefusedError(f"/{message.kind}: no cue {name!r}; there are {cues}", "no such cue")
    return name
