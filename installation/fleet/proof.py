"""Proof that two players show the same, whatever their versions: a digest of frames of the score that plays."""

from __future__ import annotations

import hashlib

from installation.fleet.frame_digest import described
from installation.show.compiled_score import compiled
from installation.show.control import initial_control
from installation.show.evaluate import evaluate
from installation.show.score import Score

SAMPLES = 48
"""Frames spread over the score. One is added after every frame of the show, so that none is late for them."""


class FrameProof:
    """The proof for one score, which becomes whole step by step."""

    def __init__(self, score: Score) -> None:
        self._score, self._control = score, initial_control(score)
        frames = compiled(score).timeline.length
        self._left = [frames * number // SAMPLES for number in range(SAMPLES)]
        self._digest = hashlib.sha256(score.digest.encode())

    def step(self) -> None:
        if self._left:
            words = described(evaluate(self._score, self._left.pop(), self._control))
            self._digest.update(words.encode())

    @property
    def text(self) -> str:
        """Empty until it is whole."""
        return "" if self._left else self._digest.hexdigest()[:32]
