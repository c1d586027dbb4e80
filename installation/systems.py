"""What differs between operating systems, in one place. Nothing here fails if a system lacks something.

On import, no module of the player needs what only Linux has; `tests/test_systems.py` says what that is.
"""

from __future__ import annotations

import getpass
import os
import sys
from typing import Protocol

from installation.errors import DeviceError

AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""Flags of os.open: a pipe in a file's place is not waited for, no child keeps the file, and bytes stay as they are."""


class HasFile(Protocol):
    """An open file, or its number by `fileno`."""

    def fileno(self) -> int: ...


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def lock(file: int | HasFile) -> None:
    """Hold a lock on an open file for as long as it is open; raises BlockingIOError while another process has it.

    Raises OSError for a disk that has no locks.
    """
    try:
        import fcntl
    except ImportError:
        _lock_on_windows(file if isinstance(file, int) else file.fileno())
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def user_name() -> str:
    """Who runs this process, by name where the system tells it."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):
        return str(os.getuid()) if hasattr(os, "getuid") else "somebody"


def require_linux(what: str, way_out: str) -> None:
    """Raises DeviceError on other systems, for what is made of Linux's own."""
    if not sys.platform.startswith("linux"):
        raise DeviceError(f"{what} needs Linux; {way_out}")


def _lock_on_windows(number: int) -> None:
    import msvcrt

    try:
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # only Windows has it
    except OSError as error:  # whatever it says, somebody has the first byte
        raise BlockingIOError(error.errno, error.strerror) from None
