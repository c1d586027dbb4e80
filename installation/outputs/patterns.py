"""Test patterns in place of pictures: a sink in front of the other sinks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import moderngl
import numpy as np

from installation.outputs.sink import OutputStatistics, Sink
from installation.owner import Owner
from installation.picture.mixing.canvas import Canvas
from installation.picture.programs import Program
from installation.rig import sync_code
from installation.rig.pattern_drawings import PatternCard, drawn

CELLS_PX = sync_code.CELLS + 2
"""The side of a sync code in cells, with a black cell on every side."""


class Patterns(Owner):
    """Passes the frames on to `sinks`, with test patterns in place of the outputs for which they are `wanted`.

    So patterns take the path of pictures: through warp and colour, with or without a rig, and onto the console page. It
    calls `wanted` at every frame. Another thread draws the patterns, and a picture stays until its pattern is ready;
    only the sync code belongs to its exact frame. Owns the patterns, not the sinks.
    """

    def __init__(
        self, context: moderngl.Context, sinks: Sequence[Sink], wanted: Callable[[], Mapping[str, PatternCard]]
    ) -> None:
        self._context = context
        self._sinks = sinks
        self._wanted = wanted
        self._shown: dict[str, tuple[PatternCard, Canvas]] = {}
        self._coming: dict[str, tuple[PatternCard, Future[bytes]]] = {}
        with ExitStack() as cleanup:
            self._program = cleanup.enter_context(Program(context, "present.frag"))
            self._cells = context.texture((CELLS_PX, CELLS_PX), 4)
            cleanup.callback(self._cells.release)
            self._cells.filter = moderngl.NEAREST, moderngl.NEAREST
            self._worker = cleanup.enter_context(ThreadPoolExecutor(1, "test patterns"))
            cleanup.callback(self._forget, ())
            self._cleanup = cleanup.pop_all()

    def present(self, frame_number: int, canvases: Mapping[str, Canvas]) -> None:
        """See Sink; it passes on the same canvases, except for the patterns."""
        wanted = self._wanted()
        if wanted or self._shown or self._coming:
            canvases = self._over(frame_number, canvases, wanted)
        for sink in self._sinks:
            sink.present(frame_number, canvases)

    def statistics(self) -> Mapping[str, OutputStatistics]:
        return {output: one for sink in reversed(self._sinks) for output, one in sink.statistics().items()}

    def _over(
        self, frame_number: int, canvases: Mapping[str, Canvas], wanted: Mapping[str, PatternCard]
    ) -> Mapping[str, Canvas]:
        self._forget([output for output in wanted if output in canvases])
        for output in wanted.keys() & canvases.keys():
            self._request(output, wanted[output])
        patterns = {}
        for output, (sheet, canvas) in self._shown.items():
            patterns[output] = canvas
            if sheet.pattern == "sync":
                self._draw_code(frame_number, canvas)
        return {**canvases, **patterns}

    def _request(self, output: str, sheet: PatternCard) -> None:
        """Start to draw a pattern that is not shown yet, or show it if it is ready."""
        if output in self._coming:
            coming, future = self._coming[output]
            if not future.done():
                return
            del self._coming[output]
            self._show(output, coming, future.result())
        if output not in self._shown or self._shown[output][0] != sheet:
            self._coming[output] = sheet, self._worker.submit(_pixels, sheet)

    def _show(self, output: str, sheet: PatternCard, pixels: bytes) -> None:
        if output in self._shown and self._shown[output][1].size_px == sheet.size_px:
            canvas = self._shown[output][1]
        else:
            self._release(output)
            canvas = Canvas(self._context, sheet.size_px)
        canvas.texture.write(pixels)
        self._shown[output] = sheet, canvas

    def _draw_code(self, frame_number: int, canvas: Canvas) -> None:
        """Draw the frame's code in the middle, as large as possible in whole pixels."""
        cells = np.pad(sync_code.cells(frame_number), 1)[::-1]  # canvases have the top row first, windows have it last
        self._cells.write(np.repeat(255 * cells[..., None].astype(np.uint8), 4, axis=2).tobytes())
        width, height = canvas.size_px
        side = min(width, height) // CELLS_PX * CELLS_PX
        area = ((width - side) // 2, (height - side) // 2, side, side)
        canvas.framebuffer.use()
        canvas.framebuffer.viewport = area
        self._cells.use(0)
        self._program.set("area", area)
        self._program.draw()
        canvas.framebuffer.viewport = (0, 0, width, height)

    def _forget(self, kept: Sequence[str]) -> None:
        """Release the patterns of all outputs but these."""
        for output in self._shown.keys() - set(kept):
            self._release(output)
        for output in self._coming.keys() - set(kept):
            self._coming.pop(output)[1].cancel()

    def _release(self, output: str) -> None:
        if output in self._shown:
            self._shown.pop(output)[1].close()

    def close(self) -> None:
        self._cleanup.close()


def _pixels(sheet: PatternCard) -> bytes:
    """The drawn pattern in a canvas's format."""
    return drawn(sheet).convert("RGBA").tobytes()
