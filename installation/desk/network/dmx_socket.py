"""The UDP socket that a protocol of DMX comes to: sACN or Art-Net, all of its universes."""

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
"""As many as the player reads by itself when a frame begins: half a second of a thousand a second."""

WORK_OF_A_PACKET = 6
"""Of the desk's budgets: see Intake. A packet of DMX is read in a few microseconds, unlike a web request."""

TICK_SECONDS = 0.1

Move = Callable[[int, str, float, str], None]
Release = Callable[[int, str, float], None]


class DmxInput(Protocol):
    """A protocol: it reads packets and knows when a source is lost."""

    @property
    def port(self) -> int:
        """Where everybody sends it."""

    @property
    def max_packet_bytes(self) -> int: ...

    @property
    def groups(self) -> frozenset[str]:
        """The multicast groups that are to be joined, as addresses."""

    def receive(self, data: bytes, host: str, now: float) -> tuple[bytes, ...]:
        """One packet, and what its sender is answered; raises RefusedError."""

    def tick(self, now: float) -> None:
        """Time passes."""


class DmxSocket:
    """Creation binds; `open` and `close` run on the desk's loop. The port is shared with other programs.

    `makes(move, release)` gives the protocol's input; `protocol` is what messages name as their source. On loopback
    only this machine's own software is heard. Elsewhere the socket is bound to every interface, which multicast and
    broadcast need; the guard looks at each sender. Whoever may not move the levels is no source either: it would take
    the place of one that may, by a higher priority or as one of too many.
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
        """Hear the universes' multicasts on these interfaces, told by their addresses, and on no others.

        Raises DeviceError where no interface takes part; those that do are heard.
        """
        self.leave()
        self._interfaces = tuple(interfaces)
        refused = self._join_all() or "this machine has no address on a network yet"
        if not self._joined:
            raise DeviceError(f"{refused}; unicast still works")

    def leave(self) -> None:
        """Hear no more multicasts."""
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
        """Join what is not joined yet; returns why the last could not be."""
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
        """Take what lies in the socket: the desk's thread does, and the player when a frame begins."""
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
        """As far as the sender's ration goes: an address is only what a packet says."""
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
            await asyncio.sleep(TICK_SECONDS)  # silence is looked for so often


def _member(group: str, interface: str) -> bytes:
    return socket.inet_aton(group) + socket.inet_aton(interface)
