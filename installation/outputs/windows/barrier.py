"""The barrier: screens draw in parallel and show together, and none can block the others for ever."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from installation.failures import is_told

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 0.5
"""How long the others wait, once, for a screen that does not answer: about thirty refreshes, so that a busy moment of
the machine does not exclude it."""

REJOIN_PICTURES = 30
"""How many pictures in a row a screen must show on time before the others wait for it again."""


class Screen(Protocol):
    """Something that shows pictures in its own thread."""

    @property
    def name(self) -> str: ...

    def draw(self) -> Future[None]:
        """Begin to draw; the future is done when the picture is complete and ready to show."""

    def swap(self) -> Future[float]:
        """Show the picture after its drawing; the future gives the time at which it was shown, in steady seconds."""


S = TypeVar("S", bound=Screen)


@dataclass(slots=True)
class ScreenState:
    """A screen's reliability. `trial` is None while it is in step, otherwise the number of pictures that it has shown
    on time."""

    swap: Future[float] | None = None
    trial: int | None = None
    missed: int = 0
    times_left: int = 0
    behind_since: float = 0.0

    @property
    def is_busy(self) -> bool:
        return self.swap is not None and not self.swap.done()


class Barrier(Generic[S]):
    """Keeps screens in step. A screen that freezes, because its window is minimised, its monitor asleep or its driver
    waiting, is left behind; when it has answered for some time it joins again by itself.

    It calls `left` and `joined` for these changes. Only one thread may use it.
    """

    def __init__(
        self,
        left: Callable[[S], None] = lambda _: None,
        joined: Callable[[S], None] = lambda _: None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        steady: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,  # until a frame is due; tests pass their own
    ) -> None:
        self._left, self._joined = left, joined
        self._timeout_seconds, self._steady, self._wait = timeout_seconds, steady, wait
        self._states: dict[S, ScreenState] = {}

    def present(self, screens: Iterable[S], due_at: float | None = None) -> dict[S, float]:
        """Let all screens draw, then let all show together, but not before `due_at`; returns the time at which each
        screen in step showed its picture. All times are in steady seconds.

        Screens behind show their pictures as soon as they can. A screen's error is raised here.
        """
        self._states = {screen: self._states.get(screen) or ScreenState() for screen in screens}
        drawing: dict[S, Future[None]] = {}
        for screen, state in self._states.items():
            if self._may_begin(screen, state):
                drawn = screen.draw()
                if state.trial is None:
                    drawing[screen] = drawn
                else:
                    state.swap = screen.swap()
        self._await(drawing)
        if due_at is not None and (early_seconds := due_at - self._steady()) > 0:
            self._wait(early_seconds)
        # All at once, including screens that have not drawn on time: they show when they have.
        swapping = {screen: screen.swap() for screen in drawing}
        for screen, swap in swapping.items():
            self._states[screen].swap = swap
        self._await({screen: swap for screen, swap in swapping.items() if self._states[screen].trial is None})
        return {screen: swap.result() for screen, swap in swapping.items() if self._states[screen].trial is None}

    def _may_begin(self, screen: S, state: ScreenState) -> bool:
        """Whether a screen has finished its last picture; for a screen behind this counts towards joining again."""
        if state.is_busy:
            state.missed += 1
            state.trial = 0
            return False
        if state.swap is not None:
            state.swap.result()
        if state.trial is not None:
            state.trial += 1
            if state.trial > REJOIN_PICTURES:
                self._join(screen, state)
        return True

    def _await(self, futures: Mapping[S, Future[Any]]) -> None:
        """Wait until all are done or the timeout passes; unfinished screens are then left behind."""
        wait(futures.values(), self._timeout_seconds)
        for screen, future in futures.items():
            if future.done():
                future.result()
            else:
                self._leave(screen, self._states[screen])

    def _leave(self, screen: S, state: ScreenState) -> None:
        state.trial, state.missed, state.behind_since = 0, 0, self._steady()
        state.times_left += 1
        if is_told(state.times_left):  # as in FailureLog: a screen that comes and goes all night must not fill the log
            log.warning("%s does not respond; the other outputs continue without it", screen.name)
        self._left(screen)

    def _join(self, screen: S, state: ScreenState) -> None:
        state.trial = None
        seconds = self._steady() - state.behind_since
        if is_told(state.times_left):
            log.info("%s is in sync again after %.1f s; it missed %d pictures", screen.name, seconds, state.missed)
        self._joined(screen)
