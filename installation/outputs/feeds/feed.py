"""A feed: sends the pictures of one output to a receiver that may be slow, disconnect or come back."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from installation.errors import InstallationError
from installation.failures import FailureLog
from installation.owner import Owner
from installation.picture.thread_priority import lower_thread_priority
from installation.sound.sound_file import Samples

log = logging.getLogger(__name__)

NICENESS = 10
"""Of the processes that pack pictures: higher than decoding's. Pictures on the wall come first, then recordings and
streams."""

WAITING = 8
"""How many pictures may wait; at 1920x1080 pixels they take 66 MB."""

WAITING_SOUND = 60
"""The sound of how many frames may wait."""

STALLED_SECONDS = 5.0
"""A receiver that takes no picture for this long is dropped and connected again."""

STEADY_SECONDS = 3.0
"""A receiver that has taken pictures for this long counts as healthy: earlier failures are forgotten."""

PAUSES_SECONDS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
"""The pauses between tries; the last is repeated."""


SizePx = tuple[int, int]


class Receiver(Protocol):
    """Takes pictures of 4 bytes a pixel (RGBX), top row first, while its context is entered."""

    def take(self, frame_number: int, picture: bytes) -> None:
        """Take a picture; may wait, and raises any failure."""

    def hear(self, frame_number: int, sound: Samples) -> None:
        """Take the sound of a frame, (samples, 2), as `take` does a picture."""

    def give_up(self) -> None:
        """Make a waiting `take` or `hear` end with an error; called from another thread."""


@dataclass(frozen=True, slots=True)
class FeedStatistics:
    """The statistics of one feed: pictures sent and dropped so far, the number of connections, and whether it is
    connected now. `overrun` counts the dropped pictures that found no room although a receiver was connected."""

    sent: int
    dropped: int
    overrun: int
    connections: int
    connected: bool


class Feed(Owner):
    """Gives pictures to a receiver in its own thread. `offer` returns at once, whatever the receiver does.

    The queue is bounded; pictures that find no room are dropped and counted. The feed opens the receiver for pictures
    of the size from `sized`, and again when that changes. A receiver that fails, or takes nothing for STALLED_SECONDS,
    is opened again after a pause; an `is_patient` receiver may wait for any time. `missing` describes the present
    failure and is empty otherwise; `close` waits until the queue is sent, `closing_seconds` at most.
    """

    def __init__(
        self,
        name: str,
        open_receiver: Callable[[SizePx], AbstractContextManager[Receiver]],
        *,
        is_patient: bool = False,
        closing_seconds: float = 2.0,
        pauses: Sequence[float] = PAUSES_SECONDS,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name, self.missing = name, ""
        self._open, self._pauses, self._steady, self._closing_seconds = open_receiver, pauses, steady, closing_seconds
        self._is_patient = is_patient
        self._failures = FailureLog(log)
        self._waiting: deque[tuple[int, bytes | Samples]] = deque()
        self._pictures_waiting = 0
        self._changed = threading.Condition()
        self._is_closing = False
        self._size_px: SizePx | None = None
        self._receiver: Receiver | None = None
        self._taking_since: float | None = None
        self._failed_times = 0
        self._sent = self._dropped = self._overrun = self._connections = 0
        self._thread = threading.Thread(target=self._run, name=f"feed {name}", daemon=True)
        self._thread.start()

    @property
    def wants(self) -> bool:
        """Whether there is room for a picture and a receiver to take it; otherwise none need be read from the card."""
        return self._receiver is not None and self._pictures_waiting < WAITING

    def sized(self, size_px: SizePx) -> None:
        """From now on pictures have this size (width, height)."""
        if size_px != self._size_px:
            with self._changed:
                self._size_px = size_px
                self._changed.notify()

    def offer(self, frame_number: int, picture: bytes) -> None:
        """Send a picture of the latest size, if there is room for it."""
        with self._changed:
            if self._receiver is None:
                self._dropped += 1
            elif self._pictures_waiting >= WAITING:
                self._dropped += 1
                self._overrun += 1
            else:
                self._waiting.append((frame_number, picture))
                self._pictures_waiting += 1
                self._changed.notify()
        self._give_up_if_stalled()

    def hear(self, frame_number: int, sound: Samples) -> None:
        """Send the sound of a frame, if there is room for it; otherwise the receiver hears silence."""
        with self._changed:
            if self._receiver is not None and len(self._waiting) - self._pictures_waiting < WAITING_SOUND:
                self._waiting.append((frame_number, sound))
                self._changed.notify()

    def skip(self) -> None:
        """Count a picture that was not read from the card as dropped."""
        with self._changed:
            self._dropped += 1
            self._overrun += self._receiver is not None
        self._give_up_if_stalled()

    def statistics(self) -> FeedStatistics:
        return FeedStatistics(self._sent, self._dropped, self._overrun, self._connections, self._receiver is not None)

    def close(self) -> None:
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join(self._closing_seconds)
        if self._thread.is_alive() and (receiver := self._receiver) is not None:
            receiver.give_up()
            self._thread.join(self._closing_seconds)

    def _give_up_if_stalled(self) -> None:
        since, receiver = self._taking_since, self._receiver
        if self._is_patient or since is None or receiver is None:
            return
        if self._steady() - since >= STALLED_SECONDS:
            receiver.give_up()

    def _run(self) -> None:
        lower_thread_priority()
        while not self._is_closing:
            with self._changed:
                self._changed.wait_for(lambda: self._size_px or self._is_closing)
            began, size_px = self._steady(), self._size_px
            if size_px is None:
                return
            try:
                with self._open(size_px) as receiver:
                    self._connections += 1
                    self._receiver = receiver
                    self._deliver(receiver, size_px)
            except Exception as error:  # after any failure the show plays without the feed
                if self._steady() - began >= STEADY_SECONDS:
                    self._failed_times = 0
                self._fail(error)
                self._end()
                pause = self._pauses[min(self._failed_times, len(self._pauses)) - 1]
                with self._changed:
                    self._changed.wait_for(lambda: self._is_closing, pause)
            else:
                self._end()

    def _deliver(self, receiver: Receiver, size_px: SizePx) -> None:
        began = self._steady()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_closing or self._size_px != size_px)
                if not self._waiting or self._size_px != size_px:
                    return
                frame_number, part = self._waiting.popleft()
                is_picture = isinstance(part, bytes)
                self._pictures_waiting -= is_picture
            self._taking_since = self._steady()
            if isinstance(part, bytes):
                receiver.take(frame_number, part)
            else:
                receiver.hear(frame_number, part)
            self._taking_since = None
            self._sent += is_picture
            if self.missing and self._steady() - began >= STEADY_SECONDS:
                self.missing, self._failed_times = "", 0
                self._failures.succeeded(self.name)

    def _end(self) -> None:
        with self._changed:
            self._receiver = None
            self._dropped += self._pictures_waiting
            self._waiting.clear()
            self._pictures_waiting = 0

    def _fail(self, error: Exception) -> None:
        stalled = self._taking_since is not None and self._steady() - self._taking_since >= STALLED_SECONDS
        self._taking_since = None
        self._failed_times += 1
        if self._is_closing and not isinstance(error, InstallationError):
            return
        why = str(error) if isinstance(error, InstallationError) else f"{type(error).__name__}: {error}"
        if stalled:
            why = f"took no picture for {STALLED_SECONDS:.0f} seconds"
        self.missing = f"{self.name}: {why}; the show plays without it and tries again"
        if not isinstance(error, InstallationError):
            self._failures.failed(self.name, error)
