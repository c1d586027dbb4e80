"""A page of memory that a trial and the player in it share: how far the clock is shifted, how many GL objects live."""

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

_SHIFT = struct.Struct("=d")
_COUNT = struct.Struct("=q")


class Gauges(Owner):
    """A small file in memory. Whoever opens it sees at once what the other writes; it needs no thread and no socket."""

    def __init__(self, path: Path) -> None:
        """Open `path`; makes it where it does not exist."""
        size = _SHIFT.size + _COUNT.size * len(GL_KINDS)
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
        """A player begins: it has no GL objects yet."""
        self._page[_SHIFT.size :] = bytes(len(self._page) - _SHIFT.size)

    def count(self, kind: str, more: int) -> None:
        """So many more objects of a kind of GL_KINDS live."""
        place = self._place(kind)
        (living,) = _COUNT.unpack_from(self._page, place)
        _COUNT.pack_into(self._page, place, living + more)

    def gl_objects(self) -> Mapping[str, int]:
        """The living GL objects by kind."""
        return {kind: int(_COUNT.unpack_from(self._page, self._place(kind))[0]) for kind in GL_KINDS}

    def _place(self, kind: str) -> int:
        return _SHIFT.size + _COUNT.size * GL_KINDS.index(kind)

    def close(self) -> None:
        self._page.close()
