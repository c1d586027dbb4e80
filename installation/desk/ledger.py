"""A file of lines that is only added to, on a disk that may be full, read-only or slow for a while.

Lines are handed to the operating system at once, which survives a crash of the player; a thread makes them durable
right after (fsync), which survives a power cut but for the last few milliseconds. What the disk does not take is kept
and tried again once a second: a disk that has room again has everything, in order, and never half a line.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections import deque
from pathlib import Path

from installation.owner import Owner

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0

MOST_WAITING_BYTES = 4 * 2**20
"""Some 40,000 lines wait for the disk at most; then the oldest are lost, and counted."""


class Ledger(Owner):
    """Owns the file and the thread. `write` comes from one thread; `close` twice is fine.

    A disk that has refused lines is left to the thread until it takes them, so that no frame waits for it again.
    `failed_writes` counts what the disk refused, `lost_lines` what was given up.
    """

    def __init__(self, path: Path, whole_bytes: int | None = None, *, patient: bool = False) -> None:
        """Begin a new file, or go on behind the first `whole_bytes` of one that is there.

        Raises OSError where it cannot be opened; one that is `patient` is opened when it can be.
        """
        self._path, self._whole_bytes = path, whole_bytes or 0
        self._fresh = whole_bytes is None and not patient
        self._file: int | None = None
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._refused: str | None = None
        self.failed_writes = self.lost_lines = 0
        self._lock = threading.Lock()
        self._written = threading.Event()
        self._closing = False
        try:
            self._open()
        except OSError as error:
            if not patient:
                raise
            self._refuse(error)
        self._thread = threading.Thread(target=self._make_durable, name="journal", daemon=True)
        self._thread.start()

    def write(self, lines: bytes) -> None:
        """Add whole lines; returns when the operating system has them, or has refused them for now."""
        with self._lock:
            self._waiting.append(lines)
            self._waiting_bytes += len(lines)
            while self._waiting_bytes > MOST_WAITING_BYTES:
                oldest = self._waiting.popleft()
                self._waiting_bytes -= len(oldest)
                self.lost_lines += oldest.count(b"\n")
            if self._refused is None:
                self._hand_over()
        self._written.set()

    def close(self) -> None:
        """Make everything durable that the disk takes."""
        if self._thread.is_alive():
            self._closing = True
            self._written.set()
            self._thread.join()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> None:
        """Without what lies behind the whole lines: a torn one, after a power cut."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | (os.O_EXCL if self._fresh else 0)
        file = os.open(self._path, flags, 0o644)
        try:
            os.ftruncate(file, self._whole_bytes)
            os.lseek(file, self._whole_bytes, os.SEEK_SET)
        except OSError:
            os.close(file)
            raise
        self._file = file

    def _hand_over(self) -> None:
        """Give the operating system all that waits: all of it or nothing."""
        if not self._waiting:
            return
        lines = b"".join(self._waiting)
        try:
            if self._file is None:
                self._open()
            assert self._file is not None
            self._write_whole(self._file, lines)
        except OSError as error:
            self._refuse(error)
            return
        self._whole_bytes += len(lines)
        self._waiting.clear()
        self._waiting_bytes = 0
        if self._refused is not None:
            self._refused = None
            logger.warning("%s: the disk takes it again; %d lines are lost", self._path, self.lost_lines)

    def _write_whole(self, file: int, lines: bytes) -> None:
        written = 0
        try:
            while written < len(lines):
                written += os.write(file, lines[written:])
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(file, self._whole_bytes)
                os.lseek(file, self._whole_bytes, os.SEEK_SET)
            raise

    def _make_durable(self) -> None:
        closing = False
        while not closing:
            self._written.wait(RETRY_SECONDS if self._waiting else None)
            self._written.clear()
            closing = self._closing
            with self._lock:
                self._hand_over()
            try:
                if self._file is not None:
                    os.fsync(self._file)
            except OSError as error:
                with self._lock:
                    self._refuse(error)

    def _refuse(self, error: OSError) -> None:
        """Count a failure; it is told when it begins, and when it is another."""
        self.failed_writes += 1
        if self._refused != str(error):
            self._refused = str(error)
            logger.error("%s: %s; the show goes on, and it is tried again", self._path, error.strerror)
