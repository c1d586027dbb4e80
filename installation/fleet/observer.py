"""An observer: lets a command inspect the machines of a house, and takes no part in the show."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from installation.errors import DeviceError
from installation.fleet.keys import KeyFiles
from installation.fleet.zenoh_network import MISSING, PREFIX, configuration
from installation.owner import Owner
from installation.rig.machines import Machine

STATUS_SECONDS = 2.5
"""Every machine reports its state once a second."""

RESEND_SECONDS = 0.2
"""Linux' minimal delay before it resends a lost packet."""

SHORTEST_LEAD_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class RoundTrips:
    """The round-trip times of questions to a machine, and its system clock minus this one's, in seconds."""

    machine: str
    seconds: tuple[float, ...]
    lost: int
    clock_offset_seconds: float

    @property
    def median_seconds(self) -> float:
        return median(self.seconds)

    @property
    def worst_seconds(self) -> float:
        return max(self.seconds)


class Observer(Owner):
    """Connects to the machines that are present. Raises DeviceError if zenoh or the keys are missing."""

    def __init__(self, machines: Sequence[Machine], keys: KeyFiles | None, house: str) -> None:
        try:
            import zenoh
        except ModuleNotFoundError:
            raise DeviceError(MISSING) from None
        config = configuration(machines[0], machines, keys)
        config.insert_json5("mode", '"peer"')
        config.insert_json5("listen/endpoints", "[]")
        try:
            self._session = zenoh.open(config)
        except zenoh.ZError as error:
            raise DeviceError(f"the other machines cannot be observed: {error}") from None
        self._house = house
        self._statuses: dict[str, dict[str, Any]] = {}
        self._session.declare_subscriber(f"{PREFIX}/{house}/status/*", self._heard)

    def statuses(self, seconds: float = STATUS_SECONDS) -> dict[str, dict[str, Any]]:
        """The states that the machines report within this time, by name."""
        time.sleep(seconds)  # people wait for this command
        return self.latest()

    def latest(self) -> dict[str, dict[str, Any]]:
        """Every machine's last state."""
        return dict(self._statuses)

    def ask(self, machine: str, question: str, data: bytes = b"", seconds: float = 2.0) -> bytes | None:
        """A machine's answer; None if none comes."""
        key = f"{PREFIX}/{self._house}/ask/{machine}/{question}"
        for reply in self._session.get(key, payload=data, timeout=seconds):
            if reply.ok is not None:
                return bytes(reply.ok.payload.to_bytes())
        return None

    def round_trips(self, machine: str, times: int, pause_seconds: float = 0.02) -> RoundTrips | None:
        """Ask a machine for its time this many times; None if it never answers."""
        took: list[tuple[float, float]] = []
        for number in range(times):
            asked = time.time()
            answer = self.ask(machine, "time", seconds=1.0)
            answered = time.time()
            if answer is not None:
                took.append((answered - asked, float(answer) - (asked + answered) / 2))
            elif number == 0:
                return None
            time.sleep(pause_seconds)  # so that the questions sample the network at different moments
        return RoundTrips(machine, tuple(one for one, _ in took), times - len(took), min(took)[1])

    def close(self) -> None:
        self._session.close()  # type: ignore[no-untyped-call]  # zenoh has no type for it

    def _heard(self, sample: Any) -> None:
        try:
            values = json.loads(sample.payload.to_bytes())
        except ValueError:
            return
        if isinstance(values, dict):
            self.note(str(sample.key_expr).rpartition("/")[2], values)

    def note(self, machine: str, status: dict[str, Any]) -> None:
        """Keep a state that a machine has just reported; the network's thread calls it."""
        self._statuses[machine] = status


def proposed_lead_seconds(measured: Sequence[RoundTrips]) -> float:
    """How far ahead to stamp cues, in steps of 50 ms: twice the slowest one-way trip, plus the delay of a resend."""
    worst = max((one.worst_seconds / 2 for one in measured), default=0.0)
    lead = max(SHORTEST_LEAD_SECONDS, worst * 2 + RESEND_SECONDS)
    return -(-lead // 0.05) * 0.05
