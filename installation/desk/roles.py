"""Roles at the desk: look at the show, run it, or edit it. Each role includes those before it."""

from __future__ import annotations

from typing import Literal, get_args

from installation.errors import RefusedError
from installation.show.control import MESSAGE_KINDS, Message, MessageKind

Role = Literal["look", "run", "edit"]
"""`look` reads everything and moves nothing; `run` plays the show as it was rehearsed; `edit` does everything."""

ROLES: tuple[Role, ...] = get_args(Role)


def role_for(kind: MessageKind) -> Role:
    """The least role that a kind of message needs: `run` may do all that a locked show allows, but not unlock it."""
    return "run" if MESSAGE_KINDS[kind].while_locked and kind != "lock" else "edit"


def require_role(role: Role, needed: Role, what: str) -> None:
    """Raises RefusedError if a role is not enough for `needed`."""
    if ROLES.index(role) < ROLES.index(needed):
        sentence = f"{what}: your passcode lets you {role}; this needs one that lets you {needed}"
        raise RefusedError(sentence, "another role")


def require_role_for(role: Role, message: Message) -> None:
    """Raises RefusedError if a role is not enough for a message."""
    if role != "edit":
        require_role(role, role_for(message.kind), message.target if message.kind == "set" else f"/{message.kind}")
