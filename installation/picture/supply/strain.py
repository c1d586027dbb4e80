"""Frames that were skipped while pictures were drawn: whether drawing less helps is found out by trying it."""

from __future__ import annotations

WINDOW_SECONDS = 2.0
"""Skipped frames are counted over so long."""

MOST_SKIPPED = 0.03
"""Up to this share of the frames nothing is done about it."""

TRIES = 3
"""So many rungs are tried, one a window. Where even then more than half as many frames are skipped as before, it is not
decoding that holds them up, ..."""

HOPELESS_SECONDS = 60.0
"""... the rungs are given back, and for so long nothing is tried."""

PATIENCE_SECONDS = 10.0
"""After so long without skipped frames a rung is given back; twice as long each time that this was too early, ..."""

LONGEST_PATIENCE_SECONDS = 300.0
"""... up to this."""


class Strain:
    """`rungs` tells how far below what the decoder could do it has to stay, so that frames are in time."""

    def __init__(self, frames_per_second: float) -> None:
        self.rungs = 0
        self._frames_per_second = frames_per_second
        self._begun: int | None = None
        self._skipped = 0
        self._tried = 0
        self._share_before = 0.0
        self._hopeless_until = 0
        self._changed = 0
        self._eased = False
        self._patience_seconds = PATIENCE_SECONDS

    def note(self, frame_number: int, skipped: int) -> None:
        """A frame is made, and so many before it were skipped while the decoder was at work."""
        if self._begun is None:
            self._begun = frame_number
            return
        self._skipped += skipped
        frames = frame_number - self._begun
        if frames >= WINDOW_SECONDS * self._frames_per_second:
            share = self._skipped / frames
            self._begun, self._skipped = frame_number, 0
            if share > MOST_SKIPPED:
                self._press(frame_number, share)
            else:
                self._ease(frame_number)

    def _press(self, frame_number: int, share: float) -> None:
        if frame_number < self._hopeless_until:
            return
        if self._eased:
            self._patience_seconds = min(2 * self._patience_seconds, LONGEST_PATIENCE_SECONDS)
        if self._tried == 0 or share <= self._share_before / 2:
            self._tried, self._share_before = 0, share
        if self._tried == TRIES:
            self.rungs -= TRIES
            self._tried = 0
            self._hopeless_until = frame_number + round(HOPELESS_SECONDS * self._frames_per_second)
        else:
            self.rungs += 1
            self._tried += 1
        self._changed, self._eased = frame_number, False

    def _ease(self, frame_number: int) -> None:
        self._tried = 0
        if frame_number - self._changed < self._patience_seconds * self._frames_per_second:
            return
        if self.rungs > 0:
            self.rungs -= 1
            self._changed, self._eased = frame_number, True
        else:
            self._eased, self._patience_seconds = False, PATIENCE_SECONDS
