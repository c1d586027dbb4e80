"""Notices: what people should know about the show now. Every source sets its own; one difference passes them on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Literal, get_args

from installation.errors import Mistake

log = logging.getLogger(__name__)

NoticeSource = Literal[
    "saved",
    "waiting",
    "files",
    "edit",
    "score",
    "desk file",
    "journal",
    "rig",
    "hours",
    "network",
    "machines",
    "streams",
]
"""Who says so, in the order in which it is read:

`saved`: mistakes of what was saved and cannot play. `waiting`: why an edit waits; it stands in the place of
`files`, `edit` and `score`, which are about what plays: which files a resumed show plays, what the edit that plays does
to the show, what looks unintended in its files. `desk file`, `journal`, `rig`, `hours`: what is so until the next
start. `network`: ports and names that are not there yet. `machines`: others that play this show, and this one's clock.
`streams`: what is in the way of streams and recordings.
"""

ABOUT_WHAT_PLAYS: tuple[NoticeSource, ...] = ("files", "edit", "score")


@dataclass(frozen=True, slots=True)
class Notice:
    """`what` is a mistake of a file, or a sentence; one that is `grave` is logged as an error."""

    what: Mistake | str
    grave: bool = False


@dataclass(frozen=True, slots=True)
class NoticeChange:
    """All current notices; `new` are those that were not there before."""

    mistakes: tuple[Mistake, ...] = ()
    warnings: tuple[str, ...] = ()
    new: tuple[Notice, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        return (*map(str, self.mistakes), *self.warnings)


class Notices:
    """Sources `put` what they have to say; `publish` then logs what is new and tells every listener, or does nothing.

    Any thread may put, and read `current`, which is what was published last; one publishes.
    """

    def __init__(self) -> None:
        self.current = NoticeChange()
        self.listeners: list[Callable[[NoticeChange], None]] = []
        self._by_source: dict[NoticeSource, tuple[Notice, ...]] = {}
        self._known: frozenset[Mistake | str] = frozenset()
        self._has_changed = False
        self._guard = Lock()

    def put(self, source: NoticeSource, *said: Mistake | str, grave: bool = False) -> None:
        """From now on a source says this in place of what it said before."""
        notices = tuple(Notice(what, grave) for what in said)
        with self._guard:
            if self._by_source.get(source, ()) != notices:
                self._by_source[source] = notices
                self._has_changed = True

    def publish(self) -> None:
        """Tell what has changed since the last time; costs nothing where nothing has."""
        if not self._has_changed:
            return
        with self._guard:
            self._has_changed = False
            self.current = self._change()
        for notice in self.current.new:
            _log(notice)
        for listener in self.listeners:
            listener(self.current)

    def _change(self) -> NoticeChange:
        every = self._of(get_args(NoticeSource))
        # Notices that a waiting edit hides stay known, and are not new after it.
        hidden = ABOUT_WHAT_PLAYS if self._by_source.get("waiting") else ()
        shown = tuple(one.what for one in self._of([one for one in get_args(NoticeSource) if one not in hidden]))
        new = tuple(one for one in every if one.what not in self._known)
        self._known = frozenset(one.what for one in every)
        return NoticeChange(
            tuple(one for one in shown if isinstance(one, Mistake)),
            tuple(one for one in shown if isinstance(one, str)),
            new,
        )

    def _of(self, sources: Sequence[NoticeSource]) -> tuple[Notice, ...]:
        """Each once, as the first source says it."""
        found: dict[Mistake | str, Notice] = {}
        for source in sources:
            for notice in self._by_source.get(source, ()):
                found.setdefault(notice.what, notice)
        return tuple(found.values())


def _log(notice: Notice) -> None:
    level = logging.ERROR if notice.grave else logging.WARNING
    log.log(level, "the last good edition plays on: %s" if isinstance(notice.what, Mistake) else "%s", notice.what)
