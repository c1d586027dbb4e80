"""Ports of this machine, taken for the desk."""

from __future__ import annotations

import socket

from installation.errors import DeviceError

RECEIVE_BUFFER_BYTES = 4 * 2**20
"""Asked of the system, which may give less: room for a flood while the player holds the interpreter for a moment."""

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


def bind(host: str, port: int, kind: socket.SocketKind) -> socket.socket:
    """A bound socket that never blocks, for TCP one that listens; raises DeviceError with the way out."""
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
        bound.setblocking(False)
        bound.bind(address)
        if kind == socket.SOCK_STREAM:
            bound.listen(BACKLOG)  # only now nobody else can have the port
    except OSError as error:
        bound.close()
        wrong = f"port {port} of {host} over {transport}: {error.strerror}"
        raise DeviceError(f"{wrong}; choose another port, or stop the program that uses this one") from None
    return bound
