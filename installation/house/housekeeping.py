"""What the player looks after beside the show, on a thread of its own: memory, graphics cards, and errands."""

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
    """Owns a thread that goes round every ROUND_SECONDS, and does errands at once: what would keep a frame waiting.

    Pictures come and go in ever changing sizes and leave holes in the heap, so that a process grows for hours towards
    the worst moment that it has ever had, and no leak can be told from that. Holes are therefore given back to the
    system: some 1 ms each time, in which others may wait for memory. Large buffers are never in the heap (see
    child.HEAPS).

    `cards` is what the graphics cards told last; `look` asks them.
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
        """Have something done soon, in the order in which it was asked for, before the rounds end."""
        self._tasks.put(task)

    def step(self) -> None:
        """One round."""
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
            with self._failures.guard("housekeeping", Exception):  # nothing of it is worth the show
                task()

    def close(self) -> None:
        self._tasks.put(None)
        self._thread.join()


def _heap_trimmer() -> Callable[[], object]:
    """What returns the holes in the heap to the system; nothing does where the C library is not glibc."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return (lambda: None) if trim is None else lambda: trim(0)
