"""The differences between operating systems, in one place. Nothing here fails on import if a system lacks something.

No module of the player needs Linux on import; `tests/test_systems.py` lists what only Linux has.
"""

from __future__ import annotations

import getpass
import os
import sys
from contextlib import suppress
from typing import Protocol

from installation.errors import DeviceError

AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""Flags of os.open: do not wait for a pipe, do not pass the file on to child processes, do not convert bytes."""


class HasFile(Protocol):
    """An open file, or its number by `fileno`."""

    def fileno(self) -> int: ...


def cores() -> int:
    """The number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def lock(file: int | HasFile) -> None:
    """Lock an open file until it closes. Raises BlockingIOError while another process holds the lock.

    Raises OSError for a disk without locks.
    """
    try:
        import fcntl
    except ImportError:
        _lock_on_windows(file if isinstance(file, int) else file.fileno())
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def lower_priority(process_id: int, niceness: int) -> None:
    """Let a process give way to others, if the system can and permits it."""
    with suppress(AttributeError, OSError):  # only Unix has it, and a sandbox may refuse
        os.setpriority(os.PRIO_PROCESS, process_id, niceness)


def user_name() -> str:
    """The name of the user who runs this process, or their number if the system has no name."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):
        return str(os.getuid()) if hasattr(os, "getuid") else "somebody"


def require_linux(what: str, way_out: str) -> None:
    """Raises DeviceError on other systems, for features that need Linux."""
    if not sys.platform.startswith("linux"):
        raise DeviceError(f"{what} needs Linux; {way_out}")


def _lock_on_windows(number: int) -> None:
    import msvcrt

    try:
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # only Windows has it
    except OSError as error:  # whatever the error says, another process has the first byte
        raise BlockingIOError(error.errno, error.strerror) from None
