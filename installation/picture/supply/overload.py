"""Reacts to frames skipped while pictures were drawn: tries whether less drawing helps."""

from __future__ import annotations

WINDOW_SECONDS = 2.0
"""The period over which skipped frames are counted."""

MAX_SKIPPED_SHARE = 0.03
"""Up to this share of skipped frames nothing changes."""

TRIAL_RUNGS = 3
"""How many rungs are tried, one a window. If even then more than half as many frames are skipped as before, decoding is
not the cause: ..."""

RETRY_AFTER_SECONDS = 60.0
"""... the rungs are restored, and nothing is tried for this long."""

RECOVERY_SECONDS = 10.0
"""After this long without skipped frames a rung is restored; twice as long each time that this was too early, ..."""

MAX_RECOVERY_SECONDS = 300.0
"""... up to this."""


class Overload:
    """`rungs` is how many rungs below the decoder's own limit to stay, so that frames are on time."""

    def __init__(self, frames_per_second: float) -> None:
        self.rungs = 0
        self._frames_per_second = frames_per_second
        self._begun: int | None = None
        self._skipped = 0
        self._tried = 0
        self._share_before = 0.0
        self._no_retry_until = 0
        self._changed = 0
        self._raised = False
        self._recovery_seconds = RECOVERY_SECONDS

    def note(self, frame_number: int, skipped: int) -> None:
        """Note a frame, and how many before it were skipped while the decoder was busy."""
        if self._begun is None:
            self._begun = frame_number
            return
        self._skipped += skipped
        frames = frame_number - self._begun
        if frames >= WINDOW_SECONDS * self._frames_per_second:
            share = self._skipped / frames
            self._begun, self._skipped = frame_number, 0
            if share > MAX_SKIPPED_SHARE:
                self._lower(frame_number, share)
            else:
                self._raise(frame_number)

    def _lower(self, frame_number: int, share: float) -> None:
        if frame_number < self._no_retry_until:
            return
        if self._raised:
            self._recovery_seconds = min(2 * self._recovery_seconds, MAX_RECOVERY_SECONDS)
        if self._tried == 0 or share <= self._share_before / 2:
            self._tried, self._share_before = 0, share
        if self._tried == TRIAL_RUNGS:
            self.rungs -= TRIAL_RUNGS
            self._tried = 0
            self._no_retry_until = frame_number + round(RETRY_AFTER_SECONDS * self._frames_per_second)
        else:
            self.rungs += 1
            self._tried += 1
        self._changed, self._raised = frame_number, False

    def _raise(self, frame_number: int) -> None:
        self._tried = 0
        if frame_number - self._changed < self._recovery_seconds * self._frames_per_second:
            return
        if self.rungs > 0:
            self.rungs -= 1
            self._changed, self._raised = frame_number, True
        else:
            self._raised, self._recovery_seconds = False, RECOVERY_SECONDS
