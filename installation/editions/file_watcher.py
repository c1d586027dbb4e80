"""Watches files, and reads them again after they were saved, on a thread of its own."""

from __future__ import annotations

import hashlib
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from installation.errors import DeviceError, InstallationError
from installation.files import Stamp, read_regular, stamp_of
from installation.owner import Owner

T = TypeVar("T")

POLL_SECONDS = 0.05
"""The pause between two looks, and the time for which a file must not change: editors write in several steps."""

COARSE_SECONDS = 3.0
"""This long after a reading, the watcher compares the files' content once: FAT and old shares store times in steps of
two seconds, so a second save within one step looks like the first."""

SETTLING_SECONDS = 5.0
"""After this many seconds the start of the show is over, and the watcher may prepare its first reading."""

MAX_COMPARED_BYTES = 2**24

STOPPING_SECONDS = 30.0

SWITCH_SECONDS = 0.0005
"""The longest time for which reading may block the frame's thread: Python's switch interval."""


def as_device_error(error: Exception) -> InstallationError:
    """An error with a sentence for people; an InstallationError stays unchanged."""
    if isinstance(error, InstallationError):
        return error
    return DeviceError(f"the saved edit could not be taken over: {type(error).__name__}: {error}")


@dataclass(frozen=True, slots=True)
class ReadResult(Generic[T]):
    """The result of reading: the new value, or an error; after an error the last good value stays."""

    value: T | None
    error: InstallationError | None = None


class FileWatcher(Owner, Generic[T]):
    """Calls `read` in its thread whenever one of `files` was saved; the player takes the result between frames.

    It calls `files` at every look, since an edited score may name another atlas. `read` raises InstallationError for
    mistakes that the author can correct; `told_of` turns all other exceptions into one. `poll` is the pause between
    looks in seconds; a test that calls `look` itself passes None. The watcher calls `prepare` once, some seconds after
    the start, so that the first reading is as quick as any other. `is_read` says whether the files' present content was
    read already.
    """

    def __init__(
        self,
        files: Callable[[], Iterable[Path]],
        read: Callable[[], T],
        poll: float | None = POLL_SECONDS,
        prepare: Callable[[], object] = object,
        *,
        is_read: bool = True,
        told_of: Callable[[Exception], InstallationError] = as_device_error,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._files = files
        self._read = read
        self._prepare = prepare
        self._seen = self._stamps()
        self._known = self._seen if is_read else ()
        self._told_of, self._steady = told_of, steady
        self._contents = _digests(self._files())
        self._look_again_at = steady() + COARSE_SECONDS
        self._newest: ReadResult[T] | None = None
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        if poll is not None:
            self._thread = threading.Thread(target=self._watch, args=(poll,), name="watch", daemon=True)
            self._thread.start()

    def take(self) -> ReadResult[T] | None:
        """The latest result, once; None if nothing new was read."""
        newest, self._newest = self._newest, None
        return newest

    def look(self) -> None:
        """Read the files if they differ from the last reading and have not changed since the previous look."""
        now = self._stamps()
        if now == self._seen and now != self._known:
            self._known = now
            self._contents = _digests(self._files())
            try:
                with _short_switch_interval():
                    self._newest = ReadResult(self._read())
            except Exception as error:  # no error may stop the playing edition
                self._newest = ReadResult(None, self._told_of(error))
            self._look_again_at = self._steady() + COARSE_SECONDS
        elif now == self._seen and self._steady() >= self._look_again_at:
            self._look_again_at = float("inf")
            if self._contents != _digests(self._files()):
                self._known = ()
        self._seen = now

    def close(self) -> None:
        self._closing.set()
        if self._thread is not None:
            self._thread.join(STOPPING_SECONDS)

    def _watch(self, poll: float) -> None:
        looks = 0
        while not self._closing.wait(poll):
            self.look()
            looks += 1
            if looks == int(SETTLING_SECONDS / poll):
                self._prepare()

    def _stamps(self) -> tuple[Stamp | None, ...]:
        return tuple(map(stamp_of, self._files()))


def _digests(files: Iterable[Path]) -> tuple[bytes, ...]:
    """Digests of the files' contents; empty for files too large to be edited by hand."""
    return tuple(_digest(file) for file in files)


def _digest(file: Path) -> bytes:
    try:
        return hashlib.sha256(read_regular(file, MAX_COMPARED_BYTES)).digest()
    except OSError:
        return b""


@contextmanager
def _short_switch_interval() -> Iterator[None]:
    """Switch threads more often: reading is plain Python, and frames would wait up to Python's usual 5 ms for it."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
