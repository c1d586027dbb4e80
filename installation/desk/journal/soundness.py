"""The part of a recording from which a show can continue: a line that does not fit costs only itself."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from installation.desk.journal.journal import Recording
from installation.show.compiled_score import compiled
from installation.show.control import Control, Message, initial_control
from installation.show.evaluate import evaluate
from installation.show.score import Score

logger = logging.getLogger(__name__)


def sound(recording: Recording, score: Score, latest_frame: int) -> Recording:
    """The recording without parts that do not fit, its messages in the order of their stamps.

    It leaves out messages whose stamps are out of order (one flipped digit) or later than `latest_frame`, messages
    after which the show could not be drawn, and a state of control of another score. It logs what it leaves out.
    """
    succession = recording.succession
    if succession is not None:
        succession = replace(succession, control=_with_later_faders(succession.control, score))
        recording = replace(recording, succession=succession)
    if succession is not None and not _fits(succession.control, score):
        logger.error("the state in the journal does not fit the score; the player leaves it out")
        recording = replace(recording, succession=None, left_out=recording.left_out + 1)
        succession = None
    control = succession.control if succession else initial_control(score)
    possible = [one for one in recording.messages if one.frame <= latest_frame]
    ordered = [one for one in possible if one.machine]  # messages of several machines may be late or early
    ordered = sorted({*ordered, *_in_order([one for one in possible if not one.machine])}, key=lambda one: one.order)
    messages, drawn = _applied(ordered, control, score, drawn_after_each=False)
    if not drawn:
        messages, drawn = _applied(ordered, control, score, drawn_after_each=True)
    if not drawn:
        recording, messages = replace(recording, succession=None), []
    left_out = len(recording.messages) - len(messages)
    if left_out:
        logger.error(
            "%d messages of the journal do not fit those before and after them; the player leaves them out", left_out
        )
    return replace(recording, messages=tuple(messages), left_out=recording.left_out + left_out)


def _in_order(messages: Sequence[Message]) -> list[Message]:
    """The longest subsequence of messages whose stamps never decrease: a journal is written in the order of stamps."""
    ends: list[tuple[int, int]] = []  # for each length of a run, the lowest last stamp
    places: list[int] = []
    before: list[int | None] = []
    for place, message in enumerate(messages):
        stamp = message.frame, message.sequence
        length = bisect_right(ends, stamp)
        before.append(places[length - 1] if length else None)
        ends[length:] = [stamp, *ends[length + 1 :]]
        places[length:] = [place, *places[length + 1 :]]
    run = []
    at = places[-1] if places else None
    while at is not None:
        run.append(messages[at])
        at = before[at]
    return sorted(set(run), key=lambda message: message.order)


def _applied(
    messages: Sequence[Message], control: Control, score: Score, *, drawn_after_each: bool
) -> tuple[list[Message], bool]:
    """The messages that can be applied, and whether a frame can be evaluated after the last of them."""
    kept: list[Message] = []
    apply = compiled(score).course.apply
    for message in messages:
        try:
            after = apply(control, message)
            if drawn_after_each:
                evaluate(score, message.frame, after)
        except Exception as error:  # a forged line may cause any error
            logger.error("a message of the journal cannot be applied: %s: %s", type(error).__name__, error)
            continue
        control = after
        kept.append(message)
    try:
        evaluate(score, kept[-1].frame + 1 if kept else 0, control)
    except Exception:  # a forged line may cause any error
        return kept, False
    return kept, True


def _with_later_faders(control: Control, score: Score) -> Control:
    """The state with the faders that an earlier version of the player did not have, at their first values."""
    first = initial_control(score).faders
    if not control.faders.keys() < first.keys():
        return control
    return replace(control, faders={address: control.faders.get(address, ramp) for address, ramp in first.items()})


def _fits(control: Control, score: Score) -> bool:
    """Whether a state of control belongs to this score."""
    first = initial_control(score)
    named = {start.cue for start in control.starts} | {one.cue for one in control.auditions.values() if one}
    named |= {control.standby} if control.standby is not None else set()
    for start in control.starts:
        left = (start.interrupted.cue, start.interrupted.to) if start.interrupted else ()
        named |= {start.to, start.by, *left} - {""}
    return (
        (control.fps, control.longest_transition, control.cues) == (first.fps, first.longest_transition, first.cues)
        and all(one.address in first.faders for one in control.earlier)
        and control.faders.keys() == first.faders.keys()
        and control.auditions.keys() == first.auditions.keys()
        and named <= first.cues
        and all(ramp.frames >= 0 and ramp.release_frames >= 0 for ramp in control.faders.values())
        and all(ramp.lag_frames == first.faders[address].lag_frames for address, ramp in control.faders.items())
        and all(start.begun is None or start.begun <= start.at for start in control.starts)
    )
