"""A performance: a score and the current control. It is the only mutable part of a show."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import NamedTuple

from installation.errors import RefusedError
from installation.show.compiled_score import compiled
from installation.show.control import Control, Message, initial_control
from installation.show.evaluate import evaluate
from installation.show.frame import Frame, OutputFrame
from installation.show.playing.history import ControlHistory
from installation.show.playing.succession import carry_over, cross_faded
from installation.show.playing.transport import resolve
from installation.show.score import Score


class Performance:
    """Applies messages as they take effect, and evaluates frames under the present control.

    `outputs` names the outputs shown here; frames have only these, and an output that the score no longer has is dark.
    `control` is the state in which it begins, None for the state before any message.
    """

    def __init__(self, score: Score, outputs: Collection[str], control: Control | None = None) -> None:
        self.score = score
        self.control = initial_control(score) if control is None else control
        self._history: ControlHistory | None = None
        self._darkened: frozenset[str] = frozenset()
        self.show(outputs)
        self._before: _Outgoing | None = None
        self._preview: tuple[Performance, str] | None = None

    def show(self, outputs: Collection[str]) -> None:
        """Give frames these outputs from now on."""
        self._outputs = frozenset(outputs)
        self._dark = tuple(OutputFrame(one, (), 0.0) for one in outputs)

    def darken(self, outputs: Collection[str]) -> None:
        """Keep these outputs dark from now on, and no others, because another machine shows them."""
        self._darkened = frozenset(outputs)

    def remember(self, history: ControlHistory) -> None:
        """Accept messages before and after their frames from now on; `history` has the messages so far."""
        self._history = history

    def follow(self, messages: Iterable[Message], frame_number: int) -> None:
        """Apply messages, which must be in the order of their stamps and not later than the frame.

        With a history, both are allowed: it orders the messages, and later ones wait.
        """
        if self._history is not None:
            self._history.add(messages)
            self.control = self._history.control_at(frame_number)
            return
        for message in messages:
            self.control = compiled(self.score).course.apply(self.control, message)

    def succeed(self, score: Score, frame_number: int, fade_seconds: float) -> bool:
        """Let an edited score take over at a frame with a cross-fade; False if it lacks the playing cue.

        It must have the frame rate of the one that plays.
        """
        after = self.successor(score, frame_number)
        if after is None:
            return False
        frames = self.control.frames_in(fade_seconds)
        self._before = _Outgoing(self.score, self.control, frame_number, frames) if frames else None
        self.score, self.control = score, after.control
        if self._history is not None:
            self._history.succeed(score, frame_number)
        return True

    def successor(self, score: Score, frame_number: int) -> Performance | None:
        """The performance of an edited score from a frame on; None if it lacks the playing cue.

        It must have the frame rate of the one that plays.
        """
        control = carry_over(self.control, frame_number, self.score, score)
        if control is None:
            return None
        return Performance(score, [dark.output for dark in self._dark], control)

    def preview(self, other: Performance | None, output: str = "") -> None:
        """Show another performance on one output from now on; None ends the preview."""
        self._preview = None if other is None else (other, output)

    def after_go(self, frame_number: int) -> Performance | None:
        """The performance after a GO at a frame; None if no cue is on standby.

        The frame must be later than any message so far.
        """
        try:
            go = resolve(self.score, self.control, Message(frame_number, 0, "go"), double_go_seconds=0.0)
        except RefusedError:
            return None
        after = compiled(self.score).course.apply(self.control, go)
        return Performance(self.score, [dark.output for dark in self._dark], after)

    def frame_at(self, frame_number: int) -> Frame:
        """The Frame of all outputs at a frame number. A future frame assumes that no further message comes."""
        frame = evaluate(self.score, frame_number, self.control)
        before = self._before
        if before is not None and before.frame_number <= frame_number < before.frame_number + before.frames:
            share = (frame_number - before.frame_number) / before.frames
            frame = cross_faded(evaluate(before.score, frame_number, before.control), frame, share)
        if self._preview is not None:
            other, output = self._preview
            shown = {one.output: one for one in other.frame_at(frame_number).outputs if one.output == output}
            frame = replace(frame, outputs=tuple(shown.get(one.output, one) for one in frame.outputs))
        if self._darkened:
            lit = (replace(one, level=0.0) if one.output in self._darkened else one for one in frame.outputs)
            frame = replace(frame, outputs=tuple(lit))
        if len(frame.outputs) == len(self._outputs) and all(one.output in self._outputs for one in frame.outputs):
            return frame
        shown = {one.output: one for one in frame.outputs}
        return replace(frame, outputs=tuple(shown.get(dark.output, dark) for dark in self._dark))

    def rehearsed_at(self, frame_number: int) -> Frame:
        """The frame for rehearsals: by the score's own times, or, if the score has a day, as on that day."""
        return self.frame_at(frame_number) if self.score.day else self.nominal_at(frame_number)

    def nominal_at(self, frame_number: int) -> Frame:
        """The Frame of all outputs by the score's own times, as if every cue that stays got its GO."""
        entered = replace(self.control, origin=frame_number)
        return Performance(self.score, [dark.output for dark in self._dark], entered).frame_at(frame_number)


class _Outgoing(NamedTuple):
    """The previous score with its control at the takeover, and the length of the cross-fade from it."""

    score: Score
    control: Control
    frame_number: int
    frames: int
