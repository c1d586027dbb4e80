"""Looks after memory, graphics cards and small tasks on a separate thread, beside the show."""

from __future__ import annotations

import ctypes
import logging
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from installation.failures import FailureLog
from installation.house.cards import GraphicsCard, cards
from installation.owner import Owner

log = logging.getLogger(__name__)

HOUSEKEEPING_SECONDS = 10.0


class Housekeeping(Owner):
    """Owns a thread that does a round every HOUSEKEEPING_SECONDS, and at once each task that would delay a frame.

    Pictures of changing sizes come and go and leave holes in the heap. The process would grow for hours towards its
    peak, and hide any leak. The thread therefore returns the holes to the system; this takes some 1 ms each time, and
    other threads may wait for memory meanwhile. Large buffers are never in the heap (see child.MALLOC_ENVIRONMENT).

    `cards` is the last report of the graphics cards; `look` asks them.
    """

    def __init__(self, look: Callable[[], tuple[GraphicsCard, ...]] = cards) -> None:
        self.cards: tuple[GraphicsCard, ...] = ()
        self._look = look
        self._failures = FailureLog(log)
        self._give_back = _heap_trimmer()
        self._tasks: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._go, name="rounds", daemon=True)
        self._thread.start()

    def submit(self, task: Callable[[], object]) -> None:
        """Queue a task; tasks run soon, in order, and all of them before the thread ends."""
        self._tasks.put(task)

    def step(self) -> None:
        """Do one round."""
        self._give_back()
        self.cards = self._look()

    def _go(self) -> None:
        while True:
            try:
                task = self._tasks.get(timeout=HOUSEKEEPING_SECONDS)
            except Empty:
                task = self.step
            if task is None:
                return
            with self._failures.guard("housekeeping", Exception):  # no failure here may end the show
                task()

    def close(self) -> None:
        self._tasks.put(None)
        self._thread.join()


def _heap_trimmer() -> Callable[[], object]:
    """The function that returns holes in the heap to the system; it does nothing if the C library is not glibc."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return (lambda: None) if trim is None else lambda: trim(0)
