"""A performance: a score and the current control. The one thing about a show that changes."""

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

    `outputs` are the names of those that are shown here; the others are left out of every frame, and one that a score
    no longer has is dark. `control` is the state in which it begins, None for that before any message.
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
        """From now on frames have these outputs."""
        self._outputs = frozenset(outputs)
        self._dark = tuple(OutputFrame(one, (), 0.0) for one in outputs)

    def darken(self, outputs: Collection[str]) -> None:
        """From now on these outputs are dark, as all others would have them: another machine shows them."""
        self._darkened = frozenset(outputs)

    def remember(self, history: ControlHistory) -> None:
        """From now on messages may come ahead of their frames or after them; `history` has those so far."""
        self._history = history

    def follow(self, messages: Iterable[Message], frame_number: int) -> None:
        """Apply messages up to a frame, in the order of their stamps; one stamped later waits only in a history."""
        if self._history is not None:
            self._history.add(messages)
            self.control = self._history.control_at(frame_number)
            return
        for message in messages:
            self.control = compiled(self.score).course.apply(self.control, message)

    def succeed(self, score: Score, frame_number: int, fade_seconds: float) -> bool:
        """Let an edited score take over at a frame, fading over; False while it lacks the cue that plays.

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
        """What an edited score would show from a frame on; None while it lacks the cue that plays.

        It must have the frame rate of the one that plays.
        """
        control = carry_over(self.control, frame_number, self.score, score)
        if control is None:
            return None
        return Performance(score, [dark.output for dark in self._dark], control)

    def preview(self, other: Performance | None, output: str = "") -> None:
        """From now on one output shows what another performance would; None for none."""
        self._preview = None if other is None else (other, output)

    def after_go(self, frame_number: int) -> Performance | None:
        """What a GO at a frame would lead to; None where no cue is on standby.

        The frame must be later than any message so far.
        """
        try:
            go = resolve(self.score, self.control, Message(frame_number, 0, "go"), double_go_seconds=0.0)
        except RefusedError:
            return None
        after = compiled(self.score).course.apply(self.control, go)
        return Performance(self.score, [dark.output for dark in self._dark], after)

    def frame_at(self, frame_number: int) -> Frame:
        """What every output shows at a frame; one to come as it will be if nobody touches anything."""
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
        """What is looked at before the show: every cue by the score's own times, or a day as it will be."""
        return self.frame_at(frame_number) if self.score.day else self.nominal_at(frame_number)

    def nominal_at(self, frame_number: int) -> Frame:
        """What every output shows at a frame by the score's own times: as if every cue that stays got its GO then."""
        entered = replace(self.control, origin=frame_number)
        return Performance(self.score, [dark.output for dark in self._dark], entered).frame_at(frame_number)


class _Outgoing(NamedTuple):
    """The score that played before, as it stood when the present one took over, and how long that fades in."""

    score: Score
    control: Control
    frame_number: int
    frames: int
