"""A page of memory that a trial shares with its player: the shift of the clock, and counts of the player's objects."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from pathlib import Path

from installation.owner import Owner

GL_KINDS = (
    "buffer",
    "compute_shader",
    "framebuffer",
    "program",
    "renderbuffer",
    "sampler",
    "texture",
    "vertex_array",
)

COUNTED = (*GL_KINDS, "picture_bytes")
"""The counted kinds: GL objects, and the bytes of cached pictures."""

CLOSED_STREAMS = "INSTALLATION_SOAK_CLOSED_STREAMS"
"""The environment variable of a player that is to start without standard streams."""

_SHIFT = struct.Struct("=d")
_COUNT = struct.Struct("=q")


class Gauges(Owner):
    """A small shared file in memory. Each process sees the other's writes at once, without a thread or a socket."""

    def __init__(self, path: Path) -> None:
        """Open `path`; creates it if it does not exist."""
        size = _SHIFT.size + _COUNT.size * len(COUNTED)
        with path.open("a+b") as file:
            file.truncate(size)
            self._page = mmap.mmap(file.fileno(), size)

    @property
    def shift_seconds(self) -> float:
        """The player's wall clock minus the machine's."""
        (seconds,) = _SHIFT.unpack_from(self._page)
        return float(seconds)

    @shift_seconds.setter
    def shift_seconds(self, seconds: float) -> None:
        _SHIFT.pack_into(self._page, 0, seconds)

    def clear(self) -> None:
        """Reset all counts, at the start of a player."""
        self._page[_SHIFT.size :] = bytes(len(self._page) - _SHIFT.size)

    def count(self, kind: str, more: int) -> None:
        """Add `more` to the count of a kind of COUNTED."""
        _COUNT.pack_into(self._page, self._place(kind), self._living(kind) + more)

    def gl_objects(self) -> Mapping[str, int]:
        """The living GL objects by kind."""
        return {kind: self._living(kind) for kind in GL_KINDS}

    @property
    def picture_bytes(self) -> int:
        return self._living("picture_bytes")

    def _living(self, kind: str) -> int:
        return int(_COUNT.unpack_from(self._page, self._place(kind))[0])

    def _place(self, kind: str) -> int:
        return _SHIFT.size + _COUNT.size * COUNTED.index(kind)

    def close(self) -> None:
        self._page.close()
