"""Switches the displays on when the house wakes and off when it closes, and tries again until they do."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType

from installation.errors import DeviceError
from installation.failures import FailureLog
from installation.house.hours import Hours, door_at
from installation.house.power import Display, switch

logger = logging.getLogger(__name__)

RETRY_SECONDS = 20.0
"""A projector that cools down or warms up refuses for one to two minutes."""

LOOK_SECONDS = 1.0


class Caretaker:
    """Owns the thread that switches displays: a projector may take seconds to answer, and the house must not wait.

    Without hours the displays are on. They stay as they are when the house ends: whoever ends it is there.
    """

    def __init__(
        self, displays: Mapping[str, Display], hours: Hours | None, wall: Callable[[], float] = time.time
    ) -> None:
        self._displays, self._hours, self._wall = dict(displays), hours, wall
        self._is_on: dict[str, bool] = {}
        self._try_at: dict[str, float] = {}
        self._failures = FailureLog(logger)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="caretaker", daemon=True)

    def take(self, displays: Mapping[str, Display], hours: Hours | None) -> None:
        """A rig that takes effect: whoever plays goes by the same one. What is new is switched as it should be."""
        gone = {name for name, display in self._displays.items() if displays.get(name) != display}
        self._is_on = {name: is_on for name, is_on in self._is_on.items() if name not in gone}
        self._displays, self._hours = dict(displays), hours

    def step(self) -> None:
        """Switch what is not as it should be; what fails is tried again later."""
        now = self._wall()
        wanted = self._hours is None or door_at(self._hours, now).state != "closed"
        for name, display in self._displays.items():
            due = not 0 < self._try_at.get(name, now) - now <= RETRY_SECONDS
            if self._is_on.get(name) != wanted and due:
                self._switch(name, display, wanted, now)

    def _switch(self, name: str, display: Display, wanted: bool, now: float) -> None:
        self._try_at[name] = now + RETRY_SECONDS
        with self._failures.guard(f"display {name}", DeviceError):
            switch(display, on=wanted)
            self._is_on[name] = wanted
            logger.info("display %s is switched %s", name, "on" if wanted else "off")

    def _run(self) -> None:
        while not self._closing.wait(LOOK_SECONDS):
            self.step()

    def close(self) -> None:
        """End the thread after what it is doing."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def __enter__(self) -> Caretaker:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
