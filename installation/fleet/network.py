"""The network between machines, as a member of a fleet sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Listener(Protocol):
    """What a network reports, on any thread. Nothing that arrives raises."""

    def heard_message(self, data: bytes) -> None:
        """An entry of another machine, as `wire.entry_line` writes it."""

    def heard_status(self, machine: str, data: bytes) -> None:
        """How another machine is."""

    def appeared(self, machine: str) -> None:
        """A machine's player is there."""

    def vanished(self, machine: str) -> None:
        """A machine's player is not there any more, or cannot be reached."""

    def answer(self, question: str, data: bytes) -> bytes:
        """What another machine asks; raises ValueError for what cannot be answered."""


class FleetNetwork(Protocol):
    """Reaches the other machines. Nothing here waits but `ask` and `close`."""

    def send_message(self, data: bytes) -> None:
        """To every machine that can be reached now."""

    def send_status(self, data: bytes) -> None:
        """To every machine that can be reached now."""

    def ask(self, machine: str, question: str, data: bytes, seconds: float) -> bytes | None:
        """A machine's answer; None where none comes in time."""

    def close(self) -> None:
        """Leave; twice is fine."""


Connect = Callable[[Listener], FleetNetwork]
"""Opens a network for a member; raises DeviceError where it cannot be had now."""
