"""The takeover: a saved edition waits for its moment, and then replaces the previous one.

If an edition has mistakes, the takeover reports them, and the last good edition plays on. An edition waits while the
show is locked, while it lacks the playing cue, and until its first pictures are ready.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from installation.editions.edition import Edition
from installation.editions.file_watcher import ReadResult, as_device_error
from installation.errors import InstallationError, Mistake
from installation.notices import Notices
from installation.show.playing.performance import Performance
from installation.show.playing.transport import position_at

LEAD_SECONDS = 0.25
"""How long before the takeover an edition's first pictures are requested; doubled each time they are late."""

MAX_WAITING_SECONDS = 5.0
"""After this time an edition takes over without its first pictures: the machine is slow, or somebody seeks the show."""

IsReady = Callable[[], bool]


class TakeoverHost(Protocol):
    """Prepares an edition before it takes over."""

    def prepare(self, edition: Edition) -> bool:
        """Whether everything is ready to draw it; if not, preparation goes on in the background. Raises its errors."""

    def prefetch(self, edition: Edition, frame_number: int) -> IsReady:
        """Start to draw its first pictures from a frame on. Call the result at every frame: are they ready?"""


class TakesOver(Protocol):
    """Lets editions take over."""

    def due(self, frame_number: int) -> Edition | None:
        """The edition that takes over at this frame. Call it at every frame."""

    def refuse(self, error: Exception) -> None:
        """Report that an edition could not take over; the playing edition goes on."""


class Takeover:
    """Decides at which frame a saved edition takes over.

    `take` returns what was read since its last call; an error without a file is reported for `file`. `told_of` turns
    other exceptions into an error. `notices` get the mistakes of a saved edit, and the reason why an edit waits.
    """

    def __init__(
        self,
        take: Callable[[], ReadResult[Edition] | None],
        host: TakeoverHost,
        performance: Performance,
        file: Path,
        notices: Notices,
        told_of: Callable[[Exception], InstallationError] = as_device_error,
    ) -> None:
        self._notices, self._told_of = notices, told_of
        self._take = take
        self._file = str(file)
        self._host = host
        self._performance = performance
        self._waiting: Edition | None = None
        self._due_frame: int | None = None
        self._latest = 0
        self._lead_seconds = LEAD_SECONDS
        self._is_ready: IsReady = bool

    def due(self, frame_number: int) -> Edition | None:
        """The edition that takes over at this frame. Call it at every frame."""
        read = self._take()
        if read is not None:
            self._waiting, self._due_frame = read.value, None
            self._notices.put("saved")
            self._notices.put("waiting")
            if read.error is not None:
                self._refuse(read.error)
        if self._waiting is None:
            return None
        why = reason_to_wait(self._performance, self._waiting, frame_number)
        if why:
            self._notices.put("waiting", why)
            self._due_frame = None
            return None
        try:
            return self._once_due(self._waiting, frame_number)
        except Exception as error:  # no error may stop the playing edition
            self._waiting = None
            self._refuse(self._told_of(error))
            return None

    def _once_due(self, edition: Edition, frame_number: int) -> Edition | None:
        if not self._host.prepare(edition):
            return None
        control = self._performance.control
        if self._due_frame is None:
            self._latest = frame_number + control.frames_in(MAX_WAITING_SECONDS)
            self._lead_seconds = LEAD_SECONDS
        ready = self._is_ready()
        if self._due_frame is None or frame_number >= self._due_frame:
            if self._due_frame is not None and (ready or frame_number >= self._latest):
                self._waiting, self._due_frame, self._is_ready = None, None, bool
                self._notices.put("waiting")
                return edition
            lead = max(control.frames_in(self._lead_seconds), 1)
            self._due_frame = min(frame_number + lead, max(self._latest, frame_number + 1))
            self._lead_seconds *= 2
            self._is_ready = self._host.prefetch(edition, self._due_frame)
        return None

    def refuse(self, error: Exception) -> None:
        """Report that an edition could not take over; the playing edition goes on."""
        self._refuse(self._told_of(error))

    def _refuse(self, error: InstallationError) -> None:
        self._notices.put("saved", *(error.mistakes or (Mistake(self._file, 1, 1, "", str(error)),)))


def reason_to_wait(performance: Performance, edition: Edition, frame_number: int) -> str:
    """Why an edition cannot take over yet; empty if it can."""
    if performance.control.locked:
        return "the show is locked; the saved edit takes effect when you unlock it"
    return cannot_take(performance, edition, frame_number)


def cannot_take(performance: Performance, edition: Edition, frame_number: int) -> str:
    """Why the show could not continue in an edition; empty if it could."""
    cue = position_at(performance.score, frame_number, performance.control).cue
    if cue not in {one.id for one in edition.score.cues}:
        return f"cue '{cue}' is playing but is no longer in the score; the saved edit waits for the next cue"
    return ""
