"""Strangers at every port of a player: floods, garbage and slow clients, from a separate address."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Callable
from contextlib import ExitStack
from typing import NamedTuple

from installation.desk.network.osc_wire import BUNDLE, encode_message
from installation.desk.network.peers import LOOPBACK
from installation.owner import Owner

ADDRESS = "127.0.0.66"
"""All of 127.0.0.0/8 is this machine: with this address, strangers have separate budgets from the operator's."""

PACKETS, BATCH = 20_000, 1_000
PATTERN_BUNDLES, PATTERNS = 200, 1_000
SLOW_CLIENTS = 80
"""More connections than one host may have."""


class Flood(NamedTuple):
    """A number of UDP packets of one kind."""

    name: str
    packets: tuple[bytes, ...]
    times: int


FLOODS = (
    Flood("questions", (encode_message("/sync"),), PACKETS),
    Flood("the rig", tuple(encode_message(f"/rig/undo/{number}") for number in range(8)), PACKETS),
    Flood("mistakes", (encode_message("/nobody", 1.0), b"\0" * 7, BUNDLE + b"\xff" * 24), PACKETS),
    Flood("presses", tuple(encode_message("/standby/next", number) for number in range(1, 999)), PACKETS),
    Flood("passcodes", tuple(encode_message("/passcode", number) for number in range(1_000)), PACKETS),
)


class Strangers(Owner):
    """Owns its sockets. Packets may be lost or refused; it waits for no answer."""

    def __init__(self, osc_port: int, console_port: int) -> None:
        self._osc, self._console = (LOOPBACK, osc_port), (LOOPBACK, console_port)
        self._opened = ExitStack()
        self._udp = self._opened.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        with contextlib.suppress(OSError):  # some systems have only one loopback address
            self._udp.bind((ADDRESS, 0))

    def flood(self, flood: Flood, step: Callable[[], None]) -> None:
        """Send a flood as fast as possible; calls `step` now and then to let time pass."""
        for number in range(flood.times):
            with contextlib.suppress(OSError):
                self._udp.sendto(flood.packets[number % len(flood.packets)], self._osc)
            if number % BATCH == 0:
                step()

    def flood_with_patterns(self, step: Callable[[], None]) -> None:
        """Send bundles of patterns that match every cue."""
        patterns = [encode_message(f"/c*/*{number % 10}*/load") for number in range(PATTERNS)]
        packet = BUNDLE + struct.pack(">Q", 1) + b"".join(struct.pack(">i", len(one)) + one for one in patterns)
        for number in range(PATTERN_BUNDLES):
            with contextlib.suppress(OSError):
                self._udp.sendto(packet, self._osc)
            if number % 10 == 0:
                step()

    def linger(self) -> None:
        """Open idle TCP connections and requests that never end; they stay open until `close`."""
        whole = f"GET /health HTTP/1.1\r\nHost: {LOOPBACK}\r\n\r\n".encode()
        for place, said in ((self._osc, b""), (self._console, whole + whole[:-2])):
            for _ in range(SLOW_CLIENTS):
                with contextlib.suppress(OSError):
                    slow = socket.create_connection(place, 1.0, (ADDRESS, 0))
                    self._opened.enter_context(slow)
                    slow.sendall(said)

    def close(self) -> None:
        """Release everything; may be called twice."""
        self._opened.close()
