"""The monitors' pictures as separate canvases, for films and rehearsals of a wall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import moderngl

from installation.outputs.heads.drawing import HeadDrawing
from installation.outputs.sink import OutputStatistics, Sink
from installation.owner import Owner
from installation.picture.mixing.canvas import Canvas
from installation.picture.programs import Program
from installation.rig.head import Head

Sizes = Mapping[str, tuple[int, int]]


class HeadCanvases(Owner):
    """Draws canvases as monitors show them: warped, coloured, with soft edges and masks, in the monitors' pixels.

    `sizes` are the canvases', in pixels (width, height); an output without a head stays unchanged. It owns its programs
    and the canvases that it returns, which change with the next picture.
    """

    def __init__(self, context: moderngl.Context, heads: Sequence[Head], sizes: Sizes, dtype: str = "f1") -> None:
        with ExitStack() as cleanup:
            self._drawings: dict[str, tuple[HeadDrawing, Canvas, Canvas]] = {}
            for head in heads:
                if head.source not in sizes:
                    continue
                monitor_px = monitor_size(head, sizes[head.source])
                drawing = cleanup.enter_context(HeadDrawing(context, head))
                screen, upright = (cleanup.enter_context(Canvas(context, monitor_px, dtype)) for _ in range(2))
                self._drawings[head.output] = drawing, screen, upright
            self._program = cleanup.enter_context(Program(context, "present.frag"))
            self._cleanup = cleanup.pop_all()

    def of(self, output: str, canvas: Canvas) -> Canvas:
        """The picture on the monitor of an output, or of a head with that name."""
        if output not in self._drawings:
            return canvas
        drawing, screen, upright = self._drawings[output]
        screen.framebuffer.use()
        screen.framebuffer.viewport = (0, 0, *screen.size_px)
        screen.framebuffer.clear(alpha=1.0)
        drawing.draw(canvas.texture, screen.size_px)
        # A monitor's top row is GL's last row, a canvas's top row the first.
        upright.framebuffer.use()
        upright.framebuffer.viewport = (0, 0, *upright.size_px)
        screen.texture.use(0)
        self._program.set("area", (0.0, 0.0, *map(float, upright.size_px)))
        self._program.draw()
        return upright

    def close(self) -> None:
        self._cleanup.close()


class HeadSink(Owner):
    """A sink that gives its `sinks` the pictures on a rig's monitors, by the names of heads. Owns only `canvases`."""

    def __init__(self, canvases: HeadCanvases, heads: Sequence[Head], sinks: Sequence[Sink]) -> None:
        self._canvases, self._heads, self._sinks = canvases, heads, sinks

    def present(self, frame_number: int, canvases: Mapping[str, Canvas]) -> None:
        """See Sink."""
        shown = {head.output: self._canvases.of(head.output, canvases[head.source]) for head in self._heads}
        for sink in self._sinks:
            sink.present(frame_number, shown)

    def statistics(self) -> Mapping[str, OutputStatistics]:
        return {output: one for sink in reversed(self._sinks) for output, one in sink.statistics().items()}

    def close(self) -> None:
        self._canvases.close()


def monitor_size(head: Head, size_px: tuple[int, int]) -> tuple[int, int]:
    """The pixels (width, height) of a head's monitor, from the head's part of an output of this size and its
    rotation."""
    width, height = head.part_size(size_px)
    return (width, height) if head.rotation in (0, 180) else (height, width)
