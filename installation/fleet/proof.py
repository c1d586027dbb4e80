"""Proof that two players of any version show the same: a digest of frames of the present score."""

from __future__ import annotations

import hashlib

from installation.fleet.frame_digest import described
from installation.show.compiled_score import compiled
from installation.show.control import initial_control
from installation.show.evaluate import evaluate
from installation.show.score import Score

SAMPLES = 48
"""Frames spread over the score. The proof adds one after every frame of the show, and so delays none."""


class FrameProof:
    """The proof for one score, computed step by step; `text` is empty until it is complete."""

    def __init__(self, score: Score) -> None:
        self.text = ""
        self._score, self._control = score, initial_control(score)
        frames = compiled(score).timeline.length
        self._left = [frames * number // SAMPLES for number in range(SAMPLES)]
        self._digest = hashlib.sha256(score.digest.encode())

    def step(self) -> None:
        if self._left:
            words = described(evaluate(self._score, self._left.pop(), self._control))
            self._digest.update(words.encode())
            if not self._left:
                self.text = self._digest.hexdigest()[:32]
