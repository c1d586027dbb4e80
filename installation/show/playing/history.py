"""The recent past of control: a state, and every message since, so that late messages count by their stamp.

Several machines that play one show stamp their messages ahead and send them to each other. A message that arrives
before its frame waits. After a message that arrives late, the state is folded anew from before its frame. So all
machines with the same set of messages have the same state, in whatever order these arrived.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable
from typing import NamedTuple

from installation.show.compiled_score import compiled
from installation.show.control import Control, Message
from installation.show.playing.succession import carry_over
from installation.show.score import Score

CHECKPOINT_MESSAGES = 64
"""A late message is folded from the last checkpoint before it, so at most this many messages are applied twice."""


MAX_RECENT = 4
"""Further states in memory: at the present frame and at the frame for which a cue is stamped, before and after a
message. Without them a fader costs 32 applications a message, 1.1 ms a frame."""


class ScoreTakeover(NamedTuple):
    """An edited score that plays from `frame` on. It takes over before the messages of that frame."""

    frame: int
    score: Score


class _Checkpoint(NamedTuple):
    """The state after the first `applied` messages and all takeovers up to `frame`, and the score that plays then."""

    applied: int
    frame: int
    score: Score
    control: Control


class ControlHistory:
    """The state that a set of messages leads to, at any frame since `base_frame`.

    `control` is the state before any message; nothing earlier is known. A message that arrives twice counts once.
    """

    def __init__(self, score: Score, control: Control, base_frame: int = 0) -> None:
        self.base_frame = base_frame
        self._messages: list[Message] = []
        self._takeovers: list[ScoreTakeover] = []
        self._checkpoints = [_Checkpoint(0, base_frame - 1, score, control)]
        self._recent: list[_Checkpoint] = []

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def base(self) -> Control:
        """The state before all messages that are still in memory."""
        return self._checkpoints[0].control

    @property
    def base_score(self) -> Score:
        """The score that plays in the state `base`."""
        return self._checkpoints[0].score

    @property
    def messages(self) -> tuple[Message, ...]:
        """The messages in the order of their stamps."""
        return tuple(self._messages)

    def add(self, messages: Iterable[Message]) -> int:
        """Add messages, and return how many are new. A message stamped before `base_frame` is too late and ignored."""
        before = len(self._messages)
        for message in messages:
            self._add(message)
        return len(self._messages) - before

    def restart(self, score: Score, control: Control, base_frame: int) -> None:
        """Forget everything: adopt another machine's state at `base_frame`."""
        self.base_frame = base_frame
        self._messages, self._takeovers = [], []
        self._checkpoints = [_Checkpoint(0, base_frame - 1, score, control)]
        self._recent = []

    def _add(self, message: Message) -> None:
        if message.frame < self.base_frame:
            return
        place = bisect_right(self._messages, message.order, key=lambda one: one.order)
        if place and self._messages[place - 1] == message:
            return
        self._messages.insert(place, message)
        self._forget_after(place, message.frame)

    def succeed(self, score: Score, frame_number: int) -> None:
        """Let an edited score play from a frame on. Without the cue that plays then, it changes nothing."""
        insort(self._takeovers, ScoreTakeover(frame_number, score), key=_frame)
        self._forget_after(bisect_right(self._messages, frame_number - 1, key=_frame), frame_number)

    def control_at(self, frame_number: int) -> Control:
        """The state at a frame: after all messages stamped with this or an earlier frame."""
        return self._state_at(frame_number).control

    def latest_beginning(self) -> tuple[int, Score, Control]:
        """The frame of the last takeover, its score, and the state before any message of that frame.

        Without a takeover: `base_frame`, `base_score` and `base`.
        """
        if not self._takeovers:
            return self.base_frame, self.base_score, self.base
        frame_number = self._takeovers[-1].frame
        _, _, score, control = self._state_at(frame_number - 1)
        for takeover in self._takeovers:
            if takeover.frame == frame_number:
                score, control = _taken(takeover, score, control)
        return frame_number, score, control

    def advance(self, frame_number: int) -> None:
        """Forget everything before a frame; the state there becomes the new base."""
        if frame_number <= self.base_frame:
            return
        state = self._state_at(frame_number - 1)
        self.base_frame = frame_number
        self._messages = self._messages[state.applied :]
        self._takeovers = [one for one in self._takeovers if one.frame >= frame_number]
        self._checkpoints = [_Checkpoint(0, frame_number - 1, state.score, state.control)]
        self._recent = []

    def _forget_after(self, applied: int, frame_number: int) -> None:
        """Forget the states that a change at `frame_number`, after the first `applied` messages, makes invalid.

        A message after all applied ones, as a fader sends at every frame, leaves them valid.
        """
        while len(self._checkpoints) > 1 and self._checkpoints[-1].applied > applied:
            self._checkpoints.pop()
        last_takeover = max((one.frame for one in self._takeovers), default=self.base_frame - 1)
        self._recent = [
            state
            for state in self._recent
            if state.applied <= applied and not frame_number <= last_takeover <= state.frame
        ]

    def _known_before(self, frame_number: int, due: int) -> _Checkpoint:
        """The nearest known state from which the state at a frame, after `due` messages, can be folded."""
        checkpoint = self._checkpoints[max(bisect_right(self._checkpoints, due, key=_applied) - 1, 0)]
        recent = (state for state in self._recent if state.frame <= frame_number and state.applied <= due)
        return max((checkpoint, *recent), key=lambda state: (state.applied, state.frame))

    def _state_at(self, frame_number: int) -> _Checkpoint:
        due = bisect_right(self._messages, frame_number, key=_frame)
        known = self._known_before(frame_number, due)
        takeovers = [one for one in self._takeovers if known.frame < one.frame <= frame_number]
        applied, _, score, control = known
        for message in self._messages[applied:due]:
            while takeovers and takeovers[0].frame <= message.frame:
                score, control = _taken(takeovers.pop(0), score, control)
            control = compiled(score).course.apply(control, message)
            applied += 1
            if applied - self._checkpoints[-1].applied == CHECKPOINT_MESSAGES:
                self._checkpoints.append(_Checkpoint(applied, message.frame, score, control))
        for takeover in takeovers:
            score, control = _taken(takeover, score, control)
        state = _Checkpoint(applied, frame_number, score, control)
        if state != known:
            self._recent = [*self._recent[1 - MAX_RECENT :], state]
        return state


def _taken(takeover: ScoreTakeover, score: Score, control: Control) -> tuple[Score, Control]:
    after = carry_over(control, takeover.frame, score, takeover.score)
    return (score, control) if after is None else (takeover.score, after)


def _frame(one: Message | ScoreTakeover) -> int:
    return one.frame


def _applied(checkpoint: _Checkpoint) -> int:
    return checkpoint.applied
