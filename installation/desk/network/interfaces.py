"""The addresses that this machine has on its networks now: they come and go while a show plays."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import suppress

import ifaddr

EVERYWHERE = ("0.0.0.0", "::")
"""The hosts that stand for every interface."""


def own_addresses() -> tuple[str, ...]:
    """Those of all interfaces but loopback, sorted; without the ones that count on one link only."""
    try:
        found = {_text(one.ip) for adapter in ifaddr.get_adapters() for one in adapter.ips}
    except OSError:  # a machine that does not tell has none that anybody could be sent to
        return ()
    return tuple(sorted(one for one in found if _is_reachable(one)))


def addresses_of(host: str) -> tuple[str, ...]:
    """Where a service that listens on an address is found now: there, or on every interface."""
    if host not in EVERYWHERE:
        return (host,)
    return tuple(one for one in own_addresses() if host == "::" or ":" not in one)


def ipv4_addresses() -> tuple[str, ...]:
    return addresses_of("0.0.0.0")


def address_facing(host: str) -> str:
    """Under which of its IPv4 addresses another machine reaches this one; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect((host, 9))
        return str(probe.getsockname()[0])
    return "0.0.0.0"


def _text(ip: str | tuple[str, int, int]) -> str:
    return ip if isinstance(ip, str) else ip[0]


def _is_reachable(text: str) -> bool:
    address = ipaddress.ip_address(text)
    return not address.is_loopback and not (address.version == 6 and address.is_link_local)
