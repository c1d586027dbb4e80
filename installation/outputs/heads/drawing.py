"""Draws a canvas onto a monitor according to its head: warp, colour, soft edges, masks."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

import moderngl
import numpy as np

from installation.outputs.heads.mask_texture import SMALL_PX, MaskTexture
from installation.owner import Owner
from installation.picture.programs import Program
from installation.picture.target import Target
from installation.rig.head import Head, MonitorSelector
from installation.rig.lut import Lut
from installation.rig.warp import AS_SEEN, Corners, Floats, Mesh, Turn, surface

PLACES, LUT_1D, LUT_3D, MASK = range(1, 5)
"""Texture units; the canvas has unit 0."""


class HeadDrawing(Owner):
    """Owns programs and their textures for one head at a time, in the context of one window.

    A program has only the features that the head uses: for three plain heads of 640x360 pixels a frame took 12 ms of
    processor time, and 32 ms with all features (software GL). Each program is compiled at first use; see `warm_up`. A
    head without tables or masks gets small invisible ones, because a driver may compile for the textures in use.

    Any thread may set `head` at any time: it takes effect at the next `draw`, which renews only what has changed. A
    head with other masks takes effect when these are drawn; no frame waits for them. The monitor has `bits` a channel.
    """

    def __init__(self, context: moderngl.Context, head: Head, bits: int = 8) -> None:
        self.head = head
        self._context, self._bits = context, bits
        self._laid: Head | None = None
        self._textures: dict[int, moderngl.Texture | moderngl.Texture3D] = {}
        self._laid_px = (0, 0)
        self._cells = 0
        self._programs: dict[tuple[int, ...], Program] = {}
        self._cleanup = ExitStack()
        self._cleanup.callback(self._release)
        self._mask = self._cleanup.enter_context(MaskTexture(context))
        self._program = self._program_for(head)
        if not head.masks:  # this head then stays until later masks are drawn
            self._mask.takes((), SMALL_PX, AS_SEEN)
            self._lay(head)

    def draw(self, canvas: moderngl.Texture, size_px: tuple[int, int], *, bent: bool = False) -> None:
        """Draw the canvas into the framebuffer in use, which is black and of `size_px`.

        A canvas that was drawn for this monitor's pixels is `bent` already, and has one texel for each pixel.
        """
        head = self.head
        if (head is not self._laid or size_px != self._laid_px) and self._update_masks(head, size_px):
            self._lay(head)
            self._laid_px = size_px
        self._program.set("bent", bent)
        canvas.use(0)
        for unit, texture in self._textures.items():
            texture.use(unit)
        self._mask.use(MASK)
        self._program.draw_triangles(2 * self._cells)

    def _update_masks(self, head: Head, size_px: tuple[int, int]) -> bool:
        return self._mask.takes(head.masks, size_px, head.turn)

    def _lay(self, head: Head) -> None:
        before, self._laid = self._laid, head
        if before is None or _shape_of(head) != _shape_of(before):
            self._set_places(surface(*_shape_of(head)))
        if before is None or head.lut != before.lut:
            self._set_lut(head.lut)
        self._program = self._program_for(head)
        edge, lut = head.soft_edge, head.lut
        self._program.set("part", tuple(head.part))
        self._program.set("edges", (edge.left, edge.top, edge.right, edge.bottom))
        self._program.set("edge_gamma", edge.gamma)
        self._program.set("black_lift", head.black_lift)
        self._program.set("white", head.white)
        self._program.set("curve", head.curve)
        self._program.set("masked", bool(head.masks))
        self._program.set("lut_dimensions", lut.dimensions if lut else 0)
        if lut is not None:
            self._program.set("lut_size", float(lut.size))
            self._program.set("lut_low", lut.low)
            self._program.set("lut_high", lut.high)

    def _program_for(self, head: Head) -> Program:
        """The program with exactly the features that this head uses."""
        coloured = head.white != (1, 1, 1) or head.curve != (1, 1, 1) or head.lut is not None
        edge = head.soft_edge
        shaded = any((edge.left, edge.top, edge.right, edge.bottom, head.black_lift, head.masks))
        constants = {"COLOURED": int(coloured), "SHADED": int(shaded)}
        key = tuple(constants.values())
        if key not in self._programs:
            program = Program(self._context, "head.frag", constants, vertex="head.vert")
            self._programs[key] = self._cleanup.enter_context(program)
            # Within a step of the monitor, and constant in time, because the canvas's own dither moves.
            program.set("dither_strength", 255 / (2**self._bits - 1))
            for unit, name in ((PLACES, "places"), (LUT_1D, "lut_1d"), (LUT_3D, "lut_3d"), (MASK, "mask")):
                program.set(name, unit)
        return self._programs[key]

    def _set_places(self, places: Floats) -> None:
        rows, columns, _ = places.shape
        texels = np.zeros((rows, columns, 4), np.float32)
        texels[..., :3] = places
        self._put(PLACES, self._context.texture((columns, rows), 4, texels.tobytes(), dtype="f4"))
        self._cells = (columns - 1) * (rows - 1)

    def _set_lut(self, lut: Lut | None) -> None:
        flat = lut if lut and lut.dimensions == 1 else None
        cube = lut if lut and lut.dimensions == 3 else None
        size_px, table = ((flat.size, 1), flat.table) if flat else ((1, 1), bytes(12))
        self._put(LUT_1D, self._context.texture(size_px, 3, table, dtype="f4"))
        sides, table = ((cube.size,) * 3, cube.table) if cube else ((3, 3, 3), bytes(27 * 12))
        self._put(LUT_3D, self._context.texture3d(sides, 3, table, dtype="f4"))

    def _put(self, unit: int, texture: moderngl.Texture | moderngl.Texture3D) -> None:
        """Replace the texture of a unit."""
        if before := self._textures.pop(unit, None):
            before.release()
        texture.repeat_x = texture.repeat_y = False
        if isinstance(texture, moderngl.Texture3D):
            texture.repeat_z = False
        self._textures[unit] = texture

    def _release(self) -> None:
        while self._textures:
            self._textures.popitem()[1].release()

    def close(self) -> None:
        self._cleanup.close()


def _shape_of(head: Head) -> tuple[Corners, Mesh | None, Turn]:
    return head.corners, head.mesh, head.turn


def warm_up(framebuffer: moderngl.Framebuffer) -> None:
    """Draw into an invisible window with every program that a head may need.

    So no adjustment during a show waits for the driver's compilation. For all programs llvmpipe takes 0.9 s of a
    processor the first time ever, and 0.03 s from its cache on disk; then a window gets a program in about 10 ms.
    """
    context = framebuffer.ctx
    plain = Head("", MonitorSelector())
    coloured = replace(plain, white=(0.5, 0.5, 0.5))
    cube = replace(plain, lut=Lut(3, 2, bytes(8 * 12)))
    with Target(context, SMALL_PX) as canvas:
        framebuffer.use()
        for unshaded in (plain, coloured, cube):
            for head in (unshaded, replace(unshaded, black_lift=0.5)):
                # A new drawing for each head: llvmpipe's cache finds again only the first variant that it compiled for
                # a program.
                with HeadDrawing(context, head) as drawing:
                    drawing.draw(canvas.textures[0], SMALL_PX)
