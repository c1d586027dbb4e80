"""Announces OSC and OSCQuery by mDNS."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Sequence

from zeroconf import ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

from installation.desk.network.interfaces import EVERYWHERE
from installation.errors import DeviceError

MAX_NAME_BYTES = 63
"""The longest label in DNS (RFC 1035, 2.3.4), in UTF-8."""

ROOM_BYTES = 4
"""Room for the number that distinguishes shows of the same name."""

MAX_MACHINE_BYTES = 20

UNNAMED = "installation"


class Announcement:
    """`_oscjson._tcp` and `_osc._udp` under the show's title and the machine's name, since machines that play one show
    may start in the same moment, and mDNS would give both the same name. `open` and `close` run on the desk's loop.

    `addresses` are those of this machine for others. `open` raises DeviceError if there are none, and any error of a
    network without multicast.
    """

    def __init__(self, title: str, host: str, addresses: Sequence[str], query_port: int, osc_port: int | None) -> None:
        self._title, self._host, self._addresses = title, host, addresses
        self._ports = {"_oscjson._tcp.local.": query_port, "_osc._udp.local.": osc_port}
        self._zeroconf: AsyncZeroconf | None = None

    async def open(self) -> None:
        """Registers the services, which takes about a second."""
        if not self._addresses:
            raise DeviceError("this machine has no address on a network yet")
        machine = host_name(socket.gethostname())
        name, server = service_name(self._title, machine), f"{machine}.local."
        services = [
            ServiceInfo(kind, f"{name}.{kind}", port, parsed_addresses=list(self._addresses), server=server)
            for kind, port in self._ports.items()
            if port is not None
        ]
        self._zeroconf = AsyncZeroconf() if self._host in EVERYWHERE else AsyncZeroconf(interfaces=[self._host])
        await asyncio.gather(*[self._register(self._zeroconf, service) for service in services])

    @staticmethod
    async def _register(zeroconf: AsyncZeroconf, service: ServiceInfo) -> None:
        await (await zeroconf.async_register_service(service, allow_name_change=True))

    async def close(self) -> None:
        if self._zeroconf is not None:
            zeroconf, self._zeroconf = self._zeroconf, None
            await zeroconf.async_unregister_all_services()
            await zeroconf.async_close()


def service_name(title: str, machine: str) -> str:
    """A title and a machine's name as a label for mDNS, such as "Tide (attic)".

    It has no control characters and no dots, and is cut between characters.
    """
    place = f" ({machine[:MAX_MACHINE_BYTES].strip('-')})"
    spaced = " ".join(re.sub(r"[\x00-\x1f\x7f.]", " ", title).split())
    whole = spaced.encode(errors="ignore")[: MAX_NAME_BYTES - ROOM_BYTES - len(place)]
    return (whole.decode(errors="ignore").strip() or UNNAMED) + place


def host_name(name: str) -> str:
    """A machine's name as a label of DNS."""
    return re.sub(r"[^A-Za-z0-9-]", "-", name.partition(".")[0])[:MAX_NAME_BYTES].strip("-") or UNNAMED
