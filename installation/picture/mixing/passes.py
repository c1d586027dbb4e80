"""The mixer's passes: how the visible layers of a region become its pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import NamedTuple

import moderngl

from installation.owner import Owner
from installation.picture.glsl_maps import GlslMaps
from installation.picture.mixing.chains import ChainedProgram, constants_of
from installation.picture.mixing.layout import NO_MASK, RevealMask
from installation.picture.pixel_map import PixelMap
from installation.picture.programs import Program
from installation.picture.rectangle import Rectangle
from installation.picture.target import Target
from installation.show.frame import Effect

STACK = 4
"""How many layers one pass stacks. A software driver would need seconds to compile more."""

OFFSETS = 2 * STACK + 2
"""The texture unit of a pixel map, after those of a deep stack."""

CARRIED = (
    ((2, True), (1, True)),
    ((2, True), (1, False)),
    ((2, True), (2, True)),
    ((2, True), (1, True), (1, True)),
    ((2, True), (1, True), (1, False)),
)
"""The stacks whose lowest layer gets its effects in the same pass: for each entry how many pictures it has, and whether
they are filtered. They are few, because each is a program more for every chain: key pictures under a picture or film,
under a caption, under other key pictures, and under two of these. A pass more would cost 6 to 8 ms for 640x360 pixels
(llvmpipe, two shared cores of an AMD EPYC)."""

Row = tuple[float, float, float]

Blending = tuple[float, float, float, float]
NORMAL: Blending = (0.0, 1.0, 0.0, 0.0)
_CUE_CONTINUES = RevealMask(share=0.0)


class MappedTexture(NamedTuple):
    """A texture and the rows that map a pixel (x, y, 1) of the canvas to its coordinates u and v."""

    texture: moderngl.Texture
    row_u: Row
    row_v: Row


class MonitorPlaces(NamedTuple):
    """Where a monitor's pixels lie in a picture of this size in pixels, for a pass that draws the monitor's pixels."""

    pixel_map: PixelMap
    picture_px: tuple[int, int]


class PassEntry(NamedTuple):
    """One layer in a pass: one picture, or two with the second's `share`. No picture means a cue's black ground.

    `origin` is the picture's corner on the canvas, if a single picture has one texel for each pixel. `blend` has the
    factors of shaders/blend.glsl. `has_alpha` says whether the layer may be transparent. `mask` belongs to the last
    layer of a cue. Pointwise `effects` apply to the rectangle `treated`, in pixels of the target; most
    entries may have effects only if they are drawn alone and opaque: see `Passes.needs_apart`.
    """

    pictures: tuple[MappedTexture, ...] = ()
    share: float = 0.0
    origin: tuple[int, int] | None = None
    blend: Blending = NORMAL
    opacity: float = 0.0
    has_alpha: bool = False
    begins_cue: bool = False
    mask: RevealMask | None = None
    effects: tuple[Effect, ...] = ()
    treated: Rectangle = Rectangle(0, 0, 0, 0)


def has_shape(mask: RevealMask) -> bool:
    """Whether some pixels show more of a cue than others."""
    return mask != RevealMask(share=mask.share)


def _is_shaped(entries: Sequence[PassEntry]) -> bool:
    return any(has_shape(entry.mask) for entry in entries if entry.mask)


def weights_of(entries: Sequence[PassEntry]) -> list[float] | None:
    """The share of each entry's light, if it is the same at every pixel; otherwise None."""
    below = [0.0] * len(entries)
    cue = list(below)
    for number, entry in enumerate(entries):
        mask = entry.mask or _CUE_CONTINUES
        differs = entry.blend != NORMAL or entry.has_alpha
        if (differs and entry.opacity > 0) or has_shape(mask):
            return None
        cue = [0.0 if entry.begins_cue else (1 - entry.opacity) * weight for weight in cue]
        cue[number] = entry.opacity
        below = [(1 - mask.share) * under + mask.share * over for under, over in zip(below, cue, strict=True)]
    return below


class Passes(Owner):
    """Owns the programs, compiled once, and the intermediate textures of deep stacks.

    With `alpha` cues have no black ground: the result has straight alpha and is transparent where no layer lies.
    """

    def __init__(self, context: moderngl.Context, *, dither: bool, alpha: bool = False) -> None:
        self._context = context
        self._alpha = alpha
        self._dither_strength = float(dither)
        self._window = (0, 0)
        self._deep_stacks: dict[tuple[int, int], tuple[Target, Target]] = {}
        self._is_final = True
        self.count = 0
        with ExitStack() as cleanup:

            def program(fragment: str, **constants: int) -> Program:
                one = cleanup.enter_context(Program(context, fragment, constants, vertex="pictures.vert"))
                one.number_samplers("pictures")
                return one

            def chained(fragment: str, pictures: int, **constants: int) -> ChainedProgram:
                constants = {"STACK": 1, "PICTURES": pictures, **constants}
                one = ChainedProgram(context, fragment, constants, vertex="pictures.vert", samplers="pictures")
                return cleanup.enter_context(one)

            self._layers = {n: chained("layer.frag", n) for n in (1, 2)}
            self._exact = cleanup.enter_context(ChainedProgram(context, "exact.frag"))
            # By the most pictures of a layer; several layers, and all but sums, mostly use the variant for two.
            self._straight = {n: chained("straight.frag", n) for n in (1, 2)}
            self._sums = {(n, 1): program("sum.frag", STACK=n, PICTURES=1) for n in (1, 2)}
            layers = range(1, STACK + 1)
            self._sums |= {(n, 2): program("sum.frag", STACK=n, PICTURES=2) for n in layers}
            ground = {"ALPHA": int(alpha)}
            stacks = [*((n, 2, shaped) for n in layers for shaped in (False, True)), (1, 1, False), (2, 1, False)]
            self._stacks = {
                (n, pictures, shaped): chained("stack.frag", pictures, STACK=n, SHAPED=int(shaped), DEEP=0, **ground)
                for n, pictures, shaped in stacks
            }
            self._deep = program("stack.frag", STACK=STACK, PICTURES=2, SHAPED=1, DEEP=1, **ground, **constants_of(()))
            self._deep.set("below_so_far", 2 * STACK)
            self._deep.set("cue_so_far", 2 * STACK + 1)
            self._deep.set("offsets", OFFSETS)
            self._finish = cleanup.enter_context(Program(context, "finish.frag", ground))
            # The same format as the decoded pictures: drivers that compile for each texture format then compile once.
            blacks = [context.texture((3, 3), 4, bytes(3 * 3 * 4 * 2), dtype="f2") for _ in range(2)]
            for black in blacks:
                cleanup.callback(black.release)
                black.repeat_x = black.repeat_y = False
            self._no_offsets = context.texture((3, 3), 2, bytes(3 * 3 * 2 * 4), dtype="f4")
            cleanup.callback(self._no_offsets.release)
            nowhere = (0.0, 0.0, 0.0)
            self._no_picture, self._other_picture = (MappedTexture(black, nowhere, nowhere) for black in blacks)
            self._maps = cleanup.enter_context(GlslMaps(context))
            self._cleanup = cleanup.pop_all()

    def warm_up(self, canvas: Target) -> Iterator[None]:
        """Draw black on the canvas with every program, the most used first; yields after each.

        A driver may compile a program only at its first draw: llvmpipe takes 0.1 to 0.7 s each the first time ever, 5
        to 50 ms from its cache on disk (two shared AMD EPYC cores).
        """
        pixel = Rectangle(0, 0, 1, 1)
        for entries in self._examples():
            self.draw(canvas, pixel, entries, 1.0, 0)
            yield
        whole = PassEntry((self._no_picture,), opacity=1.0)
        for entry in (whole, whole._replace(origin=(0, 0)), whole._replace(pictures=2 * whole.pictures, share=0.5)):
            self.draw_layer(canvas, pixel, entry)
            yield

    def _examples(self) -> Iterator[list[PassEntry]]:
        """Entries that use every program. Exact pictures are read without a filter and others with one, and llvmpipe
        compiles a program for each combination of filters."""
        one = PassEntry((self._no_picture,), opacity=0.5, mask=RevealMask(share=0.5))
        exact = one._replace(origin=(0, 0))
        other = exact._replace(pictures=(self._other_picture,))
        two = one._replace(pictures=2 * one.pictures, share=0.5)
        caption, wiped = other._replace(has_alpha=True), two._replace(mask=RevealMask(radius=1.0))
        yield from ([entry._replace(opacity=1.0, mask=NO_MASK)] for entry in (two, one, exact))
        yield from ([two, two], [exact, other], [exact, caption], [two, caption], [one, caption], [one, one])
        yield from ([two, one._replace(has_alpha=True), caption], [two, caption, caption])
        yield from ([two], [exact], [one], [caption], [wiped, wiped], [wiped._replace(pictures=one.pictures)])
        yield from ([two._replace(has_alpha=True)] * layers for layers in range(1, STACK + 1))
        yield from ([entry] * layers for layers in range(3, STACK + 1) for entry in (two, wiped))
        yield [wiped]

    def warm_up_chain(self, canvas: Target, effects: tuple[Effect, ...]) -> Iterator[None]:
        """Warm up every program that applies these pointwise effects."""
        pixel = Rectangle(0, 0, 1, 1)
        one = PassEntry((self._no_picture,), origin=(0, 0), opacity=1.0, mask=NO_MASK, effects=effects, treated=pixel)
        two = one._replace(origin=None, pictures=2 * one.pictures)
        for entry in (one, one._replace(origin=None), two):
            self.draw(canvas, pixel, [entry], 1.0, 0)
            yield
            self.draw_layer(canvas, pixel, entry)
            yield
        above = PassEntry((self._other_picture,), opacity=0.5, has_alpha=True)
        for shapes in CARRIED:
            upper = [above._replace(pictures=n * above.pictures, origin=None if f else (0, 0)) for n, f in shapes[1:]]
            self.draw(canvas, pixel, [two, *upper], 1.0, 0)
            yield

    def draw(
        self,
        canvas: Target,
        region: Rectangle,
        entries: Sequence[PassEntry],
        level: float,
        frame_number: int,
        bent: MonitorPlaces | None = None,
        window: tuple[int, int] = (0, 0),
        *,
        is_final: bool = True,
    ) -> None:
        """Draw a region of an output from its entries, back to front, at least one; `frame_number` moves the dither.

        `window` is the corner of the canvas on the output; see Window. Without `is_final` there is no dither.
        """
        self._window, self._is_final = window, is_final
        lowest = entries[0]
        is_carried = bool(lowest.effects) and not self.is_alone(entries, level)
        weights = None if self._alpha or is_carried else weights_of(entries)
        if weights is not None:
            seen = [(entry, level * share) for entry, share in zip(entries, weights, strict=True) if entry.pictures]
            seen = [(entry, weight) for entry, weight in seen if weight > 0]
            if len(seen) <= STACK:
                self._draw_sum(canvas, region, seen, frame_number)
                return
        if len(entries) > STACK:
            self._draw_deep(canvas, region, entries, level, frame_number, bent)
            return
        shaped = _is_shaped(entries)
        pictures = max(len(entry.pictures) for entry in entries) or 1
        pictures = pictures if (len(entries), pictures, shaped) in self._stacks else 2
        program = self._stacks[len(entries), pictures, shaped].of(lowest.effects, lowest.treated)
        program.set("offsets", OFFSETS)
        program.set("level", level)
        self._set_stack(program, entries, bent)
        self._set_pictures(program, entries, pictures)
        self._run(program, canvas.framebuffer, region, frame_number)

    def is_alone(self, entries: Sequence[PassEntry], level: float) -> bool:
        """Whether exactly one entry is visible, at full level: such an entry is drawn together with its effects."""
        weights = (None if self._alpha else weights_of(entries)) or ()
        seen = [weight * level for one, weight in zip(entries, weights, strict=False) if one.pictures and weight > 0]
        return len(seen) == 1 and seen[0] >= 1

    def needs_apart(self, entries: Sequence[PassEntry], level: float) -> list[int]:
        """The places of the entries whose effects no program for this region applies: they are drawn beforehand."""
        placed = [place for place, one in enumerate(entries) if one.effects]
        if not placed or self.is_alone(entries, level):
            return []
        shapes = tuple([(len(one.pictures), one.origin is None) for one in entries])
        return placed[1:] if placed[0] == 0 and shapes in CARRIED and not _is_shaped(entries) else placed

    def draw_layer(self, target: Target, region: Rectangle, entry: PassEntry) -> None:
        """Draw one layer alone: its colour after its effects, and its alpha unchanged."""
        self._window, self._is_final = (0, 0), False
        program = self._layers[len(entry.pictures)].of(entry.effects, entry.treated)
        self._set_pictures(program, [entry], len(entry.pictures))
        self._run(program, target.framebuffer, region, 0)

    def _draw_sum(
        self, canvas: Target, region: Rectangle, seen: Sequence[tuple[PassEntry, float]], frame_number: int
    ) -> None:
        if not seen:
            return  # the canvas is black already
        entries = [entry for entry, _ in seen]
        pictures = max(len(entry.pictures) for entry in entries)
        if len(entries) == 1 and seen[0][1] >= 1:
            alone, origin = entries[0], entries[0].origin
            program = (self._exact if origin else self._straight[pictures]).of(alone.effects, alone.treated)
            program.set("origin", origin or (0, 0))
        else:
            pictures = pictures if (len(entries), pictures) in self._sums else 2
            program = self._sums[len(entries), pictures]
            program.set_rows("weights", [(weight,) for _, weight in seen])
        self._set_pictures(program, entries, pictures)
        self._run(program, canvas.framebuffer, region, frame_number)

    def _draw_deep(
        self,
        canvas: Target,
        region: Rectangle,
        entries: Sequence[PassEntry],
        level: float,
        frame_number: int,
        bent: MonitorPlaces | None,
    ) -> None:
        source, target = self._deep_stack(canvas.size_px)
        source.framebuffer.use()
        source.framebuffer.clear()
        for start in range(0, len(entries), STACK):
            chunk = [*entries[start : start + STACK], *[PassEntry()] * STACK][:STACK]
            self._set_stack(self._deep, chunk, bent)
            self._set_pictures(self._deep, chunk, 2)
            _use_textures(source, 2 * STACK)
            self._run(self._deep, target.framebuffer, region, frame_number)
            source, target = target, source
        _use_textures(source, 0)
        self._finish.set("level", level)
        self._run(self._finish, canvas.framebuffer, region, frame_number)

    def _set_pictures(self, program: Program, entries: Sequence[PassEntry], pictures: int) -> None:
        """Set the pictures of a program that takes `pictures` of each layer; a layer with fewer repeats its last."""
        rows: list[Row] = []
        for number, entry in enumerate(entries):
            own = entry.pictures or (self._no_picture,)
            for index in range(pictures):
                texture, row_u, row_v = own[min(index, len(own) - 1)]
                # With one texel for each pixel, a filter could mix in a thousandth of the next texel: see Window.
                _filter(texture, moderngl.LINEAR if entry.origin is None else moderngl.NEAREST)
                texture.use(number * pictures + index)
                rows += [row_u, row_v]
        program.set_rows("rows", rows)
        program.set_rows("shares", [(entry.share,) for entry in entries])

    def _set_stack(self, program: Program, entries: Sequence[PassEntry], bent: MonitorPlaces | None) -> None:
        masks = [entry.mask or _CUE_CONTINUES for entry in entries]
        program.set_rows("opacities", [(entry.opacity,) for entry in entries])
        program.set_rows("keeps", [(float(not entry.begins_cue),) for entry in entries])
        program.set_rows("blends", [entry.blend for entry in entries])
        program.set_rows("masks", [(mask.share, mask.edge, mask.radius, mask.light) for mask in masks])
        program.set_rows("lines", [mask.line for mask in masks])
        program.set("bent", bent is not None)
        if bent is None:
            self._no_offsets.use(OFFSETS)
        else:
            self._maps.use(bent.pixel_map, OFFSETS)
            program.set("picture_px", tuple(map(float, bent.picture_px)))

    def _run(self, program: Program, target: moderngl.Framebuffer, region: Rectangle, frame_number: int) -> None:
        program.set("dither_frame", frame_number % 2**32)
        program.set("dither_strength", self._dither_strength if self._is_final else 0.0)
        program.set("region", (region.left, region.top, region.width, region.height))
        left, top = self._window
        program.set("window", (float(left), float(top)))
        target.use()
        target.viewport = (region.left - left, region.top - top, region.width, region.height)
        program.draw()
        self.count += 1

    def _deep_stack(self, size_px: tuple[int, int]) -> tuple[Target, Target]:
        """Two targets, each with (everything below, the present cue) in linear light; made when first needed and
        kept."""
        if size_px not in self._deep_stacks:
            self._deep_stacks[size_px] = (
                self._cleanup.enter_context(Target(self._context, size_px, dtype="f2", count=2)),
                self._cleanup.enter_context(Target(self._context, size_px, dtype="f2", count=2)),
            )
        return self._deep_stacks[size_px]

    def close(self) -> None:
        self._cleanup.close()


def _filter(texture: moderngl.Texture, wanted: int) -> None:
    if texture.filter != (wanted, wanted):
        texture.filter = wanted, wanted


def _use_textures(target: Target, first: int) -> None:
    for index, texture in enumerate(target.textures):
        texture.use(first + index)
