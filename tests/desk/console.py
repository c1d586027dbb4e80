"""A lighting console on loopback: it sends, and hears what the player answers. No test waits longer than it must."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from installation.desk.desk import Desk
from installation.desk.network.osc_wire import Argument, Framing, OscMessage, encode_message, parse_packet
from installation.show.control import Control, Message

PATIENCE_SECONDS = 60.0


@dataclass
class Udp:
    """A console that speaks UDP to one player."""

    port: int
    socket: socket.socket = field(default_factory=lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))

    def __post_init__(self) -> None:
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(PATIENCE_SECONDS)

    def send(self, address: str, *arguments: float | int | str | bool) -> None:
        self.send_packet(encode_message(address, *arguments))

    def send_packet(self, packet: bytes) -> None:
        self.socket.sendto(packet, ("127.0.0.1", self.port))

    def hear(self) -> OscMessage:
        (message,) = parse_packet(self.socket.recv(65_536))
        return message

    def hear_until(self, address: str) -> tuple[Argument, ...]:
        """The arguments of the next message to an address; fails if none comes."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            message = self.hear()
            if message.address == address:
                return message.arguments
        raise AssertionError(f"{address} was never said")

    def close(self) -> None:
        self.socket.close()


@contextmanager
def udp_console(port: int) -> Iterator[Udp]:
    console = Udp(port)
    try:
        yield console
    finally:
        console.close()


@contextmanager
def tcp_console(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as connection:
        yield connection


def with_length(packet: bytes) -> bytes:
    """OSC 1.0 over TCP."""
    return struct.pack(">i", len(packet)) + packet


def with_slip(packet: bytes) -> bytes:
    """OSC 1.1 over TCP: END on both sides."""
    return b"\xc0" + packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"


def hear_from(connection: socket.socket, framing: Framing, address: str) -> tuple[Argument, ...]:
    """The arguments of the next message to an address on a TCP connection."""
    while True:
        for packet in framing.feed(connection.recv(65_536)):
            assert isinstance(packet, bytes)
            (message,) = parse_packet(packet)
            if message.address == address:
                return message.arguments


def wait_for(desk: Desk, received: int) -> None:
    """Lets the desk's thread run until so many messages have been received, by a round trip over its loop."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while desk.statistics().received < received:
        assert time.monotonic() < give_up, f"{desk.statistics()}"
        desk.loop.run(_turn())


async def _turn() -> None:
    """One turn of the loop."""


def drain(desk: Desk, control: Control, frame_number: int) -> tuple[Control, list[Message]]:
    """What the player does every frame."""
    messages = desk.drain(frame_number, control)
    for message in messages:
        control = control.apply(message)
    desk.tell(frame_number, control)
    return control, messages
