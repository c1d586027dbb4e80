"""Files: whether one has changed, and reading one that somebody else wrote."""

from __future__ import annotations

import errno
import os
import stat
import unicodedata
from pathlib import Path

MISSING = "there is no such file"

Stamp = tuple[int, int, int]


def stamp_of(file: Path) -> Stamp | None:
    """Changes when a file is written or another one takes its name; None while there is none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def read_regular(path: Path, max_bytes: int) -> bytes:
    """What is in an ordinary file of at most `max_bytes`; a pipe, a device or a folder is refused and never waited for.

    Raises OSError, whose `strerror` says in words what is wrong, also for a name that no file can have.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError:
        raise OSError(errno.EINVAL, "a file name cannot hold a NUL character", str(path)) from None
    except FileNotFoundError:
        raise FileNotFoundError(errno.ENOENT, why_missing(path), str(path)) from None
    status = os.fstat(descriptor)
    wrong = 0
    if stat.S_ISDIR(status.st_mode):
        wrong, why = errno.EISDIR, "this is a folder: name a file in it"
    elif not stat.S_ISREG(status.st_mode):
        wrong, why = errno.EINVAL, "this is not an ordinary file"
    elif status.st_size > max_bytes:
        wrong, why = errno.EFBIG, f"{status.st_size} bytes are too many: {max_bytes} at most"
    if wrong:
        os.close(descriptor)
        raise OSError(wrong, why, str(path))
    with os.fdopen(descriptor, "rb") as file:
        return file.read(max_bytes)


def why_missing(path: Path) -> str:
    """Why there is no such file: a link that leads nowhere, or a name that only looks the same as the one on disk."""
    if path.is_symlink():
        return f"this is a link to {path.readlink()}, which does not exist"
    wanted = unicodedata.normalize("NFC", path.name)
    try:
        alike = [one.name for one in path.parent.iterdir() if unicodedata.normalize("NFC", one.name) == wanted]
    except (OSError, ValueError):
        alike = []
    if alike:
        return (
            f"the file on disk is called {alike[0]!a}, which looks the same but has other characters; rename it "
            f"to {path.name!a}"
        )
    return MISSING
