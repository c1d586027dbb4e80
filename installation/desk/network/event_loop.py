"""The one thread that runs the desk's sockets."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, ParamSpec, TypeVar

from installation.failures import FailureLog
from installation.owner import Owner

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

TIMEOUT_SECONDS = 20.0
"""How long opening or closing a socket may take on a busy machine."""


class EventLoop(Owner):
    """An asyncio loop in a thread of its own. It logs and counts failures, and goes on."""

    def __init__(self) -> None:
        self._failures = FailureLog(logger)
        self._loop = asyncio.SelectorEventLoop()  # the kind that can watch plain sockets on every system
        self._loop.set_exception_handler(self._failed)
        self._thread = threading.Thread(target=self._loop.run_forever, name="desk", daemon=True)
        self._thread.start()

    @property
    def failures(self) -> Mapping[str, int]:
        """The number of failures, by name."""
        return self._failures.counts

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine on the loop, from another thread, and waits for its result."""
        if self._loop.is_closed():
            coroutine.close()  # otherwise Python warns that nobody has awaited it
            raise RuntimeError("the desk's event loop is closed")
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(TIMEOUT_SECONDS)

    def call(self, function: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Calls a function on the loop, from any thread, without waiting; nothing happens once the loop is closed."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(lambda: function(*args, **kwargs))

    def close(self) -> None:
        if self._loop.is_closed():
            return
        self.run(_cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(TIMEOUT_SECONDS)
        self._loop.close()

    def _failed(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception") or RuntimeError(str(context.get("message")))
        self._failures.failed("the desk's event loop", error)


async def _cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)  # one turn, in which closed transports tell their protocols
