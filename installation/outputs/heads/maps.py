"""The maps for decoding pictures for the pixels of warped heads."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from installation.owner import Owner
from installation.picture.pixel_map import PixelMap, pixel_map
from installation.picture.thread_priority import lower_thread_priority
from installation.rig.head import WHOLE_PICTURE, Head
from installation.rig.monitors import Monitor
from installation.rig.warp import Corners, Mesh, Turn, surface

log = logging.getLogger(__name__)

SETTLE_SECONDS = 1.0
"""A moved head gets a map after it has stood still for this long: until then its whole picture is bent, which follows
every nudge at the next frame."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """Everything on which a map depends."""

    corners: Corners
    mesh: Mesh | None
    turn: Turn
    monitor_px: tuple[int, int]
    picture_px: tuple[int, int]


@dataclass(slots=True)
class _HeadState:
    """A head's shape, the time since which it has it, and its map once that is requested."""

    shape: _Shape
    since: float
    made: Future[PixelMap | None] | None = None


class HeadMaps(Owner):
    """Owns the thread that makes the maps, one at a time; a head of 1920x1080 takes a second."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._laid: dict[str, _HeadState] = {}
        self._worker = ThreadPoolExecutor(1, "head maps", lower_thread_priority)

    def of(self, head: Head, monitor: Monitor) -> PixelMap | None:
        """The map of a head on this monitor; None if it is not ready, or not possible or needed."""
        if head.shows or head.part != WHOLE_PICTURE:
            return None
        if not head.is_warped or head.size_px not in (None, head.native_size_on(monitor)):
            return None
        size_px = monitor.width, monitor.height
        shape = _Shape(head.corners, head.mesh, head.turn, size_px, head.size_on(monitor))
        laid = self._laid.get(head.output)
        if laid is None or laid.shape != shape:
            laid = self._laid[head.output] = _HeadState(shape, self._steady())
        if laid.made is None and self._steady() - laid.since >= SETTLE_SECONDS:
            laid.made = self._worker.submit(_made, head.output, shape)
        return laid.made.result() if laid.made is not None and laid.made.done() else None

    def close(self) -> None:
        """Finish the map in progress, and stop the thread."""
        self._worker.shutdown(cancel_futures=True)


def _made(output: str, shape: _Shape) -> PixelMap | None:
    width, height = shape.picture_px
    try:
        found = pixel_map(surface(shape.corners, shape.mesh, shape.turn), shape.monitor_px, width / height)
    except np.linalg.LinAlgError:
        log.warning("output %s is warped as a finished picture: its mesh has a cell without width or height", output)
        return None
    log.info("output %s is now decoded for its monitor's own pixels where possible", output)
    return found
