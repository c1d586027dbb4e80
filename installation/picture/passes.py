"""The mixer's passes: how the layers seen in a region become its pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import NamedTuple, Self

import moderngl

from installation.picture.canvas import Canvas
from installation.picture.layout import WHOLE, Mask
from installation.picture.programs import Program
from installation.picture.rectangle import Rectangle
from installation.picture.target import Target

STACK = 4
"""How many layers one pass lays over each other: 2 pictures each, and OpenGL 3.3 promises 16 textures at a time."""

Row = tuple[float, float, float]
_NO_ROW: Row = (0.0, 0.0, 0.0)

Blending = tuple[float, float, float, float]
NORMAL: Blending = (0.0, 1.0, 0.0, 0.0)
_GOES_ON = Mask(share=0.0)


class Picture(NamedTuple):
    """A texture and the rows that make a pixel (x, y, 1) of the canvas its coordinates u and v."""

    texture: moderngl.Texture
    row_u: Row
    row_v: Row


class Entry(NamedTuple):
    """One layer in a pass. No picture: a cue's black ground. `mask` is given where the layer is its cue's last.

    `share` is the second picture's; `origin`, given when the one picture was decoded for just these pixels, is where
    its place begins on the canvas; `blend` has the factors of shaders/blend.glsl.
    """

    pictures: tuple[Picture, ...] = ()
    share: float = 0.0
    origin: tuple[int, int] | None = None
    blend: Blending = NORMAL
    opacity: float = 0.0
    begins_cue: bool = False
    mask: Mask | None = None

    @property
    def covers(self) -> bool:
        """Whether nothing but this layer is seen, so that no light needs to be mixed."""
        return bool(self.pictures) and self.opacity >= 1 and self.blend == NORMAL and self.mask == WHOLE


class Passes:
    """Owns the programs, compiled once, and the textures in between that deep stacks need."""

    def __init__(self, context: moderngl.Context, *, dither: bool) -> None:
        self._context = context
        self._dither_strength = float(dither)
        self._deep_stacks: dict[tuple[int, int], tuple[Target, Target]] = {}
        self.count = 0
        with ExitStack() as cleanup:

            def program(fragment: str, **constants: int) -> Program:
                return cleanup.enter_context(Program(context, fragment, constants))

            self._exact = program("exact.frag")
            self._straight = [program("stack.frag", STACK=1, PARTS=n, LIGHT=0, DEEP=0) for n in (1, 2)]
            self._stacks = {
                (layers, parts): program("stack.frag", STACK=layers, PARTS=parts, LIGHT=1, DEEP=0)
                for layers in range(1, STACK + 1)
                for parts in (1, 2)
            }
            self._deep = program("stack.frag", STACK=STACK, PARTS=2, LIGHT=1, DEEP=1)
            self._finish = program("finish.frag")
            for stack in (*self._straight, *self._stacks.values(), self._deep):
                stack.number_samplers("pictures")
            self._deep.set("below_so_far", 2 * STACK)
            self._deep.set("cue_so_far", 2 * STACK + 1)
            # Like the decoded pictures: drivers that compile for the kind of texture in use then do so once.
            self._black = context.texture((3, 3), 4, bytes(3 * 3 * 4 * 2), dtype="f2")
            cleanup.callback(self._black.release)
            self._black.repeat_x = self._black.repeat_y = False
            self._cleanup = cleanup.pop_all()

    def warm_up(self, canvas: Canvas) -> Iterator[None]:
        """Draw black on the canvas with every program, those needed most often first; yields after each.

        A driver may compile a program only when it is first drawn with: llvmpipe takes 0.1 to 0.7 s each the first
        time ever, 5 to 50 ms from its cache on disk (two shared AMD EPYC cores).
        """
        pixel = Rectangle(0, 0, 1, 1)
        picture = Picture(self._black, _NO_ROW, _NO_ROW)
        last = Entry(opacity=1.0, begins_cue=True, mask=WHOLE)
        one, two = last._replace(pictures=(picture,)), last._replace(pictures=(picture, picture))
        for entries, level in (
            ([one._replace(origin=(0, 0))], 1.0),
            ([two], 1.0),
            ([two, two], 1.0),
            ([one], 1.0),
            ([two], 0.5),
            ([one, one], 1.0),
            ([one], 0.5),
            *(([parts] * layers, 1.0) for layers in range(3, STACK + 1) for parts in (two, one)),
        ):
            self.draw(canvas, pixel, entries, level, 0)
            yield

    def draw(
        self, canvas: Canvas, region: Rectangle, entries: Sequence[Entry], level: float, frame_number: int
    ) -> None:
        """Draw a region of the canvas from its entries, back to front, at least one; `frame_number` moves dither."""
        if len(entries) > STACK:
            self._draw_deep(canvas, region, entries, level, frame_number)
            return
        if len(entries) == 1 and entries[0].covers and level >= 1:
            program = self._exact if entries[0].origin else self._straight[len(entries[0].pictures) - 1]
        else:
            program = self._stacks[len(entries), max(1, *(len(entry.pictures) for entry in entries))]
        self._set_entries(program, entries)
        self._run(program, canvas.framebuffer, region, level, frame_number)

    def _draw_deep(
        self, canvas: Canvas, region: Rectangle, entries: Sequence[Entry], level: float, frame_number: int
    ) -> None:
        source, target = self._deep_stack(canvas.size_px)
        source.framebuffer.use()
        source.framebuffer.clear()
        for start in range(0, len(entries), STACK):
            chunk = entries[start : start + STACK]
            self._set_entries(self._deep, [*chunk, *[Entry()] * (STACK - len(chunk))])
            _use_textures(source, 2 * STACK)
            self._run(self._deep, target.framebuffer, region, level, frame_number)
            source, target = target, source
        _use_textures(source, 0)
        self._run(self._finish, canvas.framebuffer, region, level, frame_number)

    def _set_entries(self, program: Program, entries: Sequence[Entry]) -> None:
        rows: list[Row] = []
        layers = []
        masks = []
        lines = []
        for index, entry in enumerate(entries):
            for part in range(2):
                picture = entry.pictures[min(part, len(entry.pictures) - 1)] if entry.pictures else None
                (picture.texture if picture else self._black).use(2 * index + part)
                rows += [picture.row_u, picture.row_v] if picture else [_NO_ROW, _NO_ROW]
            layers.append((entry.share, entry.opacity, float(entry.begins_cue)))
            share, edge, radius, light, line = entry.mask or _GOES_ON
            masks.append((share, edge, radius, light))
            lines.append(line)
        program.set("origin", entries[0].origin or (0, 0))
        program.set_rows("rows", rows)
        program.set_rows("layers", layers)
        program.set_rows("blends", [entry.blend for entry in entries])
        program.set_rows("masks", masks)
        program.set_rows("lines", lines)

    def _run(
        self, program: Program, target: moderngl.Framebuffer, region: Rectangle, level: float, frame_number: int
    ) -> None:
        program.set("level", level)
        program.set("dither_frame", frame_number % 2**32)
        program.set("dither_strength", self._dither_strength)
        target.use()
        target.viewport = (region.left, region.top, region.width, region.height)
        program.draw()
        self.count += 1

    def _deep_stack(self, size_px: tuple[int, int]) -> tuple[Target, Target]:
        """Two times (what is below, the present cue) in linear light, made when first needed and kept."""
        if size_px not in self._deep_stacks:
            self._deep_stacks[size_px] = (
                self._cleanup.enter_context(Target(self._context, size_px, dtype="f2", count=2)),
                self._cleanup.enter_context(Target(self._context, size_px, dtype="f2", count=2)),
            )
        return self._deep_stacks[size_px]

    def close(self) -> None:
        self._cleanup.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()


def _use_textures(target: Target, first: int) -> None:
    for index, texture in enumerate(target.textures):
        texture.use(first + index)
