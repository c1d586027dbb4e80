"""OSC over UDP and TCP on one port. It receives and sends packets, and knows nothing of their meaning.

It runs on the desk's event loop; the player calls `read`, too. The server empties a UDP socket in a tight loop, because
asyncio's own datagram endpoints use the selector for every packet and fall behind in a flood.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Lock, RLock
from typing import Any, Literal, NamedTuple, Protocol

from installation.desk.budgets import HostBudgets, MessageRate
from installation.desk.network.osc_wire import MAX_PACKET_BYTES, Framing
from installation.desk.network.ports import bind_both
from installation.errors import DeviceError, RefusedError

logger = logging.getLogger(__name__)

PACKETS_PER_TURN = 64
"""The most packets of one turn; then other sockets or the player have a turn."""

PACKETS_PER_FRAME = 2_048
"""The most packets that the player reads when a frame begins: twice a frame's share of 50,000 a second."""

MAX_PEERS = 1_024

MAX_CONNECTIONS, MAX_CONNECTIONS_PER_HOST = 32, 16
"""The most TCP clients that have sent something and may control the show."""

MAX_SILENT_CONNECTIONS = 16
"""The most TCP clients that must still send something; a further one displaces the one that has waited longest."""

SILENT_SECONDS = 30.0
"""The server disconnects a client that has sent nothing readable by then, even if it is the only one."""

LITTLE = MessageRate(32_768, 65_536)
"""The most bytes that a UDP sender gets beyond those that it has sent: a sender's address may be forged, and the desk
must not flood its owner. A large show with all its faders moving stays below this."""

MAX_UNREAD_BYTES = 64 * 1024
"""The most feedback that waits for a TCP client that does not read, here and as much again in the system; the server
drops and counts further feedback until the client reads again."""


class Peer(NamedTuple):
    """A client that the desk can answer."""

    transport: Literal["udp", "tcp", "websocket"]
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.transport} {self.host}:{self.port}"


class PacketReceiver(Protocol):
    """The receiver of packets: the desk's intake. A reader holds `lock` while it reads and hands over packets."""

    lock: RLock

    def admit(self, host: str, work: float = ...) -> None:
        """Raises RefusedError for a sender that the desk must ignore, always or for now; `work` is its cost."""

    def is_open(self, host: str) -> bool:
        """Whether a host may control the show."""

    def receive(self, packets: list[bytes], peer: Peer) -> None: ...

    def refuse(self, refused: RefusedError, peer: Peer) -> None:
        """Counts a refusal of a sender or its stream."""

    def sync(self, peer: Peer) -> None:
        """Sends the full state to a peer that reads again after it has lost feedback."""

    def leave(self, peer: Peer) -> None:
        """A connection has ended."""


class OscServer:
    """UDP and TCP on one port. Creation binds; `open` and `close` run on the desk's loop."""

    def __init__(
        self,
        host: str,
        port: int,
        receiver: PacketReceiver,
        is_target: Callable[[Peer], bool] = lambda _: False,
        steady: Callable[[], float] = time.monotonic,
        beside: str | None = None,
    ) -> None:
        """`is_target` says whether the operator named a peer for feedback; such a peer has no ration.

        `beside` is a second address, at which the server opens the same port if possible.
        """
        self.receiver = receiver
        self.connections: dict[Peer, TcpConnection] = {}
        self.silent: dict[Peer, TcpConnection] = {}
        self.feedback_dropped = 0
        self._is_target, self._steady = is_target, steady
        self._ration = HostBudgets(LITTLE, MessageRate(float("inf"), float("inf")))
        self._unreachable: dict[Peer, int | None] = {}
        self._gate = Lock()
        self._peers: dict[tuple[Any, ...], Peer] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._acceptors: list[asyncio.Server] = []
        udp, tcp = bind_both(host, port)
        self.port: int = udp.getsockname()[1]
        self._udp, self._tcp = [udp], [tcp]
        if beside is not None:
            with suppress(DeviceError):  # a machine without IPv6 needs no second socket
                udp, tcp = bind_both(beside, self.port)
                self._udp.append(udp)
                self._tcp.append(tcp)
        for udp in self._udp:
            udp.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)  # a target may be a whole network

    async def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        for udp in self._udp:
            self._loop.add_reader(udp, self.read, PACKETS_PER_TURN)
        for tcp in self._tcp:
            self._acceptors.append(await self._loop.create_server(lambda: TcpConnection(self), sock=tcp, backlog=16))

    def send(self, packet: bytes, peer: Peer) -> bool:
        """Sends without waiting, or drops and counts the packet; returns whether it was sent."""
        sent = self._send_over_tcp(packet, peer) if peer.transport == "tcp" else self._send_over_udp(packet, peer)
        self.feedback_dropped += not sent
        return sent

    def _send_over_tcp(self, packet: bytes, peer: Peer) -> bool:
        connection = self.connections.get(peer) or self.silent.get(peer)
        return connection is not None and connection.send(packet)

    def _send_over_udp(self, packet: bytes, peer: Peer) -> bool:
        is_target = self._is_target(peer)
        if not is_target and not self._ration.take(peer.host, len(packet), self._steady()):
            return False
        try:
            self._socket_for(peer.host).sendto(packet, (peer.host, peer.port))
        except OSError as error:  # nobody there, no route, no room: the desk asks again with /sync
            if is_target and self._unreachable.get(peer) != error.errno:
                logger.warning("OSC: feedback to %s cannot be sent: %s; the player keeps trying", peer, error.strerror)
                self._unreachable[peer] = error.errno
            return False
        if is_target and self._unreachable.pop(peer, None):
            logger.warning("OSC: feedback to %s is sent again", peer)
        return True

    def _socket_for(self, host: str) -> socket.socket:
        """The socket for an address; there are two if the desk listens on both loopback addresses."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return next((udp for udp in self._udp if udp.family == family), self._udp[0])

    async def close(self) -> None:
        if self._loop is not None:
            for udp in self._udp:
                self._loop.remove_reader(udp)
            self._loop = None
        while self._acceptors:
            self._acceptors.pop().close()
        for connection in (*self.connections.values(), *self.silent.values()):
            connection.abort()
        self.connections.clear()
        self.silent.clear()
        for bound in (*self._udp, *self._tcp):
            bound.close()

    def read(self, most: int = PACKETS_PER_FRAME) -> None:
        """Reads the waiting packets of the UDP sockets, in order; called by the loop and by the player.

        The player may hold the interpreter for most of a frame, so that the desk's thread reads only one packet every
        few milliseconds. So the player reads, too, before each frame.
        """
        with self._gate:  # the thread that waits here is next; a lock alone lets its last owner take it again
            self.receiver.lock.acquire()
        try:
            for udp in self._udp:
                self._read(udp, most)
        finally:
            self.receiver.lock.release()

    def _read(self, udp: socket.socket, most: int) -> None:
        recvfrom = udp.recvfrom
        packets: list[bytes] = []
        sender: tuple[Any, ...] | None = None
        try:
            for _ in range(most):
                packet, address = recvfrom(MAX_PACKET_BYTES)
                if address != sender:
                    self._deliver(packets, sender)
                    packets, sender = [], address
                packets.append(packet)
        except BlockingIOError:
            pass
        except OSError as error:  # closed, or on some systems the answer to a packet that nobody took
            logger.debug("OSC over UDP: %s", error)
        self._deliver(packets, sender)

    def _deliver(self, packets: list[bytes], sender: tuple[Any, ...] | None) -> None:
        if sender is not None:
            self._ration.give(sender[0], sum(map(len, packets)), self._steady())
            self.receiver.receive(packets, self._peers.get(sender) or self._meet(sender))

    def _meet(self, address: tuple[Any, ...]) -> Peer:
        if len(self._peers) >= MAX_PEERS:
            self._peers.clear()
        peer = self._peers[address] = Peer("udp", address[0], address[1])
        return peer


class TcpConnection(asyncio.Protocol):
    """One TCP client. It may be slow or silent for days without any effect on others."""

    def __init__(self, server: OscServer) -> None:
        self._server = server
        self._framing = Framing()
        self._transport: asyncio.Transport | None = None
        self._peer = Peer("tcp", "", 0)
        self._unread = False
        self._lets_go: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        host, port, *_ = transport.get_extra_info("peername") or ("", 0)
        self._peer, self._transport = Peer("tcp", host, port), transport
        try:
            self._server.receiver.admit(host)
        except RefusedError as refused:
            self._server.receiver.refuse(refused, self._peer)
            transport.abort()
            return
        transport.set_write_buffer_limits(high=MAX_UNREAD_BYTES)
        connected = transport.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MAX_UNREAD_BYTES)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # consoles are silent for days, and unplugged
        silent = self._server.silent
        if len(silent) >= MAX_SILENT_CONNECTIONS:
            silent.pop(next(iter(silent))).abort()
        silent[self._peer] = self
        self._lets_go = asyncio.get_running_loop().call_later(SILENT_SECONDS, self._let_go)

    def _let_go(self) -> None:
        if self._peer in self._server.silent:
            self.abort()

    def _come_in(self) -> None:
        """Gives a client that has sent something a place of its own, for as long as it is connected.

        Raises RefusedError if no place is free.
        """
        server = self._server
        if self._peer not in server.silent or not server.receiver.is_open(self._peer.host):
            return
        hosts = [peer.host for peer in server.connections]
        if len(hosts) >= MAX_CONNECTIONS or hosts.count(self._peer.host) >= MAX_CONNECTIONS_PER_HOST:
            sentence = f"{len(hosts)} TCP clients are already connected, {hosts.count(self._peer.host)} of this host"
            raise RefusedError(sentence, "too fast")
        server.connections[self._peer] = server.silent.pop(self._peer)

    def data_received(self, data: bytes) -> None:
        packets: list[bytes] = []
        if self._transport is None or self._transport.is_closing():
            return
        try:
            for packet in self._framing.feed(data):
                if isinstance(packet, RefusedError):
                    self._server.receiver.refuse(packet, self._peer)
                else:
                    packets.append(packet)
        except RefusedError as refused:  # the stream cannot be followed any further
            self._server.receiver.refuse(refused, self._peer)
            if self._transport is not None:
                self._transport.pause_reading()
                asyncio.get_running_loop().call_soon(self._transport.close)  # behind the answer
        if packets:
            self._server.receiver.receive(packets, self._peer)
            try:
                self._come_in()
            except RefusedError as refused:
                self._server.receiver.refuse(refused, self._peer)
                self.abort()

    def send(self, packet: bytes) -> bool:
        if self._transport is None or self._unread:
            return False
        self._transport.write(self._framing.encode(packet))
        return True

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def pause_writing(self) -> None:
        self._unread = True
        logger.warning("OSC: %s does not read its feedback; the player sends no more until it does", self._peer)

    def resume_writing(self) -> None:
        self._unread = False
        self._server.receiver.sync(self._peer)

    def connection_lost(self, _: Exception | None) -> None:
        if self._lets_go is not None:
            self._lets_go.cancel()
        if self._server.silent.pop(self._peer, None) or self._server.connections.pop(self._peer, None):
            self._server.receiver.leave(self._peer)
        self._transport = None
