"""Small copies of what the outputs show, read back for people who look on, without costing the show a frame."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from typing import NamedTuple

import moderngl

from installation.outputs.sink import OutputStatistics
from installation.owner import Owner
from installation.picture.canvas import Canvas, Readback
from installation.picture.programs import Program

WIDTH_PX = 480
WIDTH_OF_ALL_PX = 1080
"""Together; more than a laptop's page has room for."""

PICTURES_PER_SECOND = 12.0
HURRIED_PER_SECOND = 24.0
MOST_TAPS = 8


class Small(NamedTuple):
    """The small copy of an output of `size_px`."""

    size_px: tuple[int, int]
    canvas: Canvas
    readback: Readback
    taps: int

    def close(self) -> None:
        self.readback.close()
        self.canvas.close()


class SmallPictures(Owner):
    """A sink that now and then copies an output, small, and hands the copy on one frame later.

    All outputs in the same frame, `per_second` times a second; nothing at all while `wanted()` is false. After
    `hurry()` the next frame is copied, and handed on at once: whoever did something sees what became of it.
    `offer(output, frame_number, width, height, pixels)` gets 4 bytes for each pixel (RGB and one unused), rows from the
    top, and must return at once. Owns a small canvas for each output that was copied.
    """

    def __init__(
        self,
        context: moderngl.Context,
        wanted: Callable[[], bool],
        offer: Callable[[str, int, int, int, bytes], None],
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
        self._small: dict[str, Small] = {}
        self._shown: dict[str, int] = {}
        self._on_the_way: tuple[list[str], int] = [], 0
        self._due = -math.inf
        self._hurried = False
        self._may_hurry = -math.inf
        with ExitStack() as cleanup:
            self._program = cleanup.enter_context(Program(context, "shrink.frag"))
            cleanup.callback(self._forget, ())
            self._cleanup = cleanup.pop_all()

    def present(self, frame_number: int, canvases: Mapping[str, Canvas]) -> None:
        """Hand on the copies that were asked for in the frame before, and ask for new ones if they are due."""
        self._hand_on()
        now, hurried = self._now(), self._hurried
        if not canvases or not self._wanted() or now < (self._may_hurry if hurried else self._due):
            return
        self._due = max(self._due + self._wait_seconds, now + self._wait_seconds / 2)
        self._hurried, self._may_hurry = False, now + 1.0 / HURRIED_PER_SECOND
        self._forget(canvases)
        width_px = min(self._width_px, WIDTH_OF_ALL_PX // len(canvases))
        for output, canvas in canvases.items():
            self._copy(canvas, self._small_of(output, canvas.size_px, width_px))
            self._shown[output] = self._shown.get(output, 0) + 1
        self._on_the_way = list(canvases), frame_number
        if hurried:
            self._hand_on()

    def hurry(self) -> None:
        """Somebody did something that shows in the next frame."""
        self._hurried = True

    def statistics(self) -> Mapping[str, OutputStatistics]:
        return {output: OutputStatistics(shown) for output, shown in self._shown.items()}

    def _hand_on(self) -> None:
        outputs, frame_number = self._on_the_way
        self._on_the_way = [], 0
        for output in outputs:
            small = self._small[output]
            self._offer(output, frame_number, *small.canvas.size_px, small.readback.finish())

    def _small_of(self, output: str, size_px: tuple[int, int], width_px: int) -> Small:
        """The output's small copy; another one where its size has changed."""
        small = self._small.get(output)
        width_px = min(width_px, size_px[0])
        if small is None or (small.size_px, small.canvas.size_px[0]) != (size_px, width_px):
            self._forget(self._small.keys() - {output})
            small = self._small[output] = _small(self._context, size_px, width_px)
        return small

    def _forget(self, kept: Collection[str]) -> None:
        """Release the copies of all outputs but these."""
        for output in self._small.keys() - set(kept):
            self._small.pop(output).close()

    def _copy(self, canvas: Canvas, small: Small) -> None:
        small.canvas.framebuffer.use()
        canvas.texture.use(0)
        self._program.set("size", tuple(map(float, small.canvas.size_px)))
        self._program.set("taps", small.taps)
        self._program.draw()
        small.readback.start()

    def close(self) -> None:
        self._cleanup.close()


def _small(context: moderngl.Context, size_px: tuple[int, int], width_px: int) -> Small:
    height_px = max(round(width_px * size_px[1] / size_px[0]), 1)
    taps = min(math.ceil(size_px[0] / width_px / 2), MOST_TAPS)
    with ExitStack() as cleanup:
        canvas = cleanup.enter_context(Canvas(context, (width_px, height_px)))
        readback = canvas.readback()
        cleanup.pop_all()
    return Small(size_px, canvas, readback, taps)
