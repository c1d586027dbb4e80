"""The desk's gateway to the rig: checks requests, queues them for the mixer, and reports the rig's state.

These messages are about the house and not about the picture, so they are no part of the show's control: the desk does
not journal them, `/engage` does not block them, and no restart repeats them. The rig file keeps what should last.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from queue import Empty, Full, Queue
from typing import Any

from installation.desk.message_checks import is_pressed
from installation.desk.network.osc_wire import Argument
from installation.desk.show_values import ShowValues
from installation.errors import RefusedError
from installation.show.controls import within

ROOT = "/rig"
EDIT_ROOT = "/edit"
MACHINES_ROOT = "/machines"
"""The addresses for an edit that is held back, and for machines that play together. They concern neither walls nor the
playing show, but take the same path as those of the rig."""

_NUMBER = re.compile(r"\d{1,4}", re.ASCII)
"""The number of an output; there are fewer than ten thousand."""

MAX_WAITING = 256
"""The most waiting requests: a hand that drags a corner sends as many in some seconds."""


@dataclass(frozen=True, slots=True)
class RigControl:
    """An address of the rig: it takes numbers, each within a range, or none for a trigger. `value` is its state now."""

    address: str
    about: str
    ranges: tuple[tuple[float, float], ...] = ()
    unit: str = ""
    value: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class RigRequest:
    """A request of a desk or page to the rig, checked as far as that is possible without the rig."""

    address: str
    numbers: tuple[float, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class RigState:
    """The state of the rig, replaced as a whole: every address, and what the page shows, as JSON values."""

    controls: Mapping[str, RigControl] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    shown: Mapping[str, Any] = field(default_factory=dict)
    hint: str = ""
    """Why addresses may be missing."""

    def values(self) -> ShowValues:
        """The values that desks receive."""
        return {control.address: control.value for control in self.controls.values() if control.value is not None}


class RigGateway:
    """Takes requests from any thread. The rig's owner sets `state` and takes requests with `next_request`.

    The queue is bounded: the gateway refuses requests that come faster than the owner takes them.
    """

    def __init__(self) -> None:
        self.state = RigState()
        self._waiting: Queue[RigRequest] = Queue(MAX_WAITING)

    def next_request(self) -> RigRequest | None:
        """Takes the oldest waiting request; None if there is none."""
        try:
            return self._waiting.get_nowait()
        except Empty:
            return None

    def take(self, address: str, arguments: tuple[Argument, ...], source: str) -> RigRequest | None:
        """Queues a request and returns it; None if a button was only released.

        Raises RefusedError for an address that the rig does not have, and for wrong arguments.
        """
        control = self._find(address)
        if not control.ranges:
            return self._asked(RigRequest(control.address, (), source)) if is_pressed(address, arguments) else None
        if len(arguments) != len(control.ranges):
            wanted = "a number" if len(control.ranges) == 1 else f"{len(control.ranges)} numbers"
            raise RefusedError(f"{address}: takes {wanted}, not {len(arguments)}", "wrong type")
        numbers = tuple(
            _number(address, given, *range_) for given, range_ in zip(arguments, control.ranges, strict=True)
        )
        return self._asked(RigRequest(control.address, numbers, source))

    def _asked(self, request: RigRequest) -> RigRequest:
        try:
            self._waiting.put_nowait(request)
        except Full:
            sentence = f"{request.address}: {MAX_WAITING} requests are already waiting for the rig"
            raise RefusedError(sentence, "queue full") from None
        return request

    def _find(self, address: str) -> RigControl:
        state = self.state
        found = state.controls.get(_named(address.casefold().rstrip("/"), state.outputs))
        if found is None:
            way_out = state.hint or f"OSCQuery and /sync list all addresses under {ROOT}"
            raise RefusedError(f"{address}: no such address of the rig; {way_out}", "unknown address")
        return found


def is_beside_show(address: str) -> bool:
    """Whether an address, without prefix, is about rig, machines or an edit that is held back, and not the show."""
    return address.casefold().startswith((f"{ROOT}/", f"{EDIT_ROOT}/", f"{MACHINES_ROOT}/"))


def _named(address: str, outputs: tuple[str, ...]) -> str:
    """The rig's address with an output's name in place of its number from 1, if no name is itself a number."""
    parts = address.split("/")
    if not address.startswith(f"{ROOT}/") or len(parts) < 4 or not _NUMBER.fullmatch(parts[2]):
        return address
    number = int(parts[2])
    if 1 <= number <= len(outputs) and not any(name.isdecimal() for name in outputs):
        parts[2] = outputs[number - 1].casefold()
    return "/".join(parts)


def _number(address: str, given: Argument, low: float, high: float) -> float:
    if isinstance(given, bool | str | bytes | None):
        raise RefusedError(f"{address}: {given!r} is not a number", "wrong type")
    if not math.isfinite(given):
        raise RefusedError(f"{address}: {given} is not a number", "not finite")
    taken = within(float(given), low, high)
    if taken is None:
        raise RefusedError(f"{address}: {given:g} is out of range; allowed is {low:g} to {high:g}")
    return taken
