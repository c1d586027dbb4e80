"""The keyboard runs a show: each key asks for what a desk would ask for."""

from __future__ import annotations

import pytest

from installation.desk.keyboard import KEYS, message_for_key
from installation.show.control import Message, MessageKind
from installation.show.playing.transport import LOCAL_SENDERS


@pytest.mark.parametrize(
    ("key", "asks_for"),
    [("space", "go"), ("backspace", "back"), ("p", "pause"), ("r", "resume"), ("b", "blackout"), ("end", "panic")],
)
def test_a_key_asks_for_what_is_written_on_the_console_page(key: str, asks_for: MessageKind) -> None:
    assert message_for_key(key) == Message(0, 0, asks_for, source="keyboard")


def test_keys_come_from_the_keyboard_so_that_the_show_lock_can_tell_them_from_the_desk() -> None:
    senders = {message.source for key in KEYS if (message := message_for_key(key))}
    assert senders == {"keyboard"}
    assert senders <= set(LOCAL_SENDERS)


@pytest.mark.parametrize("key", ["q", "shift+space", "escape", ""])
def test_other_keys_do_nothing(key: str) -> None:
    assert message_for_key(key) is None
