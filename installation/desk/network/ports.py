"""Binds ports of this machine for the desk."""

from __future__ import annotations

import errno
import socket

from installation.desk.network.interfaces import own_addresses
from installation.errors import DeviceError

RECEIVE_BUFFER_BYTES = 4 * 2**20
"""The requested buffer, for a flood while the player holds the interpreter; the system may grant less."""

BACKLOG = 64


def bind_both(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """A UDP and a listening TCP socket on the same port; port 0 takes any that is free for both."""
    attempts = 20 if port == 0 else 1
    while True:
        attempts -= 1
        udp = bind(host, port, socket.SOCK_DGRAM)
        try:
            return udp, bind(host, udp.getsockname()[1], socket.SOCK_STREAM)
        except DeviceError:
            udp.close()
            if not attempts:
                raise


def bind(host: str, port: int, kind: socket.SocketKind, *, shared: bool = False) -> socket.socket:
    """A bound socket that never blocks and, for TCP, listens; raises DeviceError with the way out.

    Other programs may use a `shared` port as well, if they share it, too.
    """
    transport = "UDP" if kind == socket.SOCK_DGRAM else "TCP"
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)[0]
        bound = socket.socket(family, kind)
    except OSError as error:
        raise DeviceError(
            f"{host}:{port} over {transport}: {error.strerror}; give an address of this machine"
        ) from None
    try:
        if kind == socket.SOCK_STREAM:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a restart does not wait for old connections
        else:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        for option in ("SO_REUSEADDR", "SO_REUSEPORT") if shared else ():
            if hasattr(socket, option):  # some programs share by one option, some by the other
                bound.setsockopt(socket.SOL_SOCKET, getattr(socket, option), 1)
        bound.setblocking(False)
        bound.bind(address)
        if kind == socket.SOCK_STREAM:
            bound.listen(BACKLOG)  # only now no other program can take the port
    except OSError as error:
        bound.close()
        raise DeviceError(f"port {port} of {host} over {transport}: {_why(host, error)}") from None
    return bound


def _why(host: str, error: OSError) -> str:
    """The actual reason of a failed bind, and the way out."""
    if error.errno == errno.EADDRNOTAVAIL:
        now = ", ".join(own_addresses()) or "none but its own loopback"
        return f"{host} is not an address of this machine now; it has {now}"
    if error.errno == errno.EACCES:
        return f"{error.strerror}; choose port 1024 or above"
    return f"{error.strerror}; choose another port, or stop the program that uses this one"
