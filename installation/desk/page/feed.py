"""The page's memory of what happened: messages, refusals and log lines, the newest few hundred, numbered."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from installation.errors import RefusedError
from installation.show.control import MESSAGE_KINDS, Message, MessageKind

MAX_REMEMBERED = 300

MAX_TEXT_CHARACTERS = 2_000
"""The longest text of one entry: a log line may hold all mistakes of a file."""

SWITCHED: Mapping[MessageKind, tuple[str, str]] = {
    "engage": ("ignore the desk", "engage the desk"),
    "lock": ("unlock the show", "lock the show"),
}
"""The words for a switch, off and on."""

FeedKind = Literal["message", "refused", "log"]


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One thing that happened. `seconds` is since 1970; `level` such as `info` or `warning`; `sender` may be empty."""

    number: int
    seconds: float
    kind: FeedKind
    level: str
    sender: str
    text: str


class Feed(logging.Handler):
    """Remembers entries from any thread; as a logging handler it also remembers what is logged."""

    def __init__(self, wall: Callable[[], float]) -> None:
        super().__init__(logging.INFO)
        self._wall = wall
        self._entries: deque[FeedEntry] = deque(maxlen=MAX_REMEMBERED)
        self._guard = threading.Lock()
        self._count = 0
        self._moving: tuple[str, ...] | None = None

    def applied(self, message: Message, heard: bool = True) -> None:
        """Remembers a message; a moving fader is one entry with its newest value. Without `heard` it had no effect."""
        moving = (
            (message.source, message.kind, message.target, str(heard))
            if MESSAGE_KINDS[message.kind].newest_only
            else None
        )
        sentence = sentence_of(message)
        self._add("message", "info", message.source, sentence if heard else f"ignored: {sentence}", moving)

    def refused(self, refused: RefusedError, sender: str) -> None:
        self._add("refused", "warning", sender, str(refused))

    def emit(self, record: logging.LogRecord) -> None:
        self._add("log", record.levelname.lower(), record.name, record.getMessage())

    def since(self, number: int) -> list[dict[str, Any]]:
        """All remembered entries whose number is higher, the oldest first, as JSON values."""
        with self._guard:
            if not self._entries or self._entries[-1].number <= number:
                return []
            return [asdict(entry) for entry in self._entries if entry.number > number]

    def _add(self, kind: FeedKind, level: str, sender: str, text: str, moving: tuple[str, ...] | None = None) -> None:
        with self._guard:
            self._count += 1
            if moving is not None and moving == self._moving:
                self._entries.pop()
            self._moving = moving
            told = FeedEntry(self._count, self._wall(), kind, level, sender, text[:MAX_TEXT_CHARACTERS])
            self._entries.append(told)


def sentence_of(message: Message) -> str:
    """A message in an operator's words, such as `set /master to 0.5 over 2 s`."""
    if message.kind in SWITCHED:
        return SWITCHED[message.kind][message.value != 0.0]
    words: list[str] = [message.kind]
    if message.target:
        words.append(message.target)
    if message.output:
        words.append(f"on {message.output}")
    if message.kind in ("set", "locate", "rate"):
        words.append(f"to {message.value:.4g}")
    if message.fade_seconds:
        words.append(f"over {message.fade_seconds:.4g} s")
    return " ".join(words)
