"""Files: detects changes, reads files from other people, and has the one safe way to replace a file."""

from __future__ import annotations

import errno
import hashlib
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

SAMPLED_BYTES = 2**22
"""The length of one sample of a large file."""

WHOLE_BYTES = 2**26
"""The digest of a larger file covers samples only: to read hours of film would delay the start of a show."""


def stamp_of(file: Path) -> Stamp | None:
    """A stamp that changes when the file is written or replaced; None if there is no file."""
    try:
        status = file.stat()
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def read_regular(path: Path, max_bytes: int) -> bytes:
    """The content of a regular file of at most `max_bytes`. Refuses a pipe, device or folder without waiting for it.

    Raises OSError, whose `strerror` says in words what is wrong, also for an invalid file name.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | AT_ONCE)
    except ValueError as error:
        which = "half of a character" if isinstance(error, UnicodeError) else "a NUL character"
        raise OSError(errno.EINVAL, f"a file name cannot hold {which}", str(path)) from None
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


def samples_of(file: Path) -> Iterator[bytes]:
    """The size of a file, and its beginning, middle and end; the whole content of a small file. Raises OSError."""
    with file.open("rb") as opened:
        size = os.fstat(opened.fileno()).st_size
        yield str(size).encode()
        places = [0] if size <= 3 * SAMPLED_BYTES else [0, size // 2, size - SAMPLED_BYTES]
        for place in places:
            opened.seek(place)
            yield opened.read(size if places == [0] else SAMPLED_BYTES)


def digest_of(file: Path) -> str:
    """The sha256 of a file; of its samples if it is larger than WHOLE_BYTES. Raises OSError."""
    if file.stat().st_size <= WHOLE_BYTES:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    found = hashlib.sha256()
    for sample in samples_of(file):
        found.update(sample)
    return found.hexdigest()


def why_missing(path: Path) -> str:
    """Why there is no such file: a broken link, a name that only looks the same as the one on disk, or none at all."""
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
    """Whether the path is neither a file nor a folder, but a device, a pipe or a socket."""
    return path.exists() and not (path.is_file() or path.is_dir())


@contextmanager
def _into(path: Path, way_out: str) -> Iterator[IO[bytes]]:
    """Open a device or pipe for writing. It refuses disks, and pipes without a reader instead of waiting for one."""
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
    """A new file that gets the name `path` after the block, complete and on the disk, so that it survives a power cut.

    If the block raises, the old file stays, and no other file is left. `mode` are the new file's permissions, from its
    first byte on. A device or pipe, such as /dev/stdout, is not replaced but written into. Raises DeviceError, which
    ends with the `way_out`, if writing fails.
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
        with suppress(OSError):  # if even this fails, there is nothing to remove
            temporary.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes, *, mode: int | None = None, make_folder: bool = False) -> None:
    """Replace a file's content; see `replacing`."""
    with replacing(path, mode=mode, make_folder=make_folder) as file:
        file.write(content)


def take_name(beside: Path, path: Path) -> None:
    """Rename a file or folder, which is on the disk already, to `path` in one step that survives a power cut.

    It replaces a file at `path`, but no folder that is not empty. Raises OSError.
    """
    beside.replace(path)
    with suppress(OSError):  # without it, the disk still has both files whole, under one name or the other
        sync(path.parent)


def sync(path: Path) -> None:
    """Wait until a file's content, or a folder's names, are on the disk; raises OSError."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _opener(mode: int | None) -> Callable[[str, int], int]:
    """An opener for a new file; with a `mode`, the file has it from the beginning, whatever the process' umask is."""

    def opened(name: str, flags: int) -> int:
        number = os.open(name, flags, 0o666 if mode is None else mode & 0o600)
        if mode is not None:
            os.fchmod(number, mode)
        return number

    return opened


_PLACE = re.compile(r"-(\d{6})-\d{8}T\d{6}\.\d{6}Z\.")


def next_path(folder: Path, stem: str, suffix: str, wall_seconds: float) -> Path:
    """A path for the next numbered file of its kind. Its name has the time (`wall_seconds` since 1970) for people."""
    number = max(map(_place, folder.glob(f"{stem}-*Z{suffix}")), default=0) + 1
    try:
        when = datetime.fromtimestamp(wall_seconds, UTC)
    except (ValueError, OverflowError, OSError):  # the clock is far out of range
        when = datetime.fromtimestamp(0, UTC)
    return folder / f"{stem}-{number:06}-{when:%Y%m%dT%H%M%S.%f}Z{suffix}"


def oldest_first(files: Iterable[Path]) -> list[Path]:
    """The files in the order of their numbers; files without a number are older."""
    return sorted(files, key=lambda file: (_place(file), file.name))


def _place(file: Path) -> int:
    found = _PLACE.search(file.name)
    return int(found[1]) if found else 0
