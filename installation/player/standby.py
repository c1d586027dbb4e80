"""The cue on standby: the supply draws its first pictures in the background, so that they are ready at GO."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from installation.picture.supply.supply import Sizes, Supply
from installation.show.frame import Frame, OutputFrame, Reveal
from installation.show.playing.performance import Performance
from installation.show.playing.transport import position_at

REFRESH_SECONDS = 1.0
"""How often the pictures are requested anew: faders move, and the quality that the machine can sustain changes."""

FULL_REVEAL = Reveal()


class Standby:
    """Prefetches the first pictures that a GO would show, and holds them as long as that cue is on standby.

    `sizes` gives the outputs' sizes in pixels. After a new request, the old pictures are held until the new ones are
    ready, so that a moving fader does not release any.
    """

    def __init__(self, performance: Performance, supply: Supply, sizes: Callable[[], Sizes]) -> None:
        self._performance = performance
        self._supply = supply
        self._sizes = sizes
        self._cue: str | None = None
        self._control = performance.control
        self._renewed_at = 0
        self._pending = self._held = _no_pictures

    @property
    def is_ready(self) -> bool:
        """Whether the first pictures of the cue on standby are ready."""
        return self._held()

    def look(self, frame_number: int) -> None:
        """Continue to prepare a GO at the next frame. Call it after every frame, when there is time."""
        performance = self._performance
        cue = position_at(performance.score, frame_number, performance.control).standby
        if cue != self._cue:
            self._cue, self._held = cue, _no_pictures
            self._begin(frame_number)
        elif self._pending():
            self._held = self._pending
            if performance.control is not self._control or frame_number >= self._renewed_at:
                self._begin(frame_number)

    def _begin(self, frame_number: int) -> None:
        control = self._control = self._performance.control
        self._renewed_at = frame_number + control.frames_in(REFRESH_SECONDS)
        then = self._performance.after_go(frame_number + 1)
        if then is None:
            self._pending = _no_pictures
            return
        score, cue = self._performance.score, self._cue
        # A morph begins with pictures that are already visible, and an output with an audition goes on showing the
        # cue that is auditioned.
        morphs = any(one.id == cue and one.transition.kind == "morph" for one in score.cues)
        elsewhere = frozenset(output for output, audition in control.auditions.items() if audition)

        def frame_at(number: int) -> Frame:
            outputs = then.frame_at(number).outputs
            return Frame(number, 0.0, tuple(_incoming(one, morphs) for one in outputs if one.output not in elsewhere))

        self._pending = self._supply.prefetch(frame_at, frame_number + 1, self._sizes())


def _incoming(output: OutputFrame, morphs: bool) -> OutputFrame:
    """The output with the incoming cue only: those beneath have their pictures."""
    top = output.cues[-1:]
    return replace(output, cues=tuple(one for one in top if not (morphs and one.reveal == FULL_REVEAL)))


def _no_pictures() -> bool:
    return False
