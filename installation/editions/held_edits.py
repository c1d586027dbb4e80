"""Edits that are held back: a saved edit waits until somebody applies or discards it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from installation.editions.edition import Edition
from installation.editions.file_watcher import ReadResult
from installation.notices import Notices

T = TypeVar("T")

HELD = "an edit is saved and held back: look at it on an output, then apply or discard it"


class HeldEdits(Generic[T]):
    """Stands between the file watcher and the takeover: `take` passes on the edits that are not held back.

    While `is_blind`, it holds every edit back. It still passes on errors, and readings for which `is_edit` is false:
    their files play already. `edition_of` finds the edition in a reading.
    """

    def __init__(
        self,
        take: Callable[[], ReadResult[T] | None],
        edition_of: Callable[[T], Edition],
        notices: Notices,
        is_edit: Callable[[T], bool] = lambda _value: True,
    ) -> None:
        self.is_blind = False
        self._take, self._edition_of, self._notices, self._is_edit = take, edition_of, notices, is_edit
        self._held: ReadResult[T] | None = None
        self._is_applied = False

    @property
    def held(self) -> Edition | None:
        """The edit that is held back, if there is one."""
        return None if self._held is None or self._held.value is None else self._edition_of(self._held.value)

    def take(self) -> ReadResult[T] | None:
        """The next edit to take over, once; None if there is no new one, or it is held back."""
        if (read := self._take()) is not None:
            self.discard()
            if not self.is_blind or read.value is None or not self._is_edit(read.value):
                return read
            self._held, self._is_applied = read, False
            self._notices.put("saved")
            self._notices.put("waiting", HELD)
        if self._held is None or (self.is_blind and not self._is_applied):
            return None
        applied, self._held = self._held, None
        return applied

    def apply(self) -> None:
        """Let the held edit take over as soon as it can."""
        self._is_applied = True

    def discard(self) -> None:
        """Forget the held edit; its files stay as they were saved."""
        if self._held is not None:
            self._held = None
            self._notices.put("waiting")
