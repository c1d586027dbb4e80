"""Tells the network by mDNS where OSC and OSCQuery are."""

from __future__ import annotations

import asyncio
import logging
import socket

from zeroconf import Error, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

logger = logging.getLogger(__name__)


class Announcement:
    """`_oscjson._tcp` and `_osc._udp` under the show's title. `open` and `close` run on the desk's loop.

    A network without multicast, or a name that somebody else has, is logged; the show goes on without an announcement.
    """

    def __init__(self, title: str, host: str, query_port: int, osc_port: int | None) -> None:
        self._host = host
        name = title.replace(".", " ").strip()[:40] or "installation"
        everywhere = host in ("0.0.0.0", "::")
        addresses = _own_addresses() if everywhere else [host]
        ports = {"_oscjson._tcp.local.": query_port, "_osc._udp.local.": osc_port}
        self._services = [
            ServiceInfo(
                kind, f"{name}.{kind}", port, parsed_addresses=addresses, server=f"{socket.gethostname()}.local."
            )
            for kind, port in ports.items()
            if port is not None
        ]
        self._zeroconf: AsyncZeroconf | None = None
        self._task: asyncio.Task[None] | None = None
        self.announced = asyncio.Event()

    async def open(self) -> None:
        """Returns at once; announcing takes the network a second."""
        self._task = asyncio.create_task(self._announce(), name="mDNS")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
        if self._zeroconf is not None:
            await self._zeroconf.async_unregister_all_services()
            await self._zeroconf.async_close()
            self._zeroconf = None

    async def _announce(self) -> None:
        try:
            if self._host in ("0.0.0.0", "::"):
                self._zeroconf = AsyncZeroconf()
            else:
                self._zeroconf = AsyncZeroconf(interfaces=[self._host])
            for service in self._services:
                registration = await self._zeroconf.async_register_service(service, allow_name_change=True)
                await registration
        except (OSError, Error) as error:
            logger.warning("mDNS: not announced: %s", error)
        else:
            self.announced.set()


def _own_addresses() -> list[str]:
    """The addresses of this machine on its networks."""
    found = {str(one[4][0]) for one in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    return sorted(found) or ["127.0.0.1"]
