"""HOST:PORT as an operator writes it."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable

from installation.desk.network.osc_server import Peer
from installation.errors import DeviceError, ScoreError

LOOPBACK = "127.0.0.1"

THIS_MACHINE = "localhost"
"""Means both loopback addresses: programs on this machine send to either, and the desk must not lose a packet."""


def parse_peers(texts: Iterable[str]) -> tuple[Peer, ...]:
    """The consoles that get feedback over UDP; raises ScoreError for what is not HOST:PORT.

    Their hosts may be names, which it does not resolve.
    """
    peers = []
    for text in texts:
        host, _, port = text.rpartition(":")
        if not host or not re.fullmatch("[0-9]{1,5}", port) or not 0 < int(port) < 65_536:
            raise ScoreError(f"--feedback {text}: this is not HOST:PORT, such as 10.0.0.5:8001")
        peers.append(Peer("udp", host.strip("[]"), int(port)))
    return tuple(peers)


def is_known(host: str) -> bool:
    """Whether a host needs no name lookup: an address, or this machine."""
    if host.casefold() == THIS_MACHINE:
        return True
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def url_of(host: str, port: int, *, secure: bool = False) -> str:
    """The URL of a web server at an address; a `secure` server speaks TLS."""
    scheme = "https" if secure else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def other_loopback(host: str, address: str) -> str | None:
    """The other loopback address than `address` if `host` is THIS_MACHINE; else None."""
    if host.casefold() != THIS_MACHINE:
        return None
    return "::1" if address == LOOPBACK else LOOPBACK


def resolve_host(host: str) -> str:
    """The address of a host name or address; raises DeviceError for an unknown name."""
    if host.casefold() == THIS_MACHINE:
        return LOOPBACK
    try:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)[0][4][0])
    except (OSError, UnicodeError) as error:  # UnicodeError for an impossible name
        why = error.strerror if isinstance(error, OSError) else error
        raise DeviceError(f"host {host!r}: {why}; give an address such as 10.0.0.5") from None
