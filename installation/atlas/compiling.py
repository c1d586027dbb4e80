"""numba, with a cache that nothing depends on: if it cannot be read or written, functions are compiled anew."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numba
from numba.core.caching import FunctionCache

log = logging.getLogger(__name__)

Function = Callable[..., Any]


class _OptionalCache(FunctionCache):  # type: ignore[misc, unused-ignore]  # numba has no types
    """A cache file that is damaged, or cannot be written, costs a few seconds of compiling and no decoder."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        cache: Any = super()
        try:
            return cache.load_overload(sig, target_context)
        except Exception as error:  # whatever lies there, it can be made again
            log.warning("%s: the cache is damaged, so it is compiled again: %s", self._name, error)
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        cache: Any = super()
        try:
            cache.save_overload(sig, data)
        except Exception as error:  # a cache that cannot be written costs time and no show
            log.warning("%s: the next start must compile again: %s", self._name, error)


def compiled(*, fastmath: bool = False) -> Callable[[Function], Function]:
    """Functions are compiled when they are first called, and kept for the next start where there is a place."""

    def decorated(function: Function) -> Function:
        dispatcher: Any = numba.njit(nogil=True, error_model="numpy", fastmath=fastmath)(function)
        try:
            cache: Any = _OptionalCache
            dispatcher._cache = cache(function)
        except RuntimeError as error:  # no folder can be written, as in an installation that belongs to others
            log.warning("the next start must compile again: %s", error)
        return dispatcher  # type: ignore[no-any-return]  # numba has no types; it is called as the function is

    return decorated
