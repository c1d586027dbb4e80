"""Effects on the graphics card: from one texture to the next, each kind with the program for its way of drawing."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import groupby

import moderngl

from installation.owner import Owner
from installation.picture.mixing.chains import MAX_EFFECTS, NUMBERS, ChainedProgram, rows_of
from installation.picture.mixing.isf_passes import IsfPasses
from installation.picture.programs import Program
from installation.picture.rectangle import Rectangle
from installation.picture.target import Target
from installation.show.effects import EFFECTS
from installation.show.frame import Effect, Matte, Shader

MAX_SIGMA_PX = 2.0
"""A wider blur is drawn at a half or a quarter of the size, and so on."""

PAIRS = 3
"""How many samples a blur takes on each side of the middle, each between two pixels."""

PROGRAMS: Mapping[str, tuple[str, Mapping[str, int]]] = {
    "halve": ("halve.frag", {}),
    "blur": ("blur.frag", {"PAIRS": PAIRS, "LAST": 0}),
    "last blur": ("blur.frag", {"PAIRS": PAIRS, "LAST": 1}),
    "unlight": ("unlight.frag", {}),
    "matte": ("matte.frag", {}),
    "displaced": ("displaced.frag", {}),
}
"""The fragment shaders, each with its constants."""

Guide = Callable[[str, tuple[int, int]], moderngl.Texture]
"""Draws a layer, by its name, at a size in pixels (width, height), for the place of the layer that it guides."""

OF_KINDS = ("remapped", "detail")
"""The ways of drawing with one program for each effect."""


def kind_constants(word: str, *, fine: bool) -> dict[str, int]:
    """The constants for an effect's shader of OF_KINDS; `fine` if it reads the adjacent pixels."""
    return {**NUMBERS, "KIND": NUMBERS[word.upper()], "FINE": int(fine)}


_Kind = tuple[tuple[int, int], str]
"""The kind of interchangeable targets: size in pixels (width, height) and dtype."""


def _kind_of(target: Target) -> _Kind:
    return target.size_px, target.textures[0].dtype


class EffectPasses(Owner):
    """Owns the programs of all effects, and the intermediate textures, which it reuses frame after frame."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._free: dict[_Kind, list[Target]] = {}
        self._lent: list[Target] = []
        self._used: set[_Kind] = set()
        self._kept: dict[Hashable, Target] = {}
        self._seen: set[Hashable] = set()
        self.count = 0
        with ExitStack() as cleanup:
            cleanup.callback(self._release)
            self._programs = {name: cleanup.enter_context(Program(context, *one)) for name, one in PROGRAMS.items()}
            self._kinds = {
                (word, fine): cleanup.enter_context(
                    Program(context, f"{kind.drawn}.frag", kind_constants(word, fine=fine))
                )
                for word, kind in EFFECTS.items()
                if kind.drawn in OF_KINDS
                for fine in ((False, True) if kind.drawn == "detail" else (False,))
            }
            self._shaders = cleanup.enter_context(IsfPasses(context, self.target))
            self._pointwise = cleanup.enter_context(ChainedProgram(context, "pointwise.frag"))
            self._cleanup = cleanup.pop_all()

    def warm_up(self) -> Iterator[None]:
        """Draw with every program once; yields after each, and frames may come in between, which take targets back."""
        for program in (*self._kinds.values(), *self._programs.values()):
            small = self.target((4, 4))
            self._drawn(program, small.textures[0], small.size_px)
            yield
        small = self.target((4, 4))
        self.matted(small.textures[0], small.textures[0], Matte(""))
        yield

    def warm_up_chain(self, effects: Sequence[Effect]) -> None:
        """Draw with the program that applies these pointwise effects between others; only between two frames."""
        small = self.target((4, 4))
        self._drawn(self._pointwise.of(effects, Rectangle(0, 0, 4, 4)), small.textures[0], small.size_px)
        self.end_frame()

    def target(self, size_px: tuple[int, int], dtype: str = "f2") -> Target:
        """A target to draw into, by default of half floats, lent until the frame ends."""
        self._used.add((size_px, dtype))
        free = self._free.setdefault((size_px, dtype), [])
        if free:
            found = free.pop()
        else:
            found = Target(self._context, size_px, dtype=dtype)
            found.textures[0].filter = moderngl.LINEAR, moderngl.LINEAR
        self._lent.append(found)
        return found

    def kept(self, key: Hashable, draw: Callable[[], moderngl.Texture]) -> moderngl.Texture:
        """The texture from `draw`, drawn once and kept while every frame asks for it."""
        self._seen.add(key)
        if key not in self._kept:
            texture = draw()
            target = next((one for one in self._lent if one.textures[0] is texture), None)
            if target is None:  # a picture that a failed shader left unchanged
                return texture
            self._lent.remove(target)
            self._kept[key] = target
        self._used.add(_kind_of(self._kept[key]))
        return self._kept[key].textures[0]

    def end_frame(self) -> None:
        """Take back the lent targets, and release sizes that no longer occur."""
        self._lent += [self._kept.pop(key) for key in self._kept.keys() - self._seen]
        self._seen.clear()
        for target in self._lent:
            self._free.setdefault(_kind_of(target), []).append(target)
        self._lent.clear()
        for kind in self._free.keys() - self._used:
            for target in self._free.pop(kind):
                target.close()
        self._used.clear()

    def applied(self, texture: moderngl.Texture, effects: Sequence[Effect], guide: Guide) -> moderngl.Texture:
        """Apply effects in their order to a texture of display values and straight alpha; returns the texture itself
        for none.

        `guide` draws a layer that an effect reads, at the texture's size. Changes the framebuffer in use.
        """
        for way, group in groupby(effects, lambda one: EFFECTS[one.kind].drawn):
            alike = list(group)
            if way == "pointwise":
                for start in range(0, len(alike), MAX_EFFECTS):
                    program = self._pointwise.of(alike[start : start + MAX_EFFECTS], Rectangle(0, 0, *texture.size))
                    texture = self._drawn(program, texture, texture.size)
                continue
            for effect in alike:
                if way == "shader":
                    texture = self._shaders.drawn(texture, effect, guide)
                elif way == "displaced":
                    texture = self._displaced(texture, effect, guide(effect.by[0], texture.size))
                else:
                    draw = {"remapped": self._remapped, "detail": self._detail, "blur": self._blur}[way]
                    texture = draw(texture, effect)
        return texture

    def tried(self, shader: Shader, size_px: tuple[int, int]) -> None:
        """Draw with a shader at that size, with its inputs' defaults; waits for the card.

        Raises DeviceError with the shader's own line, or MediaError.
        """
        try:
            self._shaders.tried(shader, self.target(size_px).textures[0])
            self._context.finish()
        finally:
            self.end_frame()

    def _displaced(self, texture: moderngl.Texture, effect: Effect, guide: moderngl.Texture) -> moderngl.Texture:
        amount, degrees, colours = effect.values
        short_side = min(texture.size)
        across, down = amount * short_side / texture.width, amount * short_side / texture.height
        cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        program = self._programs["displaced"]
        guide.use(1)
        program.set("guide", 1)
        program.set("by_light", ((1 - colours) * across * cosine, (1 - colours) * down * sine))
        program.set("by_colours", (colours * across, colours * down))
        return self._drawn(program, texture, texture.size)

    def matted(self, texture: moderngl.Texture, matte: moderngl.Texture, told: Matte) -> moderngl.Texture:
        """A texture cut out by a matte of its size."""
        program = self._programs["matte"]
        matte.use(1)
        program.set("matte", 1)
        program.set("by_alpha", told.use == "alpha")
        program.set("inverted", told.inverted)
        return self._drawn(program, texture, texture.size)

    def _remapped(self, texture: moderngl.Texture, effect: Effect) -> moderngl.Texture:
        program = self._kinds[effect.kind, False]
        program.set_rows("values", rows_of(effect))
        program.set("aspect", texture.width / texture.height)
        return self._drawn(program, texture, texture.size)

    def _detail(self, texture: moderngl.Texture, effect: Effect) -> moderngl.Texture:
        step_px = max(effect.values[-1] * min(texture.size), 1.0)
        program = self._kinds[effect.kind, step_px == 1.0]
        program.set_rows("values", rows_of(effect))
        program.set("step_size", (step_px / texture.width, step_px / texture.height))
        return self._drawn(program, texture, texture.size)

    def _blur(self, texture: moderngl.Texture, effect: Effect) -> moderngl.Texture:
        sigma = effect.values[0] * min(texture.size)
        whole, halvings = texture.size, max(math.ceil(math.log2(max(sigma / MAX_SIGMA_PX, 1e-9))), 0)
        halve = self._programs["halve"]
        for step in range(max(halvings, 1)):
            size = (max(texture.width // 2, 1), max(texture.height // 2, 1)) if halvings else texture.size
            halve.set("size", tuple(map(float, size)))
            halve.set("is_light", step > 0)
            halve.set("halves", halvings > 0)
            texture = self._drawn(halve, texture, size)
        middle, taps = bell(own_sigma(sigma, halvings))
        across, down = (1.0 / texture.width, 0.0), (0.0, 1.0 / texture.height)
        for name, direction in (("blur", across), ("blur" if halvings else "last blur", down)):
            blur = self._programs[name]
            blur.set("direction", direction)
            blur.set("middle", middle)
            blur.set_rows("taps", taps)
            texture = self._drawn(blur, texture, texture.size)
        if not halvings:
            return texture
        unlight = self._programs["unlight"]
        unlight.set("size", tuple(map(float, whole)))
        return self._drawn(unlight, texture, whole)

    def _drawn(self, program: Program, texture: moderngl.Texture, size_px: tuple[int, int]) -> moderngl.Texture:
        target = self.target(size_px)
        target.framebuffer.use()
        target.framebuffer.viewport = (0, 0, *size_px)
        if texture.filter != (moderngl.LINEAR, moderngl.LINEAR):
            texture.filter = moderngl.LINEAR, moderngl.LINEAR
        texture.use(0)
        program.set("picture", 0)
        program.draw()
        self.count += 1
        return target.textures[0]

    def _release(self) -> None:
        self.end_frame()
        while self._free:
            for target in self._free.popitem()[1]:
                target.close()

    def close(self) -> None:
        self._cleanup.close()


def own_sigma(sigma: float, halvings: int) -> float:
    """The sigma of a blur at the size at which it is drawn: halving and enlarging blur as well."""
    pixel = 4.0**halvings
    others = (3 * pixel - 1) / 12 if halvings else 0.0  # a box of that many pixels, and a triangle of twice its width
    return math.sqrt(max((sigma**2 - others) / pixel, 0.01))


def bell(sigma: float) -> tuple[float, list[tuple[float, float]]]:
    """A Gaussian with a sigma in pixels: the weight of the middle, and (offset, weight) of each pair of pixels beside
    it."""
    weights = [math.exp(-0.5 * (pixel / sigma) ** 2) for pixel in range(2 * PAIRS + 1)]
    whole = weights[0] + 2 * sum(weights[1:])
    taps = []
    for near in range(1, 2 * PAIRS, 2):
        both = weights[near] + weights[near + 1]
        taps.append((near + weights[near + 1] / max(both, 1e-30), both / whole))
    return weights[0] / whole, taps
