"""A page of memory that a trial and the player in it share: how far the clock is shifted, what lives in the player."""

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
"""What is counted: GL objects by kind, and the bytes of the pictures that may be asked for again."""

CLOSED_STREAMS = "INSTALLATION_SOAK_CLOSED_STREAMS"
"""In the environment of a player that is to begin without standard streams."""

_SHIFT = struct.Struct("=d")
_COUNT = struct.Struct("=q")


class Gauges(Owner):
    """A small file in memory. Whoever opens it sees at once what the other writes; it needs no thread and no socket."""

    def __init__(self, path: Path) -> None:
        """Open `path`; makes it where it does not exist."""
        size = _SHIFT.size + _COUNT.size * len(COUNTED)
        with path.open("a+b") as file:
            file.truncate(size)
            self._page = mmap.mmap(file.fileno(), size)

    @property
    def shift_seconds(self) -> float:
        """How far the player's wall clock is ahead of the machine's."""
        (seconds,) = _SHIFT.unpack_from(self._page)
        return float(seconds)

    @shift_seconds.setter
    def shift_seconds(self, seconds: float) -> None:
        _SHIFT.pack_into(self._page, 0, seconds)

    def clear(self) -> None:
        """A player begins: it has nothing yet."""
        self._page[_SHIFT.size :] = bytes(len(self._page) - _SHIFT.size)

    def count(self, kind: str, more: int) -> None:
        """So many more of a kind of COUNTED live."""
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
