"""A performance: a score and where control stands now. The one thing about a show that changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from installation.show.control import Control, Message, begin
from installation.show.evaluate import evaluate
from installation.show.frame import Frame
from installation.show.score import Score


class Performance:
    """Applies messages as they take effect, and evaluates frames under the present control.

    `outputs` are the names of those that are shown here; the others are left out of every frame.
    """

    def __init__(self, score: Score, outputs: Collection[str]) -> None:
        self.score = score
        self.control: Control = begin(score)
        self._outputs = frozenset(outputs)

    def follow(self, messages: Iterable[Message]) -> None:
        """Apply messages, in the order of their stamps."""
        for message in messages:
            self.control = self.control.apply(message)

    def frame_at(self, frame_number: int) -> Frame:
        """What every output shows at a frame; one to come as it will be if nobody touches anything."""
        frame = evaluate(self.score, frame_number, self.control)
        if len(frame.outputs) == len(self._outputs):
            return frame
        return replace(frame, outputs=tuple(one for one in frame.outputs if one.output in self._outputs))
