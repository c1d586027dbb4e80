"""Files: whether one has changed, reading one that somebody else wrote, and the one way to replace one safely."""

from __future__ import annotations

import errno
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from installation.errors import DeviceError
from installation.systems import AT_ONCE

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
        descriptor = os.open(path, os.O_RDONLY | AT_ONCE)
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


def is_special(path: Path) -> bool:
    """Whether there is something that is neither file nor folder: a device, a pipe, a socket."""
    return path.exists() and not (path.is_file() or path.is_dir())


@contextmanager
def _into(path: Path, way_out: str) -> Iterator[IO[bytes]]:
    """A device or pipe to write into; a disk is none, and a pipe that nobody reads is not waited for."""
    try:
        if path.is_block_device():
            raise OSError(errno.EINVAL, "this is a disk")
        number = os.open(path, os.O_WRONLY | AT_ONCE)
        os.set_blocking(number, True)
        with os.fdopen(number, "wb") as file:
            yield file
    except OSError as error:
        raise DeviceError(f"{path}: cannot be written: {error.strerror}; {way_out}") from error


@contextmanager
def replacing(
    path: Path,
    *,
    mode: int | None = None,
    make_folder: bool = False,
    way_out: str = "make room or choose another folder",
) -> Iterator[IO[bytes]]:
    """A file that takes the name `path` after the block, whole and on the disk, and survives a power cut from then on.

    If anything is raised in the block, the file that was there stays, and no other file is left. `mode` are its
    permissions, from its first byte on. A device or pipe, such as /dev/stdout, is not replaced but written into. Raises
    DeviceError, which ends with the `way_out`, where the disk does not take it.
    """
    if is_special(path):
        with _into(path, way_out) as file:
            yield file
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        with open(temporary, "xb", opener=_opener(mode)) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        take_name(temporary, path)
    except OSError as error:
        if not (make_folder or path.parent.is_dir()):
            raise DeviceError(f"{path}: there is no folder {path.parent}; make it first") from error
        raise DeviceError(
            f"{path}: cannot be written: {error.strerror}; the old content is unchanged; {way_out}"
        ) from error
    finally:
        with suppress(OSError):  # where not even this works there is nothing to remove
            temporary.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes, *, mode: int | None = None, make_folder: bool = False) -> None:
    """Replace a file by what it should hold; see `replacing`."""
    with replacing(path, mode=mode, make_folder=make_folder) as file:
        file.write(content)


def take_name(beside: Path, path: Path) -> None:
    """Give a file or folder that is on the disk another one's name, in one step that survives a power cut.

    A folder takes no name of one that holds anything. Raises OSError.
    """
    beside.replace(path)
    with suppress(OSError):  # a disk that cannot do it has both whole, under one name or the other
        sync(path.parent)


def sync(path: Path) -> None:
    """Wait until what a file holds, or the names in a folder, are on the disk; raises OSError."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _opener(mode: int | None) -> Callable[[str, int], int]:
    """Opens a new file; one with a `mode` has it from the beginning, whatever the process' mask is."""

    def opened(name: str, flags: int) -> int:
        number = os.open(name, flags, 0o666 if mode is None else mode & 0o600)
        if mode is not None:
            os.fchmod(number, mode)
        return number

    return opened


_PLACE = re.compile(r"-(\d{6})-\d{8}T\d{6}\.\d{6}Z\.")


def next_path(folder: Path, stem: str, suffix: str, wall_seconds: float) -> Path:
    """A name behind all others of its kind, with the time since 1970 for people to read."""
    number = max(map(_place, folder.glob(f"{stem}-*Z{suffix}")), default=0) + 1
    try:
        when = datetime.fromtimestamp(wall_seconds, UTC)
    except (ValueError, OverflowError, OSError):  # a clock that stands nowhere
        when = datetime.fromtimestamp(0, UTC)
    return folder / f"{stem}-{number:06}-{when:%Y%m%dT%H%M%S.%f}Z{suffix}"


def oldest_first(files: Iterable[Path]) -> list[Path]:
    """In the order in which they were put away; those without a number are from before there were numbers."""
    return sorted(files, key=lambda file: (_place(file), file.name))


def _place(file: Path) -> int:
    found = _PLACE.search(file.name)
    return int(found[1]) if found else 0
