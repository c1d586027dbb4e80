"""Which failures a show survives, for how long, and which must not go unnoticed.

The rule: a failure of an external or dispensable thing (a picture, a message, a page, a display) has no effect
elsewhere. The player logs it once, and counts it. A frame that fails is left out, and the previous one holds. A failure
that lasts ends the process, because the house starts a fresh one within seconds. If a thread dies, so does the process.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from installation.errors import DeviceError, InstallationError

MAX_FAILING_SECONDS = 5.0
"""How long the picture may freeze before the process ends: less than the house needs to detect a hang."""

MAX_KNOWN = 64
"""The most distinct failures of one thing: some sentences contain a number that differs each time."""

FURTHER = "further ones"


class FailureLog:
    """Isolates failures of things that must not end the show: counts them, and logs when each begins and ends.

    Failures are equal if they have the same thing (`what`), kind of error and sentence; `counts` never restarts. A
    recurring failure is logged the first, second, fourth, eighth time and so on, so that a rotating log keeps a whole
    night. A new failure is always logged, however often others were; after MAX_KNOWN of one thing, all further ones
    count as equal.
    """

    def __init__(self, logger: logging.Logger) -> None:
        self.counts: dict[str, int] = {}
        self._logger = logger
        self._current: dict[str, str] = {}
        self._begun: dict[str, dict[str, int]] = {}
        self._since: dict[str, int] = {}

    @contextmanager
    def guard(self, what: str, *failures: type[Exception]) -> Iterator[None]:
        """Swallow `failures` raised in the block; all other exceptions pass."""
        try:
            yield
        except failures as error:
            self.failed(what, error)
        else:
            self.succeeded(what)

    def failed(self, what: str, error: Exception) -> None:
        """Count a failure of `what`, and log it unless it is the current one.

        An error without a sentence for people is logged with its traceback.
        """
        self.counts[what] = self.counts.get(what, 0) + 1
        self._since[what] = self._since.get(what, 0) + 1
        is_expected = isinstance(error, InstallationError)
        sentence = str(error) if is_expected else f"{type(error).__name__}: {error}"
        if self._current.get(what) == sentence:
            return
        self._current[what] = sentence
        known, key = self._begun.setdefault(what, {}), self._key(what, sentence)
        known[key] = known.get(key, 0) + 1
        if is_told(known[key]):
            trace = None if is_expected else error
            self._logger.error("%s failed: %s", what, sentence, exc_info=trace, extra={"failing": what})

    def succeeded(self, what: str) -> None:
        """End a failure of `what`, if there is one."""
        since, sentence = self._since.pop(what, 0), self._current.pop(what, None)
        if sentence is not None and is_told(self._begun[what][self._key(what, sentence)]):
            times = "a failure" if since == 1 else f"{since} failures"
            self._logger.warning("%s has recovered after %s", what, times, extra={"failing": what})

    def _key(self, what: str, sentence: str) -> str:
        """The key under which a failure counts."""
        known = self._begun[what]
        return sentence if sentence in known or len(known) < MAX_KNOWN else FURTHER


def is_told(time: int) -> bool:
    """Whether the log gets occurrence number `time` of a failure: the first, second, fourth, eighth, and so on."""
    return time & (time - 1) == 0


class GracePeriod:
    """Tolerates failures now and then, but raises a failure that lasts MAX_FAILING_SECONDS.

    It raises a DeviceError at once: a graphics card that was reset never comes back within one process. `now` is a
    steady clock in seconds.
    """

    def __init__(self, failures: FailureLog, what: str, now: Callable[[], float]) -> None:
        self._failures, self._what, self._now = failures, what, now
        self._failing_since: float | None = None

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Swallow an attempt's exception, unless attempts have failed for too long."""
        try:
            yield
        except DeviceError:
            raise
        except Exception as error:  # one frame matters less than the show; a lasting failure is raised
            since = self._failing_since = self._now() if self._failing_since is None else self._failing_since
            if self._now() - since >= MAX_FAILING_SECONDS:
                raise
            self._failures.failed(self._what, error)
        else:
            self._failing_since = None
            self._failures.succeeded(self._what)


@contextmanager
def threads_watched() -> Iterator[Callable[[], None]]:
    """Record the exceptions that kill threads within the block. The yielded function then raises RuntimeError.

    Without this, a show whose decoder thread has died would freeze and still look alive.
    """
    deaths: list[BaseException] = []
    before = threading.excepthook

    def died(death: threading.ExceptHookArgs) -> None:
        before(death)
        if isinstance(death.exc_value, Exception):
            deaths.append(death.exc_value)

    def check() -> None:
        if deaths:
            raise RuntimeError("a thread of the player has died, see above") from deaths[0]

    threading.excepthook = died
    try:
        yield check
    finally:
        threading.excepthook = before
