"""The process of the safe picture, which covers all monitors during a crash loop."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from installation.errors import DeviceError
from installation.failures import FailureLog
from installation.house.child import ChildProcess

logger = logging.getLogger(__name__)

SAFE_PICTURE = "the safe picture"

AGAIN_SECONDS = 5.0
"""The pause between two starts if the process keeps ending: it may have no display."""


class SafePictureProcess:
    """Owns at most one process that shows the safe picture; an empty `command` starts none."""

    def __init__(
        self, command: Sequence[str], kept_fds: Sequence[int], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._command, self._kept_fds, self._clock = tuple(command), kept_fds, clock
        self._failures = FailureLog(logger)
        self._begun_at = 0.0
        self._is_told = False
        self._child: ChildProcess | None = None
        self._is_shown = False

    @property
    def shown(self) -> bool:
        """Whether the safe picture is visible."""
        return self._is_shown

    def show(self) -> None:
        """Start the process if none runs."""
        if self._child is None and self._command:
            self._begun_at = self._clock()
            try:
                self._child = ChildProcess(self._command, self._kept_fds)
            except DeviceError as error:
                self._failures.failed(SAFE_PICTURE, error)
            else:
                if not self._is_told:
                    logger.error("the player keeps crashing: the house shows the safe picture")
                self._is_told = True

    def receive(self) -> None:
        """Read the process's output, so that it never blocks; restart it if it ended by itself."""
        if self._child is None:
            return
        self._child.receive()
        exit_code = self._child.exit_code
        if exit_code is None and self._child.ready and not self._is_shown:
            self._is_shown = True
            self._failures.succeeded(SAFE_PICTURE)
            logger.info("the safe picture covers the monitors")
        elif exit_code is not None and self._is_shown:
            self._is_shown = False
            ended = DeviceError(f"it ended (exit code {exit_code}); the house shows it again")
            self._failures.failed(SAFE_PICTURE, ended)
        if exit_code is not None and self._clock() - self._begun_at > AGAIN_SECONDS:
            self._let_go()
            self.show()

    def close(self) -> None:
        """Remove the safe picture; may be called twice, and `show` may follow."""
        self._is_told = False
        self._let_go()

    def _let_go(self) -> None:
        self._is_shown = False
        if self._child is not None:
            self._child.close()
            self._child = None
