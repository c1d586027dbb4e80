"""Damaged files of other programs, in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from installation.errors import RigError


@contextmanager
def damage_told(where: str, what: str, way_out: str) -> Iterator[None]:
    """Decode a foreign file within this context: whatever the decoder raises becomes a RigError."""
    try:
        yield
    except RigError:
        raise
    except Exception as error:  # a foreign file may make its decoder raise anything
        raise RigError(f"{where}: this {what} is damaged: {error}; {way_out}") from None
