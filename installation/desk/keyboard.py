"""The keyboard as a desk: which key does what. Keys have the names that windows give them (`space`, `page-down`)."""

from __future__ import annotations

from installation.show.control import Message, MessageKind

KEYS: dict[str, MessageKind] = {
    "space": "go",
    "backspace": "back",
    "down": "next",
    "up": "previous",
    "p": "pause",
    "r": "resume",
    "b": "blackout",
    "l": "restore",
    "end": "panic",
}


def message_for_key(key: str) -> Message | None:
    """The unstamped message of a key; None for a key that does nothing."""
    kind = KEYS.get(key)
    return None if kind is None else Message(0, 0, kind, source="keyboard")
