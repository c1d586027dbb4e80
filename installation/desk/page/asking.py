"""Requests of page and API to the show: an address with its arguments, checked like a message from any desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from installation.desk.addresses import AddressSpace
from installation.desk.guard import AccessGuard
from installation.desk.inbox import Outcome
from installation.desk.message_checks import messages_for
from installation.desk.network.osc_pattern import is_pattern
from installation.desk.page.feed import Feed
from installation.desk.rig_gateway import RigGateway, is_beside_show
from installation.desk.roles import Role, require_role, require_role_for
from installation.desk.show_values import ShowValues
from installation.errors import RefusedError
from installation.show.control import Message

MAX_ARGUMENTS = 4


class Put(Protocol):
    """Leaves a message for the next frame."""

    def __call__(self, message: Message, outcome: Outcome = ..., /) -> object: ...


class Show(Protocol):
    """The show as page and API see it: the access guard, the state to send, the way for messages."""

    guard: AccessGuard
    feed: Feed
    rig: RigGateway | None
    space: AddressSpace | None
    outline: dict[str, Any]
    put: Put
    count: Callable[[RefusedError, str], None]
    steady: Callable[[], float]
    values: Callable[[], ShowValues]

    def look(self) -> dict[str, Any]:
        """The state now, as JSON values; empty before the first frame. Updates space and outline to its score."""


@dataclass(frozen=True, slots=True)
class Asker:
    """A client: its role, and the source that its messages name."""

    role: Role
    source: str


def messages_asked(show: Show, asker: Asker, address: object, arguments: Sequence[object]) -> list[Message]:
    """The messages to put for the next frame; a request to the rig goes there at once.

    Raises RefusedError for a wrong address or argument, and if the asker's role is not enough.
    """
    if not isinstance(address, str) or len(arguments) > MAX_ARGUMENTS:
        raise RefusedError('a console sends {"do": "/address", "with": [numbers or a cue]}', "malformed")
    if not all(isinstance(one, int | float | str) and not isinstance(one, bool) for one in arguments):
        raise RefusedError(f"{address}: a console sends numbers and cues only", "wrong type")
    if is_pattern(address):  # patterns cost work, and clients have the list of addresses
        raise RefusedError(f"{address}: a console names one address", "unknown address")
    if show.space is None:
        raise RefusedError(f"{address}: the show has not begun yet", "unknown address")
    values = tuple(one if isinstance(one, str) else _number(one) for one in arguments)
    if show.rig is not None and is_beside_show(address):
        require_role(asker.role, "edit", address)
        show.rig.take(address, values, asker.source)
        return []
    messages = messages_for(show.space, address, values, asker.source)
    for message in messages:
        require_role_for(asker.role, message)
    return messages


def _number(given: object) -> float:
    """A JSON number as a float. JSON's integers are unlimited: one too large for a float is out of every range."""
    assert isinstance(given, int | float)
    try:
        return float(given)
    except OverflowError:
        raise RefusedError("a number of hundreds of digits is out of range") from None
