"""The player in reserve, as the house sees it: it loads while the show plays, and plays when the player ends."""

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
    """Owns at most one understudy (see understudy.py); with an empty `command` there is never one.

    An understudy that cannot be had, or that ends while it waits, leaves the show to a start from nothing. `selector`
    is told to wake for what it says.
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
        """Whether one waits that is on within a moment."""
        child = self._child
        return child is not None and child.loaded

    def prepare(self) -> None:
        """Start an understudy, if none waits."""
        if self._child is not None or not self._command:
            return
        try:
            self._child = ChildProcess(self._command, self._kept_fds, waits=True)
        except DeviceError as error:
            self._failures.failed(UNDERSTUDY, error)
        else:
            self._selector.register(self._child, selectors.EVENT_READ)

    def step(self) -> None:
        """Take in what the understudy says; one that has ended is let go."""
        if self._child is not None:
            self._child.receive()
            if self._child.exit_code is not None:
                ended = DeviceError(f"it ended while it waited (exit code {self._child.exit_code})")
                self._failures.failed(UNDERSTUDY, ended)
                self.close()

    def take(self) -> ChildProcess | None:
        """The understudy after its order to play, still registered with the selector; None if none waits."""
        self.step()
        child, self._child = self._child, None
        if child is not None:
            self._failures.succeeded(UNDERSTUDY)
            child.cue()
        return child

    def close(self) -> None:
        """End it; twice is fine, and so is another `prepare` afterwards."""
        if self._child is not None:
            self._selector.unregister(self._child)
            self._child.close()
            self._child = None
