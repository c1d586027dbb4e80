"""A person at a console: moves faders, presses GO now and then, and remembers the acknowledged values."""

from __future__ import annotations

import contextlib
import random
import socket
import time
from collections.abc import Callable

from installation.desk.addresses import PREFIX
from installation.desk.network.osc_wire import MAX_PACKET_BYTES, encode_message, parse_packet
from installation.desk.network.peers import LOOPBACK
from installation.errors import RefusedError
from installation.owner import Owner
from installation.show.control import initial_control
from installation.show.score import Score

PAUSE_SECONDS = (0.2, 1.2)
"""The pause between two actions."""

STEPS = 1000
"""Fader values are whole thousandths, so that they are distinct and survive single precision."""

QUIET_SECONDS = 0.3
ANSWER_SECONDS = 3.0

ReportedValues = dict[str, tuple[object, ...]]
"""The values that the show reports, by address without prefix."""


class Operator(Owner):
    """Owns two sockets: one sends, the other receives the show's feedback as a console named by `--feedback` does.

    `acknowledged` are faders and values, in thousandths of their range, that the show has reported after the operator
    sent them.
    """

    def __init__(self, score: Score, osc_port: int, rng: random.Random) -> None:
        self._player = LOOPBACK, osc_port
        self._rng = rng
        self._faders = sorted(initial_control(score).faders)
        self._cues = [cue.id for cue in score.cues]
        self._sent: set[tuple[str, int]] = set()
        self.acknowledged: set[tuple[str, int]] = set()
        self.is_active = True
        self._next = 0.0
        self._send_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._receive_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._receive_socket.bind((LOOPBACK, 0))
        self._receive_socket.setblocking(False)

    @property
    def feedback(self) -> str:
        """The address for the player's feedback, as HOST:PORT."""
        return f"{LOOPBACK}:{self._receive_socket.getsockname()[1]}"

    def step(self, now: float) -> None:
        """Receive feedback, and take the next action when it is due."""
        self._receive()
        if self.is_active and now >= self._next:
            self._next = now + self._rng.uniform(*PAUSE_SECONDS)
            self._act()

    def send(self, address: str, *arguments: float | int | str | bool) -> None:
        """Send a message, even if nobody listens."""
        with contextlib.suppress(OSError):
            self._send_socket.sendto(encode_message(address, *arguments), self._player)

    def flood(self, packets: int) -> None:
        """Send packets to the desk as fast as possible: sweeps, queries and garbage."""
        kinds = [encode_message("/master", step / 100) for step in range(101)]
        kinds += [encode_message("/sync"), encode_message("/nobody", 1.0), b"\0" * 7, b"#bundle\0" + b"\xff" * 24]
        for number in range(packets):
            with contextlib.suppress(OSError):
                self._send_socket.sendto(kinds[number % len(kinds)], self._player)

    def move(self, address: str) -> tuple[str, int]:
        """Set a fader to a random value; returns both, as they will be in `acknowledged`."""
        value = self._rng.randint(STEPS // 5, STEPS)
        self.send(address, value / STEPS)
        self._sent.add((address, value))
        return address, value

    def ask(self, until: Callable[[ReportedValues], bool] = lambda _: False) -> ReportedValues:
        """All values that the show reports now; empty if it does not answer."""
        told: ReportedValues = {}
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.bind((LOOPBACK, 0))
            asker.settimeout(ANSWER_SECONDS)
            with contextlib.suppress(OSError):
                asker.sendto(encode_message("/sync"), self._player)
                give_up = time.monotonic() + ANSWER_SECONDS
                while time.monotonic() < give_up and not until(told):
                    told |= _read(asker.recv(MAX_PACKET_BYTES))
                    asker.settimeout(QUIET_SECONDS)
        return told

    def _act(self) -> None:
        match self._rng.randrange(12):
            case 0:
                self.send(f"/cue/{self._rng.choice(self._cues)}/go")
            case 1:
                self.send("/rate", self._rng.choice((0.5, 1.0, 1.0, 2.0)))
            case _:
                self.move(self._rng.choice(self._faders))

    def _receive(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                for address, arguments in _read(self._receive_socket.recv(MAX_PACKET_BYTES)).items():
                    if len(arguments) == 1 and isinstance(arguments[0], float):
                        told = address, round(arguments[0] * STEPS)
                        if told in self._sent:
                            self.acknowledged.add(told)

    def close(self) -> None:
        self._send_socket.close()
        self._receive_socket.close()


def _read(packet: bytes) -> ReportedValues:
    try:
        return {one.address.removeprefix(PREFIX): tuple(one.arguments) for one in parse_packet(packet)}
    except RefusedError:
        return {}
