"""The real player with gauges: they shift its wall clock, and count its GL objects and cached pictures.

`python -m installation.commands.processes.instrumented GAUGES play SCORE ...` is `installation play SCORE ...`; with
`--understudy` after GAUGES it waits first, like understudy.py. Nothing else differs from the player of a show.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import moderngl

from installation.picture.supply.cache import PictureCache
from installation.soak.gauges import CLOSED_STREAMS, GL_KINDS, Gauges

UNDERSTUDY = "--understudy"


def shift_clock(gauges: Gauges) -> None:
    """Shift wall time by the gauges' seconds from now on. Call it before modules with `time.time` as a default load."""
    real = time.time
    time.time = lambda: real() + gauges.shift_seconds


def count_gl_objects(gauges: Gauges) -> None:
    """Count the GL objects that all contexts make and release from now on."""
    for kind in GL_KINDS:
        made = "".join(part.capitalize() for part in kind.split("_"))
        _count_making(gauges, kind)
        _count_release(gauges, kind, getattr(moderngl, made))


def _count_making(gauges: Gauges, kind: str) -> None:
    # vertex_array leads to _vertex_array or _simple_vertex_array inside, texture to nothing else.
    make = getattr(moderngl.Context, kind)

    def counted(*arguments: Any, **options: Any) -> Any:
        one = make(*arguments, **options)
        gauges.count(kind, 1)
        return one

    setattr(moderngl.Context, kind, counted)


def _count_release(gauges: Gauges, kind: str, made: type[Any]) -> None:
    release: Callable[[Any], None] = made.release

    def counted(one: Any) -> None:
        if not isinstance(one.mglo, moderngl.InvalidObject):
            gauges.count(kind, -1)
        release(one)

    made.release = counted  # type: ignore[method-assign, attr-defined, unused-ignore]  # the wrapper is intended


def count_pictures(gauges: Gauges) -> None:
    """Count the bytes of cached pictures; their number depends on the quality."""
    for name in ("put", "clear"):
        _count_bytes(gauges, name, getattr(PictureCache, name))


def _count_bytes(gauges: Gauges, name: str, change: Callable[..., None]) -> None:
    def counted(cache: PictureCache, *arguments: Any) -> None:
        before = cache.size_bytes
        change(cache, *arguments)
        gauges.count("picture_bytes", cache.size_bytes - before)

    setattr(PictureCache, name, counted)


def main() -> None:
    """Put the gauges on, then play."""
    if CLOSED_STREAMS in os.environ:
        for number in (0, 1, 2) if sys.argv[2] != UNDERSTUDY else (1, 2):  # the understudy's cue arrives on stream 0
            os.close(number)
    gauges = Gauges(Path(sys.argv.pop(1)))
    shift_clock(gauges)
    count_gl_objects(gauges)
    count_pictures(gauges)
    if sys.argv[1] == UNDERSTUDY:
        del sys.argv[1]
        from installation.commands.processes import understudy

        understudy.main()
        return
    gauges.clear()
    from installation.commands import cli

    cli.main()


if __name__ == "__main__":
    main()
