"""Notices: sentences that people should know about the show now. Each source sets its own; `publish` sends changes."""

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
    "saved elsewhere",
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
"""The sources of notices, in the order in which people read them:

`saved`: mistakes in a saved edit that cannot play. `saved elsewhere`: edits of other machines that play nowhere because
of this one. `waiting`: why an edit waits. It hides `files`, `edit` and `score`, which are about the playing edition:
which files a resumed show plays, what the edit changes in the show, what looks unintended in its files. `desk file`,
`journal`, `rig`, `hours`: conditions that last until the next start. `network`: ports and names that are not available
yet. `machines`: other machines that play this show, and this one's clock. `streams`: problems of streams and
recordings.
"""

ABOUT_WHAT_PLAYS: tuple[NoticeSource, ...] = ("files", "edit", "score")


@dataclass(frozen=True, slots=True)
class Notice:
    """`what` is a mistake in a file, or a sentence; a `grave` notice is logged as an error."""

    what: Mistake | str
    grave: bool = False


@dataclass(frozen=True, slots=True)
class NoticeChange:
    """All current notices; `new` has those that did not exist before."""

    mistakes: tuple[Mistake, ...] = ()
    warnings: tuple[str, ...] = ()
    new: tuple[Notice, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        return (*map(str, self.mistakes), *self.warnings)


class Notices:
    """Sources `put` their notices; if any changed, `publish` logs the new ones and calls every listener.

    Any thread may call `put`, and read `current`, the last published notices; only one thread calls `publish`.
    """

    def __init__(self) -> None:
        self.current = NoticeChange()
        self.listeners: list[Callable[[NoticeChange], None]] = []
        self._by_source: dict[NoticeSource, tuple[Notice, ...]] = {}
        self._known: frozenset[Mistake | str] = frozenset()
        self._has_changed = False
        self._guard = Lock()

    def put(self, source: NoticeSource, *said: Mistake | str, grave: bool = False) -> None:
        """Replace all notices of a source."""
        notices = tuple(Notice(what, grave) for what in said)
        with self._guard:
            if self._by_source.get(source, ()) != notices:
                self._by_source[source] = notices
                self._has_changed = True

    def publish(self) -> None:
        """Publish the notices if they have changed since the last time."""
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
        """The notices of these sources, each once, from the first source that has it."""
        found: dict[Mistake | str, Notice] = {}
        for source in sources:
            for notice in self._by_source.get(source, ()):
                found.setdefault(notice.what, notice)
        return tuple(found.values())


def _log(notice: Notice) -> None:
    level = logging.ERROR if notice.grave else logging.WARNING
    log.log(level, "the last good edition plays on: %s" if isinstance(notice.what, Mistake) else "%s", notice.what)
