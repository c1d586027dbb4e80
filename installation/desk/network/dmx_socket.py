"""The UDP socket of a DMX protocol, sACN or Art-Net, for all its universes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from installation.desk.budgets import HostBudgets, MessageRate
from installation.desk.guard import is_on_loopback_alone
from installation.desk.intake import Intake
from installation.desk.network.osc_server import LITTLE, Peer
from installation.desk.network.peers import LOOPBACK
from installation.desk.network.ports import bind
from installation.errors import DeviceError, RefusedError
from installation.show.control import Message

PACKETS_PER_TURN = 64

PACKETS_PER_FRAME = 512
"""The most packets that the player reads when a frame begins: half a second at a thousand a second."""

WORK_OF_A_PACKET = 6
"""Work units of a packet: see Intake. The desk reads a DMX packet in a few microseconds, unlike a web request."""

TICK_SECONDS = 0.1

Move = Callable[[int, str, float, str], None]
Release = Callable[[int, str, float], None]


class DmxInput(Protocol):
    """A protocol: it reads packets and knows when a source is lost."""

    @property
    def port(self) -> int:
        """The protocol's usual port."""

    @property
    def max_packet_bytes(self) -> int: ...

    @property
    def groups(self) -> frozenset[str]:
        """The addresses of the multicast groups to join."""

    def receive(self, data: bytes, host: str, now: float) -> tuple[bytes, ...]:
        """Takes a packet and returns the answers to its sender; raises RefusedError."""

    def tick(self, now: float) -> None:
        """Lets time pass."""


class DmxSocket:
    """Creation binds; `open` and `close` run on the desk's loop. The port is shared with other programs.

    `makes(move, release)` makes the protocol's input; `protocol` is the source that messages name. On loopback the
    socket receives from this machine's software only. Otherwise it is bound to every interface, which multicast and
    broadcast need; the guard checks each sender. A sender that may not move levels does not become a source: it could
    displace one that may, by a higher priority or as one of too many.
    """

    def __init__(
        self,
        host: str,
        protocol: str,
        makes: Callable[[Move, Release], DmxInput],
        intake: Intake,
        steady: Callable[[], float],
        port: int | None = None,
    ) -> None:
        self._protocol, self._intake, self._steady = protocol, intake, steady
        self._input = makes(self._move, self._release)
        self._ticker: asyncio.Task[None] | None = None
        self.is_on_network = not is_on_loopback_alone(host)
        self._interfaces: tuple[str, ...] = ()
        self._joined: set[tuple[str, str]] = set()
        self._ration = HostBudgets(LITTLE, MessageRate(float("inf"), float("inf")))
        bound = "0.0.0.0" if self.is_on_network else LOOPBACK
        self._socket = bind(bound, self._input.port if port is None else port, socket.SOCK_DGRAM, shared=True)
        self.port: int = self._socket.getsockname()[1]

    @property
    def is_multicast(self) -> bool:
        """Whether there are groups to join."""
        return bool(self._input.groups)

    async def open(self) -> None:
        asyncio.get_running_loop().add_reader(self._socket, self.read)
        self._ticker = asyncio.create_task(self._tick_for_ever(), name=self._protocol)

    def join(self, interfaces: Sequence[str]) -> None:
        """Joins the universes' multicast groups on the interfaces with these addresses, and leaves all others.

        Raises DeviceError if it can join on none of them.
        """
        self.leave()
        self._interfaces = tuple(interfaces)
        refused = self._join_all() or "this machine has no address on a network yet"
        if not self._joined:
            raise DeviceError(f"{refused}; unicast still works")

    def leave(self) -> None:
        """Leaves all multicast groups."""
        for group, interface in self._joined:
            with suppress(OSError):  # the interface has gone, and its multicasts with it
                self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_DROP_MEMBERSHIP, _member(group, interface))
        self._joined, self._interfaces = set(), ()

    async def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket)
        if self._ticker is not None:
            self._ticker.cancel()
        self._socket.close()

    def _join_all(self) -> str:
        """Joins all missing groups; returns the last error, empty if there was none."""
        refused = ""
        wanted = {(group, interface) for group in self._input.groups for interface in self._interfaces}
        for group, interface in sorted(wanted - self._joined):
            try:
                self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, _member(group, interface))
            except OSError as error:
                refused = f"{interface}: {error.strerror}"
            else:
                self._joined.add((group, interface))
        return refused

    def read(self, most: int = PACKETS_PER_TURN) -> None:
        """Reads packets from the socket; called by the desk's thread, and by the player when a frame begins."""
        with self._intake.lock:
            groups = self._input.groups
            for _ in range(most):
                try:
                    packet, address = self._socket.recvfrom(self._input.max_packet_bytes + 1)
                except OSError:  # empty, or gone
                    break
                try:
                    self._intake.admit(address[0], WORK_OF_A_PACKET)
                    self._intake.require_edit(address[0])
                    self._answer(packet, self._input.receive(packet, address[0], self._steady()), address)
                except RefusedError as refused:
                    self._intake.count(refused, Peer("udp", *address[:2]))
            if self._input.groups != groups:
                self._join_all()

    def _answer(self, packet: bytes, answers: Sequence[bytes], address: tuple[str, int]) -> None:
        """Sends answers within the sender's ration, because a packet may carry a forged address."""
        now = self._steady()
        self._ration.give(address[0], len(packet), now)
        for answer in answers:
            if self._ration.take(address[0], len(answer), now):
                with suppress(OSError):  # nobody there any more, or no room
                    self._socket.sendto(answer, address)

    def _move(self, universe: int, target: str, share: float, host: str) -> None:
        self._intake.move(host, target, share, f"{self._protocol}:{universe}")

    def _release(self, universe: int, target: str, seconds: float) -> None:
        source = f"{self._protocol}:{universe}"
        self._intake.put(Message(0, 0, "release", target, fade_seconds=seconds, source=source))

    async def _tick_for_ever(self) -> None:
        while True:
            with self._intake.lock:
                self._input.tick(self._steady())
            await asyncio.sleep(TICK_SECONDS)  # how often it looks for lost sources


def _member(group: str, interface: str) -> bytes:
    return socket.inet_aton(group) + socket.inet_aton(interface)
