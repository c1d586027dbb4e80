"""Watches files and reads them anew when they were saved, on a thread of its own."""

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
"""Also how long a file must have rested: editors write in several steps."""

COARSE_SECONDS = 3.0
"""For so long after a reading the watcher compares files by their content: FAT and old shares tell times in steps of
two seconds, and a second save within one step looks like the first."""

SETTLING_SECONDS = 5.0
"""After this many seconds a show has begun, and the watcher may prepare its first reading."""

MAX_COMPARED_BYTES = 2**24

STOPPING_SECONDS = 30.0

SWITCH_SECONDS = 0.0005
"""How soon, at the latest, reading gives way to the frame."""


def as_device_error(error: Exception) -> InstallationError:
    """What people read about an exception: a foreseen error stays as it is."""
    if isinstance(error, InstallationError):
        return error
    return DeviceError(f"the saved edit could not be taken over: {type(error).__name__}: {error}")


@dataclass(frozen=True, slots=True)
class ReadResult(Generic[T]):
    """What came of reading: the new value, or the error that kept the last good one."""

    value: T | None
    error: InstallationError | None = None


class FileWatcher(Owner, Generic[T]):
    """Calls `read` in its thread whenever one of `files` was saved; the player takes what came of it between frames.

    `files` are asked for at every look, as a score may come to name another atlas. `read` raises InstallationError
    for what the author can mend; `told_of` makes one of whatever else it raises. `poll` is how long to wait between
    looks; a test that calls `look` itself passes None.
    `prepare` is called once, some seconds after the start, so that the first reading is as quick as any other.
    `is_read` says whether what stands in the files now was read already.
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
        """What came of the last saving, once; None while nothing new was read."""
        newest, self._newest = self._newest, None
        return newest

    def look(self) -> None:
        """One look: reads when the files differ from what was read last and have not changed since the look before."""
        now = self._stamps()
        if now == self._seen and now != self._known:
            self._known = now
            self._contents = _digests(self._files())
            try:
                with _short_switch_interval():
                    self._newest = ReadResult(self._read())
            except Exception as error:  # whatever it is, what plays plays on
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
    """What is in the files, where it is short enough to be edited by hand."""
    return tuple(_digest(file) for file in files)


def _digest(file: Path) -> bytes:
    try:
        return hashlib.sha256(read_regular(file, MAX_COMPARED_BYTES)).digest()
    except OSError:
        return b""


@contextmanager
def _short_switch_interval() -> Iterator[None]:
    """Reading is plain Python: with Python's own 5 ms between two threads, frames would wait for it again and again."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
