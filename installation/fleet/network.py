"""The interface of a fleet's member to the network between machines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Listener(Protocol):
    """Receives a network's reports, on any thread. Only `answer` raises."""

    def heard_message(self, data: bytes) -> None:
        """Receive an entry of another machine, as `wire.entry_line` writes it."""

    def heard_status(self, machine: str, data: bytes) -> None:
        """Receive another machine's state."""

    def appeared(self, machine: str) -> None:
        """Note that a machine's player is present."""

    def vanished(self, machine: str) -> None:
        """Note that a machine's player has left, or cannot be reached."""

    def answer(self, question: str, data: bytes) -> bytes:
        """Answer another machine's question; raises ValueError if there is no answer."""


class FleetNetwork(Protocol):
    """Connects to the other machines. Only `ask` and `close` wait."""

    def send_message(self, data: bytes) -> None:
        """Send a message to every machine that can be reached now."""

    def send_status(self, data: bytes) -> None:
        """Send this machine's state to every machine that can be reached now."""

    def ask(self, machine: str, question: str, data: bytes, seconds: float) -> bytes | None:
        """A machine's answer; None if none comes in time."""

    def close(self) -> None:
        """Leave the network; may be called twice."""


Connect = Callable[[Listener], FleetNetwork]
"""Opens a network for a member; raises DeviceError if it is not available now."""
