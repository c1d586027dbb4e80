"""Textures of decoded pictures: uploaded once per picture, enlarged where small, reused when no longer drawn."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Self

import moderngl
import numpy as np

from installation.picture.programs import Program
from installation.picture.rectangle import Rectangle
from installation.picture.source import Decoded
from installation.picture.target import Target
from installation.show.frame import View

ENLARGE_FROM = 1.5
"""From this ratio of place to picture on, a picture is enlarged cubically; below, the linear filter is enough."""

FACTOR = 2

RGBA16F = 0x881A
"""OpenGL's number. Pictures of 3 values fill it too: one kind of texture, so llvmpipe compiles each program once."""

SPARE_BYTES = 64 * 1024 * 1024
"""How much texture memory waits for the next pictures of the same size, at most."""


class _Room:
    """The memory for one picture: a texture, and when it was enlarged the target that this was drawn into."""

    def __init__(self, context: moderngl.Context, size_px: tuple[int, int], *, enlarged: bool) -> None:
        self.size_px, self.enlarged = size_px, enlarged
        with ExitStack() as cleanup:
            if enlarged:
                self.target = cleanup.enter_context(Target(context, size_px, dtype="f2"))
                self.texture = self.target.textures[0]
            else:
                self.texture = context.texture(size_px, 3, dtype="f2", alignment=1, internal_format=RGBA16F)
                cleanup.callback(self.texture.release)
                self.texture.repeat_x = self.texture.repeat_y = False
            self.texture.filter = moderngl.LINEAR, moderngl.LINEAR
            self._cleanup = cleanup.pop_all()

    @property
    def size_bytes(self) -> int:
        return 8 * self.texture.width * self.texture.height

    def close(self) -> None:
        self._cleanup.close()


class Textures:
    """Keeps a texture for each picture that the last frame drew; owns them all.

    Half floats: llvmpipe samples them as fast as 8 bits (two pictures to 640x360: 1.4 ms either way on two shared AMD
    EPYC cores), and gradients keep what the dither needs.
    """

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._shown: dict[tuple[int, bool], tuple[Decoded, _Room]] = {}
        self._drawn: set[tuple[int, bool]] = set()
        self._spare: list[_Room] = []
        self.uploads = 0
        with ExitStack() as cleanup:
            self._enlarge = cleanup.enter_context(Program(context, "enlarge.frag", {"FACTOR": FACTOR}))
            cleanup.callback(self._release_rooms)
            self._cleanup = cleanup.pop_all()

    @property
    def count(self) -> int:
        return len(self._shown) + len(self._spare)

    @property
    def size_bytes(self) -> int:
        return sum(room.size_bytes for room in [*self._spare, *(room for _, room in self._shown.values())])

    def warm_up(self) -> None:
        """Enlarge a picture that nobody sees, so that the driver compiles the program now."""
        self._spare.append(self._enlarged(Decoded(np.zeros((3, 3, 3), np.float16), View())))

    def texture_of(self, decoded: Decoded, rectangle: Rectangle) -> moderngl.Texture:
        """The texture of `decoded` for a place of that many pixels; changes the framebuffer in use when it is new."""
        height, width, _ = decoded.pixels.shape
        enlarged = rectangle.width >= ENLARGE_FROM * width or rectangle.height >= ENLARGE_FROM * height
        key = (id(decoded), enlarged)  # the table holds the picture too, so that no other can get its id
        self._drawn.add(key)
        if key not in self._shown:
            self._shown[key] = (decoded, self._enlarged(decoded) if enlarged else self._uploaded(decoded))
        return self._shown[key][1].texture

    def end_frame(self) -> None:
        """Pictures that this frame did not draw make room for the next ones."""
        for key in self._shown.keys() - self._drawn:
            self._spare.append(self._shown.pop(key)[1])
        self._drawn.clear()
        spare_bytes = sum(room.size_bytes for room in self._spare)
        while spare_bytes > SPARE_BYTES:
            room = self._spare.pop(0)
            spare_bytes -= room.size_bytes
            room.close()

    def _uploaded(self, decoded: Decoded) -> _Room:
        height, width, _ = decoded.pixels.shape
        room = self._room((width, height), enlarged=False)
        room.texture.write(np.ascontiguousarray(decoded.pixels))
        self.uploads += 1
        return room

    def _enlarged(self, decoded: Decoded) -> _Room:
        small = self._uploaded(decoded)
        large = self._room((FACTOR * small.texture.width, FACTOR * small.texture.height), enlarged=True)
        large.target.framebuffer.use()
        small.texture.use(0)
        self._enlarge.draw()
        self._spare.append(small)
        return large

    def _room(self, size_px: tuple[int, int], *, enlarged: bool) -> _Room:
        for index, spare in enumerate(self._spare):
            if spare.size_px == size_px and spare.enlarged == enlarged:
                return self._spare.pop(index)
        return _Room(self._context, size_px, enlarged=enlarged)

    def _release_rooms(self) -> None:
        for room in [*self._spare, *(room for _, room in self._shown.values())]:
            room.close()
        self._shown.clear()
        self._spare.clear()

    def close(self) -> None:
        self._cleanup.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()
