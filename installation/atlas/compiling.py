"""numba, with an optional cache: if it cannot be read or written, functions are compiled again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numba
from numba.core.caching import FunctionCache

log = logging.getLogger(__name__)

Function = Callable[..., Any]


class _OptionalCache(FunctionCache):  # type: ignore[misc, unused-ignore]  # numba has no types
    """A cache whose failures, such as a damaged file, cost only a few seconds of compilation."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        cache: Any = super()
        try:
            return cache.load_overload(sig, target_context)
        except Exception as error:  # any bad cache can be made again
            log.warning("%s: the cache is damaged, so it is compiled again: %s", self._name, error)
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        cache: Any = super()
        try:
            cache.save_overload(sig, data)
        except Exception as error:  # a failed write costs only time
            log.warning("%s: the next start must compile again: %s", self._name, error)


def compiled(*, fastmath: bool = False) -> Callable[[Function], Function]:
    """A decorator that compiles a function at its first call, and keeps it for the next start if a folder is
    writable."""

    def decorated(function: Function) -> Function:
        dispatcher: Any = numba.njit(nogil=True, error_model="numpy", fastmath=fastmath)(function)
        try:
            cache: Any = _OptionalCache
            dispatcher._cache = cache(function)
        except RuntimeError as error:  # no folder is writable, as in another user's installation
            log.warning("the next start must compile again: %s", error)
        return dispatcher  # type: ignore[no-any-return]  # numba has no types; callers use it like the function

    return decorated
