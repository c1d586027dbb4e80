"""Standard streams for a show: a closed stream goes to the null device, and an unread stream blocks nothing."""

from __future__ import annotations

import atexit
import io
import os
import sys
import threading
from collections import deque
from typing import TextIO

MAX_WAITING_BYTES = 2**20
"""The most bytes that wait for a stalled reader; further bytes are lost, and counted."""

END_SECONDS = 1.0
"""How long the end of a process waits for unread output."""


def open_standard_streams() -> None:
    """Open closed standard streams on the null device. Otherwise the next opened file would get their number, and
    warnings would go into that file."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            os.set_inheritable(number, True)
    sys.stdin = sys.stdin or os.fdopen(0, closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)


def never_wait_for_stderr() -> None:
    """Make writes to standard error return at once from now on, even if its reader stalls."""
    stream = UnhurriedStream(sys.stderr.fileno())
    sys.stderr = _as_text(stream)
    atexit.register(stream.drain, END_SECONDS)


class UnhurriedStream(io.RawIOBase):
    """Takes bytes for an open file at once; a thread of its own writes them in order."""

    def __init__(self, number: int) -> None:
        self.lost_bytes = 0
        self._number = number
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._changing = threading.RLock()  # a signal's handler may write in the middle of a write
        self._written, self._drained = threading.Event(), threading.Event()
        self._drained.set()
        threading.Thread(target=self._hand_on, name="standard error", daemon=True).start()

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._number

    def isatty(self) -> bool:
        return os.isatty(self._number)

    def write(self, data: object) -> int:
        """Queue bytes without waiting; they are lost if too many wait already."""
        piece = bytes(data)  # type: ignore[call-overload]  # whatever has bytes
        with self._changing:
            if self._waiting_bytes + len(piece) > MAX_WAITING_BYTES:
                self.lost_bytes += len(piece)
                return len(piece)
            self._waiting.append(piece)
            self._waiting_bytes += len(piece)
            self._drained.clear()
        self._written.set()
        return len(piece)

    def drain(self, seconds: float) -> bool:
        """Wait at most this long until everything is written; return whether it is."""
        return self._drained.wait(seconds)

    def _hand_on(self) -> None:
        while True:
            self._written.wait()
            with self._changing:
                if not self._waiting:
                    self._written.clear()
                    self._drained.set()
                    continue
                piece = self._waiting[0]
            try:
                while piece:
                    piece = piece[os.write(self._number, piece) :]
            except OSError:  # the reader is gone
                self.lost_bytes += len(piece)
            with self._changing:
                self._waiting_bytes -= len(self._waiting.popleft())


def _as_text(stream: UnhurriedStream) -> TextIO:
    return io.TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", write_through=True)  # type: ignore[type-var]  # it needs no more than write
