"""A separate thread for objects that belong to one thread, such as a window's GL context."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class WorkerThread:
    """Owns a thread that does submitted work in order. It is a daemon, so that the process can end even if a driver
    never returns.

    It is not a ThreadPoolExecutor, because Python waits for an executor's threads at its end.
    """

    def __init__(self, name: str) -> None:
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Do this after earlier work; the future has its result or its error."""
        future: Future[T] = Future()

        def do() -> None:
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # the future passes it on
                future.set_exception(error)
            else:
                future.set_result(result)

        self._work.put(do)
        return future

    def close(self, timeout_seconds: float) -> bool:
        """End after the submitted work; False if that takes longer than `timeout_seconds`. Twice is fine."""
        self._work.put(None)
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (do := self._work.get()) is not None:
            do()
            del do  # it holds its arguments and result
