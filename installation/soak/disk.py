"""A small separate disk for a trial, which can be filled and made read-only without harm to anything else."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from installation.owner import Owner

SIZE_BYTES = 48 * 2**20

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
MNT_DETACH = 2
"""Linux's constants, the same on every architecture."""


class Disk(Owner):
    """A file system in memory at `folder`, visible only to this process and its children; `close` removes it.

    Mounting needs root, or a Linux that allows unprivileged user namespaces. Create it before any thread starts. Raises
    OSError if it is not allowed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._libc = ctypes.CDLL(None, use_errno=True)
        user, group = os.getuid(), os.getgid()
        if user == 0:
            self._must(self._libc.unshare(CLONE_NEWNS))
        else:
            self._must(self._libc.unshare(CLONE_NEWUSER | CLONE_NEWNS))
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
            Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
        self._mount("none", "/", None, MS_REC | MS_PRIVATE)
        folder.mkdir(parents=True)
        self._mount("tmpfs", str(folder), "tmpfs", 0, f"size={SIZE_BYTES}")

    @contextmanager
    def full(self) -> Iterator[None]:
        """Keep the disk full until the end of the block."""
        ballast = self._folder / "ballast"
        try:
            with ballast.open("wb", buffering=0) as file:
                try:
                    while file.write(bytes(2**16)):
                        pass
                except OSError:
                    pass  # full, as intended
            yield
        finally:
            ballast.unlink(missing_ok=True)

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Refuse new files and opening for writing during the block; files that are already open stay writable."""
        folder = str(self._folder)
        self._mount(folder, folder, None, MS_BIND)
        try:
            self._mount("none", folder, None, MS_REMOUNT | MS_BIND | MS_RDONLY)
            yield
        finally:
            self._must(self._libc.umount2(folder.encode(), MNT_DETACH))

    def close(self) -> None:
        """Unmount the disk; its content is lost."""
        self._libc.umount2(str(self._folder).encode(), MNT_DETACH)  # if this fails, nothing else can be done

    def keep(self, elsewhere: Path) -> None:
        """Copy everything to a permanent disk."""
        shutil.copytree(self._folder, elsewhere)

    def _mount(self, source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
        kind_bytes = kind.encode() if kind else None
        self._must(
            self._libc.mount(source.encode(), target.encode(), kind_bytes, ctypes.c_ulong(flags), data.encode() or None)
        )

    def _must(self, result: int) -> None:
        if result != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
