"""Switches the displays on when the house wakes and off when it closes, and tries again until they obey."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from installation.failures import FailureLog
from installation.house.power import UnreachableError, power, switch
from installation.owner import Owner
from installation.rig.displays import Display, Projector
from installation.rig.hours import Hours, OpeningWatch

logger = logging.getLogger(__name__)

RETRY_SECONDS = 20.0
"""A projector that cools down or warms up refuses for one to two minutes."""

ASK_SECONDS = 5.0
"""How often the house asks a projector for its state. A projector needs longer to return to the network after the
shortest power cut, so the house notices every cut."""

AWAY_TIMES = 2
"""After this many missing answers a projector counts as without power: a single packet may get lost."""

LOOK_SECONDS = 1.0

END_SECONDS = 2.0
"""How long the house, when it ends, waits for displays that are being switched."""


@dataclass(frozen=True, slots=True)
class DisplayState:
    """A display's last answer (see DisplayController), and whether it should be on."""

    state: str
    wanted: bool


class DisplayController:
    """Keeps one display on while `wanted` is true of the wall time (Unix seconds); checks every second until `end`.

    `state` is the display's last answer: a word of power.POWER_STATES, `unreachable`, `refuses`, or `unknown`.
    Displays that commands switch report nothing: their `state` is the one that the last command was to bring about.

    The controller asks a projector for its state, and switches it on again after a power cut. If somebody switches the
    projector by hand, or it switches itself, the controller logs that and leaves it alone until the hours change, so
    that a technician can change the lamp.
    """

    def __init__(
        self, name: str, display: Display, wanted: Callable[[float], bool], wall: Callable[[], float] = time.time
    ) -> None:
        self.display = display
        self.state = "unknown"
        self._is_on: bool | None = None
        self._name, self._wanted, self._wall = name, wanted, wall
        self._tried: bool | None = None
        self._tried_at = self._asked_at = float("-inf")
        self._unanswered = 0
        self._told: bool | None = None
        self._has_obeyed = self._is_left = False
        self._failures = FailureLog(logger)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"display {name}", daemon=True)

    @property
    def wanted(self) -> bool:
        """Whether it should be on now."""
        return self._wanted(self._wall())

    def step(self) -> None:
        """Switch the display if it is in the wrong state, or ask for its state; failures are tried again later."""
        now = self._wall()
        wanted = self._wanted(now)
        if self._ending.is_set():  # another controller may own this display by now
            return
        if self._is_on != wanted:
            if self._tried != wanted or _is_over(RETRY_SECONDS, self._tried_at, now):
                with self._failures.guard(f"display {self._name}", Exception), self._noted():
                    self._switch(wanted, now)
        elif isinstance(self.display, Projector) and _is_over(ASK_SECONDS, self._asked_at, now):
            with self._failures.guard(f"display {self._name}", Exception), self._noted():
                self._ask(self.display, wanted, now)

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except UnreachableError:
            self.state = "unreachable"
            raise
        except Exception:  # without this thread nothing would ever switch the display again
            self.state = "refuses"
            raise

    def _switch(self, wanted: bool, now: float) -> None:
        self._tried, self._tried_at = wanted, now
        switch(self.display, on=wanted)
        self._is_on, self._is_left, self._has_obeyed, self._unanswered = wanted, False, False, 0
        self._asked_at = now
        self.state = "on" if wanted else "off"
        if self._told != wanted:  # a display that never obeys is switched three times a minute
            self._told = wanted
            logger.info("display %s is switched %s", self._name, self.state)

    def _ask(self, projector: Projector, wanted: bool, now: float) -> None:
        self._asked_at = now
        try:
            self.state = power(projector)
        except UnreachableError:
            self._unanswered += 1
            raise
        if self.state == "cooling":  # a cooling projector was switched off; it did not lose power
            self._unanswered = 0
        if self.state not in ("on", "off"):  # it cools or warms up: its next state is not known yet
            return
        was_away, self._unanswered = self._unanswered >= AWAY_TIMES, 0
        if (self.state == "on") == wanted:
            self._has_obeyed, self._is_left = True, False
        elif not self._has_obeyed:  # it accepted the command and did nothing, as some do while they start
            self._is_on = None
        elif was_away and not self._is_left:
            logger.warning("display %s is back and is %s: the house switches it again", self._name, self.state)
            self._is_on = None
        elif not self._is_left:
            self._is_left = True
            logger.warning(
                "display %s was switched %s, by hand or by itself: the house leaves it alone until the hours change",
                self._name,
                self.state,
            )

    def begin(self) -> None:
        """Check once a second from now on."""
        self._thread.start()

    def _run(self) -> None:
        while not self._ending.wait(LOOK_SECONDS):
            self.step()

    def end(self) -> None:
        """Ask the thread to end after its present step."""
        self._ending.set()

    def wait(self, seconds: float) -> None:
        """Wait for the thread to end, at most this long."""
        if self._thread.is_alive():
            self._thread.join(seconds)


class DisplayPower(Owner):
    """Owns a controller with its own thread for every display, so that a slow display does not delay the others.

    Without hours the displays are on. They keep their state when the house ends: the person who ends it is there.
    """

    def __init__(
        self, displays: Mapping[str, Display], hours: Hours | None, wall: Callable[[], float] = time.time
    ) -> None:
        self._hours, self._wall = hours, wall
        self._controllers: dict[str, DisplayController] = {}
        self.take(displays, hours)

    @property
    def displays(self) -> dict[str, DisplayState]:
        """Every display's state, and whether it should be on. May be called from any thread."""
        return {
            name: DisplayState(controller.state, controller.wanted) for name, controller in self._controllers.items()
        }

    def take(self, displays: Mapping[str, Display], hours: Hours | None) -> None:
        """Adopt the displays and hours of the rig that the player now uses, and switch new displays accordingly."""
        kept = {
            name: controller
            for name, controller in self._controllers.items()
            if displays.get(name) == controller.display
        }
        for name in self._controllers.keys() - kept:
            self._controllers[name].end()
        self._watch = OpeningWatch(hours) if hours else None
        new = {
            name: DisplayController(name, display, self._wants, self._wall)
            for name, display in displays.items()
            if name not in kept
        }
        self._controllers = kept | new
        for controller in new.values():
            controller.begin()

    def _wants(self, wall_seconds: float) -> bool:
        return self._watch is None or self._watch.at(wall_seconds).state != "closed"

    def close(self) -> None:
        """End all controllers, and wait briefly for displays that are being switched."""
        until = time.monotonic() + END_SECONDS
        for controller in self._controllers.values():
            controller.end()
        for controller in self._controllers.values():
            controller.wait(max(until - time.monotonic(), 0.0))


def _is_over(pause_seconds: float, since: float, now: float) -> bool:
    """Whether a pause has passed, or the clock was set meanwhile."""
    return not 0 <= now - since < pause_seconds
