"""The barrier: screens draw side by side, show together, and none of them can hold up the others for ever."""

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
"""How long the others wait, once, for a screen that does not answer: some thirty refreshes, so that a busy moment of
the machine is no reason to go on without it."""

REJOIN_PICTURES = 30
"""So many pictures in a row a screen must take in time before the others wait for it again."""


class Screen(Protocol):
    """Something that shows pictures on a thread of its own."""

    @property
    def name(self) -> str: ...

    def draw(self) -> Future[None]:
        """Begin to draw; done when the picture is complete and only has to be shown."""

    def swap(self) -> Future[float]:
        """Show what was drawn, after it was; the moment when that was done, in steady seconds."""


S = TypeVar("S", bound=Screen)


@dataclass(slots=True)
class ScreenState:
    """How reliable a screen is. `trial` is None while it is in step, else how many it has taken in time."""

    swap: Future[float] | None = None
    trial: int | None = None
    missed: int = 0
    times_left: int = 0
    behind_since: float = 0.0

    @property
    def is_busy(self) -> bool:
        return self.swap is not None and not self.swap.done()


class Barrier(Generic[S]):
    """Knows which screens are in step. A screen that freezes, because its window is minimised, its monitor asleep or
    its driver waits, is left behind; when it has answered for a while it is in step again by itself.

    `left` and `joined` are told of it. Only one thread may use it.
    """

    def __init__(
        self,
        left: Callable[[S], None] = lambda _: None,
        joined: Callable[[S], None] = lambda _: None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        steady: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,  # until a frame is due; tests pass a clock of their own
    ) -> None:
        self._left, self._joined = left, joined
        self._timeout_seconds, self._steady, self._wait = timeout_seconds, steady, wait
        self._states: dict[S, ScreenState] = {}

    def present(self, screens: Iterable[S], due_at: float | None = None) -> dict[S, float]:
        """Let all draw, and when all have drawn let all show, but not before `due_at`; returns when those in step
        showed theirs. All in steady seconds.

        Screens behind show theirs as soon as they can. What a screen raises is raised here.
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
        # All at once, also those that have not drawn in time: they show as soon as they have.
        swapping = {screen: screen.swap() for screen in drawing}
        for screen, swap in swapping.items():
            self._states[screen].swap = swap
        self._await({screen: swap for screen, swap in swapping.items() if self._states[screen].trial is None})
        return {screen: swap.result() for screen, swap in swapping.items() if self._states[screen].trial is None}

    def _may_begin(self, screen: S, state: ScreenState) -> bool:
        """Whether it is done with its last picture; one behind comes a step nearer to being in step by that."""
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
        """Until all are done or patience is at an end; then whoever is not done is left behind."""
        wait(futures.values(), self._timeout_seconds)
        for screen, future in futures.items():
            if future.done():
                future.result()
            else:
                self._leave(screen, self._states[screen])

    def _leave(self, screen: S, state: ScreenState) -> None:
        state.trial, state.missed, state.behind_since = 0, 0, self._steady()
        state.times_left += 1
        if is_told(state.times_left):  # as FailureLog does: one that comes and goes all night must not fill the log
            log.warning("%s does not respond; the other outputs continue without it", screen.name)
        self._left(screen)

    def _join(self, screen: S, state: ScreenState) -> None:
        state.trial = None
        seconds = self._steady() - state.behind_since
        if is_told(state.times_left):
            log.info("%s is in sync again after %.1f s; it missed %d pictures", screen.name, seconds, state.missed)
        self._joined(screen)
