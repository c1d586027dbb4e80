"""Shows single pictures on a rig's monitors for photographs, unwarped, on the monitors' own pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import numpy as np
from numpy.typing import NDArray

from installation.errors import DeviceError
from installation.outputs.windows.connected import monitors_now
from installation.outputs.windows.windows import Windows
from installation.owner import Owner
from installation.picture.mixing.canvas import Canvas
from installation.rig.head import Head, match_monitors

TIMES_SHOWN = 3
"""Windows have two or three buffers, and a driver may hold one back."""


class PatternShow(Owner):
    """Owns windows over the monitors of these heads. `sizes` are the monitors' in pixels. For the main thread only.

    Raises DeviceError if a head's monitor is not connected.
    """

    def __init__(self, heads: Sequence[Head]) -> None:
        found = match_monitors(heads, monitors_now())
        missing = [head.output for head in heads if head.output not in found]
        if missing:
            raise DeviceError(
                f"the monitor of {', '.join(missing)} is not connected; see: installation rig check; or name the heads "
                "that are there with --head"
            )
        self.sizes: Mapping[str, tuple[int, int]] = {
            output: (monitor.width, monitor.height) for output, monitor in found.items()
        }
        self._frame_number = 0
        with ExitStack() as cleanup:
            plain = [Head(head.output, head.monitor, area=head.area) for head in heads]
            self._windows = cleanup.enter_context(Windows(self.sizes, lambda _: None, heads=plain))
            context = self._windows.context
            self._canvases = {
                output: cleanup.enter_context(Canvas(context, size)) for output, size in self.sizes.items()
            }
            self._cleanup = cleanup.pop_all()

    @property
    def closing(self) -> bool:
        """Whether somebody pressed Escape or closed a window."""
        return self._windows.closing

    def show(self, output: str, picture: NDArray[np.uint8]) -> None:
        """Show a grey picture (height, width) on one monitor, and black on all others, until the next call."""
        for name, canvas in self._canvases.items():
            if name == output:
                opaque = np.full(picture.shape, 255, np.uint8)
                canvas.texture.write(np.dstack([picture, picture, picture, opaque]).tobytes())
            else:
                canvas.framebuffer.clear(alpha=1.0)
        for _ in range(TIMES_SHOWN):
            self._windows.present(self._frame_number, self._canvases)
            self._frame_number += 1

    def close(self) -> None:
        self._cleanup.close()
