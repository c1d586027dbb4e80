"""The process of the understudy: it loads while the show plays, and plays when the player ends."""

from __future__ import annotations

import logging
import selectors
from collections.abc import Sequence

from installation.errors import DeviceError
from installation.failures import FailureLog
from installation.house.child import ChildProcess

logger = logging.getLogger(__name__)

UNDERSTUDY = "the understudy"


class UnderstudyProcess:
    """Owns at most one understudy (see understudy.py); an empty `command` starts none.

    If the understudy cannot start, or ends while it waits, the next player starts cold. `selector` wakes for the
    understudy's messages.
    """

    def __init__(self, command: Sequence[str], kept_fds: Sequence[int], selector: selectors.BaseSelector) -> None:
        self._command, self._kept_fds, self._selector = tuple(command), kept_fds, selector
        self._child: ChildProcess | None = None
        self._failures = FailureLog(logger)

    @property
    def pid(self) -> int | None:
        child = self._child
        return child.pid if child else None

    @property
    def loaded(self) -> bool:
        """Whether a waiting understudy has loaded and can play at once."""
        child = self._child
        return child is not None and child.loaded

    def prepare(self) -> None:
        """Start an understudy if none waits."""
        if self._child is not None or not self._command:
            return
        try:
            self._child = ChildProcess(self._command, self._kept_fds, waits=True)
        except DeviceError as error:
            self._failures.failed(UNDERSTUDY, error)
        else:
            self._selector.register(self._child, selectors.EVENT_READ)

    def step(self) -> None:
        """Read the understudy's messages; release it if it has ended."""
        if self._child is not None:
            self._child.receive()
            if self._child.exit_code is not None:
                ended = DeviceError(f"it ended while it waited (exit code {self._child.exit_code})")
                self._failures.failed(UNDERSTUDY, ended)
                self.close()

    def take(self) -> ChildProcess | None:
        """Cue the understudy and return it, still registered with the selector; None if none waits."""
        self.step()
        child, self._child = self._child, None
        if child is not None:
            self._failures.succeeded(UNDERSTUDY)
            child.cue()
        return child

    def close(self) -> None:
        """End the understudy; may be called twice, and `prepare` may follow."""
        if self._child is not None:
            self._selector.unregister(self._child)
            self._child.close()
            self._child = None
