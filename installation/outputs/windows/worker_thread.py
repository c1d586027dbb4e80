"""A thread of its own for what belongs to one thread, as a window's GL context does."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class WorkerThread:
    """Owns a thread that does what it is given, one after another. It is a daemon, so that the process can end even
    where a driver never returns.

    For that reason it is not a ThreadPoolExecutor, whose threads are waited for when Python ends.
    """

    def __init__(self, name: str) -> None:
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Do this after what was given before; the future has its result, or what it raised."""
        future: Future[T] = Future()

        def do() -> None:
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # whoever waits for the result is told
                future.set_exception(error)
            else:
                future.set_result(result)

        self._work.put(do)
        return future

    def close(self, timeout_seconds: float) -> bool:
        """End after what was given before; False where that is not done within `timeout_seconds`. Twice is fine."""
        self._work.put(None)
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (do := self._work.get()) is not None:
            do()
            del do  # holds what it was given and what came out
