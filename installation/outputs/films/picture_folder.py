"""A folder of pictures, one per frame, that appears when it is complete."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from installation.errors import DeviceError
from installation.files import sync, take_name

_EXPORTED = re.compile(r"\d{6,}\.(png|exr)")


class PictureFolder:
    """Writes `path`/000123.png for frame number 123; replaces a folder that contains only such pictures.

    `suffix` is the pictures'. The constructor raises DeviceError if anything else is at `path`, so that no file of the
    user's is ever lost.
    """

    def __init__(self, path: Path, suffix: str) -> None:
        self.path, self._suffix = path, suffix
        self._temporary = path.with_name(f".{path.name}.part")
        self._backup = path.with_name(f".{path.name}.before")
        try:
            self._recover()
            _check_replaceable(path)
            self._temporary.mkdir()
        except OSError as error:
            raise DeviceError(f"{path}: cannot be made: {error.strerror}") from error

    def write(self, frame_number: int, picture: bytes) -> None:
        """Write the file of a picture."""
        try:
            # Not `replacing`: the whole folder takes the name, in `keep`, after `finish`.
            (self._temporary / f"{frame_number:06d}{self._suffix}").write_bytes(picture)
        except OSError as error:
            raise DeviceError(f"{self.path}: cannot be written: {error.strerror}; nothing is kept of it") from error

    def finish(self) -> None:
        """Wait until every picture is on the disk; the system writes them meanwhile."""
        try:
            for picture in sorted(self._temporary.iterdir()):
                sync(picture)
            sync(self._temporary)
        except OSError as error:
            raise DeviceError(f"{self.path}: cannot be written: {error.strerror}; nothing is kept of it") from error

    def keep(self) -> None:
        """Give the folder its name. An earlier folder is renamed first, and deleted when the new one is in place."""
        try:
            if self.path.exists():
                self.path.rename(self._backup)
            take_name(self._temporary, self.path)
            self._recover()
        except OSError as error:
            self._recover()
            raise DeviceError(f"{self.path}: cannot be written: {error.strerror}; the old file is kept") from error

    def _recover(self) -> None:
        """Clean up after an interrupted export: a renamed folder gets its name back unless the new one is in place."""
        if self._backup.exists() and not self.path.exists():
            self._backup.rename(self.path)
        shutil.rmtree(self._backup, ignore_errors=True)
        shutil.rmtree(self._temporary, ignore_errors=True)

    def discard(self) -> None:
        """Delete everything that was not kept; twice is fine."""
        shutil.rmtree(self._temporary, ignore_errors=True)


def _check_replaceable(path: Path) -> None:
    if not path.exists():
        return
    if not path.is_dir():
        raise DeviceError(f"{path}: is a file, not a folder for pictures; choose another name")
    for entry in path.iterdir():
        if not _EXPORTED.fullmatch(entry.name):
            raise DeviceError(f"{path}: holds '{entry.name}', which is not an exported picture; choose another folder")
