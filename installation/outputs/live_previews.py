"""Small copies of the outputs' pictures, read back for viewers of the console, without costing the show a frame."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import NamedTuple

import moderngl

from installation.outputs.sink import OutputStatistics
from installation.owner import Owner
from installation.picture.mixing.canvas import Canvas, Readback
from installation.picture.programs import Program

WIDTH_PX = 480
WIDTH_OF_ALL_PX = 1080
"""The width of all copies together; a laptop's page has room for less."""

BLOCK_PX = 16
"""Copies begin at multiples of this size of a JPEG's colour blocks, so that none bleeds into the next."""

PICTURES_PER_SECOND = 12.0
URGENT_PER_SECOND = 24.0
MAX_TAPS = 8

PixelArea = tuple[int, int, int, int]
"""Left, top, width and height, in pixels."""

OnPreviews = Callable[[int, tuple[int, int], Mapping[str, PixelArea], bytes], None]


class _PreviewSheet(NamedTuple):
    """A sheet for the copies of outputs of these sizes, side by side."""

    sizes: Mapping[str, tuple[int, int]]
    places: Mapping[str, PixelArea]
    canvas: Canvas
    readback: Readback

    def close(self) -> None:
        self.readback.close()
        self.canvas.close()


class LivePreviews(Owner):
    """A sink that at intervals copies all outputs, small and side by side, and passes on the sheet one frame later.

    One sheet, because reading, packing, sending and drawing three pictures costs more than one of the same size. It
    copies `per_second` times a second, and never while `wanted()` is false. After `refresh_now()` it copies the next
    frame and passes it on at once, so that operators see the result of their actions.

    `offer(frame_number, size_px, places, pixels)` gets 4 bytes a pixel (RGB and one unused), rows from the top, and
    must return at once. Owns the sheet.
    """

    def __init__(
        self,
        context: moderngl.Context,
        wanted: Callable[[], bool],
        offer: OnPreviews,
        *,
        width_px: int = WIDTH_PX,
        per_second: float = PICTURES_PER_SECOND,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wanted = wanted
        self._offer = offer
        self._wait_seconds = 1.0 / per_second
        self._now = now
        self._width_px = width_px
        self._context = context
        self._sheet: _PreviewSheet | None = None
        self._shown: dict[str, int] = {}
        self._pending_frame: int | None = None
        self._due = -math.inf
        self._is_urgent = False
        self._urgent_from = -math.inf
        with ExitStack() as cleanup:
            self._program = cleanup.enter_context(Program(context, "shrink.frag"))
            cleanup.callback(self._forget)
            self._cleanup = cleanup.pop_all()

    def present(self, frame_number: int, canvases: Mapping[str, Canvas]) -> None:
        """Pass on the copies of the frame before, and start new ones if they are due."""
        self._hand_on()
        now, is_urgent = self._now(), self._is_urgent
        if not canvases or not self._wanted() or now < (self._urgent_from if is_urgent else self._due):
            return
        self._due = max(self._due + self._wait_seconds, now + self._wait_seconds / 2)
        if is_urgent:
            self._is_urgent, self._urgent_from = False, now + 1.0 / URGENT_PER_SECOND
        sheet = self._sheet_for({output: canvas.size_px for output, canvas in canvases.items()})
        for output, canvas in canvases.items():
            self._copy(canvas, sheet.canvas, sheet.places[output])
            self._shown[output] = self._shown.get(output, 0) + 1
        sheet.readback.start()
        self._pending_frame = frame_number
        if is_urgent:
            self._hand_on()

    def refresh_now(self) -> None:
        """Copy the next frame, because an operator's action shows in it."""
        self._is_urgent = True

    def statistics(self) -> Mapping[str, OutputStatistics]:
        return {output: OutputStatistics(shown) for output, shown in self._shown.items()}

    def _hand_on(self) -> None:
        frame_number, self._pending_frame = self._pending_frame, None
        if frame_number is not None and self._sheet is not None:
            self._offer(frame_number, self._sheet.canvas.size_px, self._sheet.places, self._sheet.readback.finish())

    def _sheet_for(self, sizes: Mapping[str, tuple[int, int]]) -> _PreviewSheet:
        """The sheet; a new one if outputs or their sizes have changed."""
        if self._sheet is None or self._sheet.sizes != sizes:
            self._forget()
            self._sheet = _sheet(self._context, sizes, min(self._width_px, WIDTH_OF_ALL_PX // len(sizes)))
        return self._sheet

    def _forget(self) -> None:
        if self._sheet is not None:
            self._sheet.close()
            self._sheet = None

    def _copy(self, canvas: Canvas, sheet: Canvas, place: PixelArea) -> None:
        left, top, width, height = place
        sheet.framebuffer.use()
        sheet.framebuffer.viewport = place
        canvas.texture.use(0)
        self._program.set("corner", (float(left), float(top)))
        self._program.set("size", (float(width), float(height)))
        self._program.set("taps", min(math.ceil(canvas.size_px[0] / width / 2), MAX_TAPS))
        self._program.draw()

    def close(self) -> None:
        self._cleanup.close()


def _sheet(context: moderngl.Context, sizes: Mapping[str, tuple[int, int]], max_px: int) -> _PreviewSheet:
    """A sheet for copies no wider than `max_px` and no larger than their outputs."""
    places: dict[str, PixelArea] = {}
    left = 0
    for output, (width, height) in sizes.items():
        width_px = min(max_px, width)
        places[output] = left, 0, width_px, max(round(width_px * height / width), 1)
        left += -(-width_px // BLOCK_PX) * BLOCK_PX
    size_px = max(x + width for x, _, width, _ in places.values()), max(height for *_, height in places.values())
    with ExitStack() as cleanup:
        canvas = cleanup.enter_context(Canvas(context, size_px))
        canvas.framebuffer.clear()  # the gaps between copies stay black
        readback = canvas.readback()
        cleanup.pop_all()
    return _PreviewSheet(sizes, places, canvas, readback)
