"""A separate network for a trial: loopback, which can be switched off and on without harm to anything else."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS, SIOCSIFFLAGS = 0x8913, 0x8914
IFF_UP = 1
"""Linux's constants, the same on every architecture."""

_REQUEST = struct.Struct("16sh14x")


class NetworkNamespace:
    """A network namespace for this process and its children only; it ends with them.

    Needs root, or the rights that Disk has already obtained. Create it before any thread starts. Raises OSError if it
    is not allowed.
    """

    def __init__(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNET) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        self._set(is_up=True)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Take the loopback interface down until the end of the block, so that nothing can be reached."""
        self._set(is_up=False)
        try:
            yield
        finally:
            self._set(is_up=True)

    def _set(self, *, is_up: bool) -> None:
        import fcntl  # only on Unix

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            _, flags = _REQUEST.unpack(fcntl.ioctl(asking, SIOCGIFFLAGS, _REQUEST.pack(b"lo", 0)))
            flags = flags | IFF_UP if is_up else flags & ~IFF_UP
            fcntl.ioctl(asking, SIOCSIFFLAGS, _REQUEST.pack(b"lo", flags))
