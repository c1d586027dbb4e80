"""The UDP socket that sACN comes to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress

from installation.desk.guard import is_on_loopback_alone
from installation.desk.intake import Intake
from installation.desk.network.osc_server import Peer
from installation.desk.network.peers import LOOPBACK
from installation.desk.network.ports import bind
from installation.desk.network.sacn_input import MAX_PACKET_BYTES, PORT, SacnInput, Universe, join, leave
from installation.errors import DeviceError, RefusedError
from installation.show.control import Message

PACKETS_PER_TURN = 64
TICK_SECONDS = 0.1


class SacnSocket:
    """Creation binds; `open` and `close` run on the desk's loop. The port is shared with other programs for sACN.

    On loopback only this machine's own software is heard, by unicast. Elsewhere multicast comes in too, once it is
    joined, for which the socket has to be bound to every interface; the guard looks at each sender.
    """

    def __init__(
        self, host: str, universe: Universe, intake: Intake, steady: Callable[[], float], port: int = PORT
    ) -> None:
        self._intake = intake
        self._steady = steady
        self._source = f"sacn:{universe.number}"
        self._host = ""
        self._input = SacnInput(universe, self._move, self._release)
        self._ticker: asyncio.Task[None] | None = None
        self.is_on_network = not is_on_loopback_alone(host)
        self._universe = universe.number
        self._joined: tuple[str, ...] = ()
        self._socket = bind("0.0.0.0" if self.is_on_network else LOOPBACK, port, socket.SOCK_DGRAM, shared=True)
        self.port: int = self._socket.getsockname()[1]

    async def open(self) -> None:
        asyncio.get_running_loop().add_reader(self._socket, self._read)
        self._ticker = asyncio.create_task(self._tick_for_ever(), name="sacn")

    def join(self, interfaces: Sequence[str]) -> None:
        """Hear the universe's multicasts on these interfaces, told by their addresses, and on no others.

        Raises DeviceError where no interface takes part; those that do are heard.
        """
        self.leave()
        refused = "this machine has no address on a network yet"
        joined = []
        for interface in interfaces:
            try:
                join(self._socket, self._universe, interface)
            except OSError as error:
                refused = f"{interface}: {error.strerror}"
            else:
                joined.append(interface)
        self._joined = tuple(joined)
        if not joined:
            raise DeviceError(f"{refused}; unicast is heard")

    def leave(self) -> None:
        """Hear no more multicasts."""
        for interface in self._joined:
            with suppress(OSError):  # the interface has gone, and its multicasts with it
                leave(self._socket, self._universe, interface)
        self._joined = ()

    async def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket)
        if self._ticker is not None:
            self._ticker.cancel()
        self._socket.close()

    def _read(self) -> None:
        for _ in range(PACKETS_PER_TURN):
            try:
                packet, address = self._socket.recvfrom(MAX_PACKET_BYTES + 1)
            except OSError:  # empty, or gone
                return
            self._host = address[0]
            try:
                self._intake.admit(self._host)
                self._input.receive(packet, self._steady())
            except RefusedError as refused:
                self._intake.count(refused, Peer("udp", *address[:2]))

    def _move(self, target: str, share: float) -> None:
        self._intake.move(self._host, target, share, self._source)

    def _release(self, target: str, seconds: float) -> None:
        self._intake.put(Message(0, 0, "release", target, fade_seconds=seconds, source=self._source))

    async def _tick_for_ever(self) -> None:
        while True:
            self._input.tick(self._steady())
            await asyncio.sleep(TICK_SECONDS)
