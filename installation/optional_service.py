"""A service that a show can do without, and that may become available later: a port, a name, a network.

The picture never waits for such a service, and never ends with one. While a service is missing, a sentence says so; the
player tries again after growing pauses.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from installation.errors import InstallationError
from installation.failures import FailureLog
from installation.owner import Owner

log = logging.getLogger(__name__)

PAUSES_SECONDS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
"""The pauses between two tries; the last one repeats."""

LOOK_SECONDS = 2.0
"""How often the circumstances of an open service are checked."""


class OptionalService(Owner):
    """Keeps one service open, from a thread of its own.

    `opens` enters its resources on the stack that it gets, or raises an error. `circumstances` gives the things on
    which the service depends, such as the machine's addresses: whenever they change, the service is opened anew.
    Creation waits at most `patience_seconds` for the first try, closing at most `closing_seconds` for a running try,
    since the caller may next close things that the try uses. Without `pauses` there is no thread, and the owner calls
    `step`.

    `missing` says why the service is not open; it is empty while it is open. With `told`, the log says so, too, because
    nobody else does. `changed` is called, on the service's thread, whenever `missing` changes.
    """

    def __init__(
        self,
        what: str,
        opens: Callable[[ExitStack], object],
        circumstances: Callable[[], object] = tuple,
        *,
        patience_seconds: float = 0.0,
        closing_seconds: float = 0.0,
        pauses: Sequence[float] = PAUSES_SECONDS,
        told: bool = False,
        changed: Callable[[], object] = tuple,
    ) -> None:
        self.missing = ""
        self._what, self._opens, self._circumstances, self._pauses = what, opens, circumstances, pauses
        self._told, self._changed, self._closing_seconds = told, changed, closing_seconds
        self._failures = FailureLog(log)
        self._opened: ExitStack | None = None
        self._opened_under: object = None
        self._failed_times = 0
        self._stepping, self._changing = threading.Lock(), threading.Lock()
        self._tried, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=what, daemon=True) if pauses else None
        if self._thread is not None:
            self._thread.start()
            self._tried.wait(patience_seconds)

    @property
    def is_open(self) -> bool:
        return self._opened is not None

    def step(self) -> float:
        """Open the service if it is missing or its circumstances have changed; return the seconds to the next step."""
        with self._stepping:
            under = self._circumstances()
            if self._opened is None or under != self._opened_under:
                self._release()
                self._try(under)
        if self._opened is not None:
            return LOOK_SECONDS
        return self._pauses[min(self._failed_times, len(self._pauses)) - 1] if self._pauses else 0.0

    def close(self) -> None:
        """Close the service; a running try closes by itself what it opens."""
        self._closing.set()
        self._release()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(self._closing_seconds)

    def _try(self, under: object) -> None:
        stack = ExitStack()
        try:
            self._opens(stack)
        except Exception as error:  # whatever it is, the show plays without it
            _close_quietly(stack)
            self._fail(error)
            return
        with self._changing:
            if self._closing.is_set():
                _close_quietly(stack)
                return
            self._opened, self._opened_under = stack, under
        self._failed_times = 0
        self._failures.succeeded(self._what)
        if self.missing:
            self.missing = ""
            self._changed()

    def _fail(self, error: Exception) -> None:
        self._failed_times += 1
        if self._closing.is_set():
            return
        is_expected = isinstance(error, InstallationError)
        why = str(error) if is_expected else f"{type(error).__name__}: {error}"
        sentence = f"{self._what}: {why}; the show plays without it and tries again"
        if self._told or not is_expected:
            self._failures.failed(self._what, error)
        if sentence != self.missing:
            self.missing = sentence
            self._changed()

    def _release(self) -> None:
        with self._changing:
            stack, self._opened = self._opened, None
        if stack is not None:
            _close_quietly(stack)

    def _run(self) -> None:
        pause = 0.0
        while not self._closing.wait(pause):
            try:
                pause = self.step()
            except Exception:  # `circumstances` failed
                log.exception("%s: an unexpected failure", self._what)
                pause = PAUSES_SECONDS[-1]
            self._tried.set()


def _close_quietly(stack: ExitStack) -> None:
    """Close everything on the stack, and only log a failure."""
    try:
        stack.close()
    except Exception:  # a failure to close must not end the show
        log.exception("the player could not close something")
