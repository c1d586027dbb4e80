"""An append-only file of lines, on a disk that may be full, read-only or slow for a while.

The log hands lines to the operating system at once, so that they survive a crash of the player. A thread makes them
durable right after (fsync): a power cut costs only the last few milliseconds. The log keeps lines that the disk refuses
and tries again once a second: a disk that has room again gets all lines, in order, and never half a line.

A long file can begin again with fewer lines that stand for the old ones. The thread makes the new file beside the old
one; then lines go to both, until the new file takes the old one's name. So the file of that name always has every line.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from installation.errors import DeviceError
from installation.failures import FailureLog
from installation.files import take_name
from installation.owner import Owner
from installation.systems import AT_ONCE

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0

MAX_WAITING_BYTES = 4 * 2**20
"""Some 40,000 lines may wait for the disk; beyond that the log drops the oldest, and counts them."""


NEW_SUFFIX = ".next"
"""Follows the journal's name in the name of a new file that is not complete yet."""


class _Compaction(NamedTuple):
    """The first content of a new file, the call that keeps the old one, and the lines written since the request."""

    head: bytes
    keep: Callable[[], None]
    since: list[bytes]


class AppendLog(Owner):
    """Owns the files and the thread. One thread calls `write` and `compact`; `close` twice is fine.

    After the disk has refused lines, only the thread writes until it takes them, so that no frame waits again.
    `failed_writes` counts refused writes, `lost_lines` dropped lines, `failed_compactions` the failed attempts in a row
    to begin again.
    """

    def __init__(self, path: Path, whole_bytes: int | None = None, *, patient: bool = False) -> None:
        """Begins a new file, or continues an existing one after its first `whole_bytes`.

        Raises OSError if it cannot open the file; a `patient` log opens it later instead.
        """
        self._path, self._begun_bytes = path, whole_bytes or 0
        self._fresh = whole_bytes is None and not patient
        self._file: _File | None = None
        self._next: _File | None = None
        self._compaction: _Compaction | None = None
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._failures = FailureLog(logger)
        self._writing, self._beginning = f"writing {path}", f"beginning {path} anew"
        self._keeping = f"keeping all lines of {path}"
        self._is_refused = False
        self.failed_writes = self.lost_lines = self.failed_compactions = 0
        self._lock = threading.Lock()
        self._written = threading.Event()
        self._closing = False
        try:
            self._file = _File(path, self._begun_bytes, os.O_EXCL if self._fresh else 0)
        except OSError as error:
            if not patient:
                raise
            self._refuse(error)
        self._thread = threading.Thread(target=self._sync_loop, name="journal", daemon=True)
        self._thread.start()

    def write(self, lines: bytes) -> None:
        """Adds whole lines; returns when the operating system has taken them, or has refused them for now."""
        with self._lock:
            self._waiting.append(lines)
            self._waiting_bytes += len(lines)
            if not self._is_refused:
                self._write_waiting()
            while self._waiting_bytes > MAX_WAITING_BYTES:
                self._give_up_oldest()
        self._written.set()

    @property
    def size_bytes(self) -> int:
        """The size of the file; 0 while it cannot begin again: during a compaction, or if lines wait for the disk."""
        return self._file.whole_bytes if self._file and not self._waiting and self._compaction is None else 0

    def compact(self, head: bytes, keep: Callable[[], None]) -> None:
        """Lets the file begin again with `head`, whole lines that stand for all lines so far.

        The thread does so soon. It calls `keep` first, after which the old file may be lost.
        """
        with self._lock:
            self._compaction = _Compaction(head, keep, [])
        self._written.set()

    def close(self) -> None:
        """Makes all lines durable that the disk takes, and closes the file."""
        if self._thread.is_alive():
            self._closing = True
            self._written.set()
            self._thread.join()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _give_up_oldest(self) -> None:
        oldest = self._waiting.popleft()
        self._waiting_bytes -= len(oldest)
        sentence = "the disk is too slow or full; the oldest waiting lines are lost, and counted"
        self._failures.failed(self._keeping, DeviceError(sentence))
        self.lost_lines += oldest.count(b"\n")

    def _write_waiting(self) -> None:
        """Gives the operating system all waiting lines, or none."""
        if not self._waiting:
            return
        lines = b"".join(self._waiting)
        try:
            if self._file is None:
                self._file = _File(self._path, self._begun_bytes, os.O_EXCL if self._fresh else 0)
            _write_all([file for file in (self._next, self._file) if file], lines)
        except OSError as error:
            self._refuse(error)
            return
        if self._compaction is not None and self._next is None:
            self._compaction.since.append(lines)
        self._waiting.clear()
        self._waiting_bytes = 0
        self._is_refused = False
        self._failures.succeeded(self._writing)
        self._failures.succeeded(self._keeping)

    def _sync_loop(self) -> None:
        closing = False
        while not closing:
            self._written.wait(RETRY_SECONDS if self._waiting else None)
            self._written.clear()
            closing = self._closing
            with self._lock:
                self._write_waiting()
            if self._compaction is not None and self._file is not None:
                self._compact(self._compaction, self._file)
            try:
                if self._file is not None:
                    os.fsync(self._file.number)
            except OSError as error:
                with self._lock:
                    self._refuse(error)

    def _compact(self, compaction: _Compaction, before: _File) -> None:
        beside = self._path.with_name(self._path.name + NEW_SUFFIX)
        try:
            file = self._new_file(beside, compaction)
            os.fsync(file.number)
            compaction.keep()
            take_name(beside, self._path)
        except OSError as error:
            self.failed_compactions += 1
            self._failures.failed(self._beginning, DeviceError(f"{error.strerror}; it grows longer"))
            with self._lock:
                unused, self._next, self._compaction = self._next, None, None
            with contextlib.suppress(OSError):
                beside.unlink()
        else:
            self.failed_compactions = 0
            self._failures.succeeded(self._beginning)
            with self._lock:
                unused, self._file, self._next, self._compaction = before, file, None, None
        if unused is not None:
            unused.close()

    def _new_file(self, beside: Path, compaction: _Compaction) -> _File:
        """Makes the new file; from now on lines go to both. Raises OSError."""
        file = _File(beside, 0)
        try:
            _write_all([file], compaction.head)
            with self._lock:
                _write_all([file], b"".join(compaction.since))
                self._next = file
        except OSError:
            file.close()
            raise
        return file

    def _refuse(self, error: OSError) -> None:
        self.failed_writes += 1
        self._is_refused = True
        sentence = f"{error.strerror}; the show continues, and the player tries to write again"
        self._failures.failed(self._writing, DeviceError(sentence))


class _File:
    """An open file whose first `whole_bytes` are whole lines."""

    def __init__(self, path: Path, whole_bytes: int, flags: int = 0) -> None:
        """Opens the file and removes anything after the whole lines, such as a torn line. Raises OSError."""
        self.whole_bytes = whole_bytes
        # If the file is a pipe, opening it fails at once instead of waiting.
        self.number = os.open(path, os.O_WRONLY | os.O_CREAT | AT_ONCE | flags, 0o644)
        try:
            self.cut()
        except OSError:
            self.close()
            raise

    def cut(self) -> None:
        """Removes anything after the whole lines; the next write continues there."""
        os.ftruncate(self.number, self.whole_bytes)
        os.lseek(self.number, self.whole_bytes, os.SEEK_SET)

    def close(self) -> None:
        os.close(self.number)


def _write_all(files: Sequence[_File], lines: bytes) -> None:
    """Writes the lines to all files or to none; raises OSError."""
    try:
        for file in files:
            written = 0
            while written < len(lines):
                written += os.write(file.number, lines[written:])
    except OSError:
        for file in files:
            with contextlib.suppress(OSError):
                file.cut()
        raise
    for file in files:
        file.whole_bytes += len(lines)
