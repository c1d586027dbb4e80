"""The present addresses of this machine on its networks: they come and go while a show plays."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import suppress

import ifaddr

EVERYWHERE = ("0.0.0.0", "::")
"""The hosts that stand for every interface."""


def own_addresses() -> tuple[str, ...]:
    """The addresses of all interfaces except loopback, sorted; without IPv6 link-local ones."""
    try:
        found = {_text(one.ip) for adapter in ifaddr.get_adapters() for one in adapter.ips}
    except OSError:  # without the system's answer there is no address to give to others
        return ()
    return tuple(sorted(one for one in found if _is_reachable(one)))


def addresses_of(host: str) -> tuple[str, ...]:
    """The present addresses of a service that listens on `host`: that address, or those of every interface."""
    if host not in EVERYWHERE:
        return (host,)
    return tuple(one for one in own_addresses() if host == "::" or ":" not in one)


def ipv4_addresses() -> tuple[str, ...]:
    return addresses_of("0.0.0.0")


def address_facing(host: str) -> str:
    """The IPv4 address at which another machine reaches this one; sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect((host, 9))
        return str(probe.getsockname()[0])
    return "0.0.0.0"


def _text(ip: str | tuple[str, int, int]) -> str:
    return ip if isinstance(ip, str) else ip[0]


def _is_reachable(text: str) -> bool:
    address = ipaddress.ip_address(text)
    return not address.is_loopback and not (address.version == 6 and address.is_link_local)
