"""Strangers at every door of a player: floods, rubbish and clients that are slow, from an address of their own."""

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
"""The whole of 127.0.0.0/8 is this machine: a stranger has budgets of their own, and takes none from the operator."""

PACKETS, BATCH = 20_000, 1_000
PATTERN_BUNDLES, PATTERNS = 200, 1_000
SLOW_CLIENTS = 80
"""More than one host may have connections."""


class Flood(NamedTuple):
    """So many packets of a kind, over UDP."""

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
    """Owns its sockets. Packets may be lost or refused, and nobody waits for an answer."""

    def __init__(self, osc_port: int, console_port: int) -> None:
        self._osc, self._console = (LOOPBACK, osc_port), (LOOPBACK, console_port)
        self._opened = ExitStack()
        self._udp = self._opened.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        with contextlib.suppress(OSError):  # a system on which only one address is loopback
            self._udp.bind((ADDRESS, 0))

    def flood(self, flood: Flood, step: Callable[[], None]) -> None:
        """Send it as fast as it goes; `step` lets time pass now and then."""
        for number in range(flood.times):
            with contextlib.suppress(OSError):
                self._udp.sendto(flood.packets[number % len(flood.packets)], self._osc)
            if number % BATCH == 0:
                step()

    def flood_with_patterns(self, step: Callable[[], None]) -> None:
        """Bundles of patterns that mean every cue there is."""
        patterns = [encode_message(f"/c*/*{number % 10}*/load") for number in range(PATTERNS)]
        packet = BUNDLE + struct.pack(">Q", 1) + b"".join(struct.pack(">i", len(one)) + one for one in patterns)
        for number in range(PATTERN_BUNDLES):
            with contextlib.suppress(OSError):
                self._udp.sendto(packet, self._osc)
            if number % 10 == 0:
                step()

    def linger(self) -> None:
        """Idle TCP clients, and requests that never come to an end; they stay until this is closed."""
        whole = f"GET /health HTTP/1.1\r\nHost: {LOOPBACK}\r\n\r\n".encode()
        for place, said in ((self._osc, b""), (self._console, whole + whole[:-2])):
            for _ in range(SLOW_CLIENTS):
                with contextlib.suppress(OSError):
                    slow = socket.create_connection(place, 1.0, (ADDRESS, 0))
                    self._opened.enter_context(slow)
                    slow.sendall(said)

    def close(self) -> None:
        """Let go of everything; twice is fine."""
        self._opened.close()
