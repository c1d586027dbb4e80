"""The mixer: decoded pictures become the finished picture of every output, on the graphics card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from itertools import islice
from types import MappingProxyType

import moderngl

from installation.errors import DeviceError, MediaError
from installation.owner import Owner
from installation.picture.mixing.canvas import Canvas
from installation.picture.mixing.chains import MAX_EFFECTS, Chain
from installation.picture.mixing.layout import NO_MASK, OutputLayout, PlacedSheet, layout_of
from installation.picture.mixing.passes import NORMAL, Blending, MonitorPlaces, PassEntry, Passes
from installation.picture.mixing.regions import Region, Sheet, regions_of
from installation.picture.mixing.textures import Textures
from installation.picture.mixing.treatment import Shown, Treatment, guides_of, parted
from installation.picture.mixing.window import Window, whole
from installation.picture.pixel_map import PixelMap
from installation.picture.rectangle import Rectangle
from installation.picture.source import LayerPicture
from installation.picture.target import Target
from installation.show.effects import example_of
from installation.show.frame import (
    Blend,
    CueFrame,
    Effect,
    Frame,
    LatentPoint,
    LayerFrame,
    OutputFrame,
    Reveal,
    Shader,
    Shot,
    View,
)

LayerKey = tuple[str, int, int]
"""Output, number of the cue in its OutputFrame, number of the layer in its CueFrame."""

_BLENDS: Mapping[Blend, Blending] = {
    "normal": NORMAL,
    "add": (1.0, 1.0, 0.0, 0.0),
    "multiply": (0.0, 0.0, 1.0, 0.0),
    "screen": (1.0, 1.0, -1.0, 0.0),
    "difference": (0.0, 0.0, 0.0, 1.0),
    "lighten": (0.5, 0.5, 0.0, 0.5),
    "darken": (0.5, 0.5, 0.0, -0.5),
}
"""The factors of below, above, below * above and |below - above|; a sum above 1 counts as 1."""

NEEDED_FIRST = 8
"""How many programs nearly every show needs at once; the show's own chains come next."""

_BLACK = PassEntry(begins_cue=True)


@dataclass(frozen=True, slots=True)
class MixerStatistics:
    """Totals: frames mixed, passes, uploads, layers without a picture, and pictures copied from decoder to texture on
    the card alone. At present: textures and their bytes."""

    frames: int
    passes: int
    uploads: int
    missing: int
    textures: int
    texture_bytes: int
    copied_on_card: int


class Mixer(Owner):
    """Owns a canvas per output and draws every frame on all of them.

    The mixer cuts an output into regions with the same visible layers; each region is one pass that reads its decoded
    pictures and writes 8 bits, mixing in linear light in registers. Only a stack of more than four layers needs
    intermediate textures. `outputs` gives each output's size in pixels (width, height). With the `dtype` "f4" the
    canvases have single precision instead of 8 bits. With `alpha` they have straight alpha and are transparent where no
    layer lies, for films that go over other pictures.
    """

    def __init__(
        self,
        context: moderngl.Context,
        outputs: Mapping[str, tuple[int, int]],
        *,
        dither: bool = True,
        dtype: str = "f1",
        alpha: bool = False,
    ) -> None:
        self._frames = self._missing = 0
        self.canvases: dict[str, Canvas] = {}
        self._context = context
        self._dtype = dtype
        self._alpha = alpha
        with ExitStack() as cleanup:
            cleanup.callback(self.show, {})
            self.show(outputs)
            self._textures = cleanup.enter_context(Textures(context))
            self._passes = cleanup.enter_context(Passes(context, dither=dither, alpha=alpha))
            self._treatment = cleanup.enter_context(Treatment(context, self._passes, self._textures))
            self._cleanup = cleanup.pop_all()

    @property
    def sizes(self) -> dict[str, tuple[int, int]]:
        """The size of every mixed output, in pixels (width, height)."""
        return {name: canvas.size_px for name, canvas in self.canvases.items()}

    def show(self, outputs: Mapping[str, tuple[int, int]]) -> None:
        """From now on mix these outputs at these sizes. Unchanged canvases stay; the others are closed."""
        before = self.canvases
        self.canvases = {}
        try:
            for name, size_px in outputs.items():
                kept = before[name].size_px == size_px if name in before else False
                self.canvases[name] = before.pop(name) if kept else Canvas(self._context, size_px, self._dtype)
        finally:
            for canvas in before.values():
                canvas.close()

    def warm_up(self, chains: Sequence[Chain] = ()) -> Iterator[None]:
        """Draw with every program once, the most used first; yields after each, so that a caller can stop early.
        Without it the first frame that needs a program may be late (see Passes.warm_up). `chains` are the coming show's
        (effects.chains_in)."""
        if not self._frames:  # a frame has drawn with textures, and still shows them
            self._textures.warm_up()
        with Target(self._context, (4, 4), self._dtype) as target:
            basics = self._passes.warm_up(target)
            yield from islice(basics, NEEDED_FIRST)
            yield from self.warm_up_chains(chains)
            yield from basics
        yield from self._treatment.warm_up()

    def warm_up_shaders(self, shaders: Iterable[Shader]) -> Iterator[None]:
        """Draw with every shader once; yields after each. A shader's error is reported when the shader is shown."""
        for shader in shaders:
            with suppress(DeviceError, MediaError):
                self._treatment.try_shader(shader)
            yield

    def warm_up_chains(self, chains: Iterable[Chain]) -> Iterator[None]:
        """Warm up the programs of chains alone; the canvases keep their pictures."""
        with Target(self._context, (1, 1), dtype="f2") as target:
            for chain in chains:
                for start in range(0, len(chain), MAX_EFFECTS):
                    effects = tuple(example_of(kind) for kind in chain[start : start + MAX_EFFECTS])
                    yield from self._passes.warm_up_chain(target, effects)
                    self._treatment.warm_up_chain(effects)
                    yield

    def mix(
        self,
        frame: Frame,
        sources: Mapping[LayerKey, LayerPicture],
        windows: Mapping[str, Window] = MappingProxyType({}),
    ) -> Mapping[str, Canvas]:
        """Draw the frame's outputs that have a canvas; the mixer keeps owning the canvases.

        A layer without a source is left out and counted. The canvas of an output with a window shows that part only.
        """
        self._textures.prepare(source for (output, _, _), source in sources.items() if output in self.canvases)
        for output in frame.outputs:
            if output.output in self.canvases:
                self._mix_output(output, frame.number, sources, windows.get(output.output))
        self._textures.end_frame()
        self._treatment.end_frame()
        self._frames += 1
        return self.canvases

    def statistics(self) -> MixerStatistics:
        return MixerStatistics(
            frames=self._frames,
            passes=self._passes.count + self._treatment.count,
            uploads=self._textures.uploads,
            missing=self._missing,
            textures=self._textures.count,
            texture_bytes=self._textures.size_bytes,
            copied_on_card=self._textures.copied_on_card,
        )

    def _mix_output(
        self,
        output: OutputFrame,
        frame_number: int,
        sources: Mapping[LayerKey, LayerPicture],
        window: Window | None,
    ) -> None:
        own = {(cue, layer): source for (name, cue, layer), source in sources.items() if name == output.output}
        self._missing += sum(len(cue.layers) for cue in output.cues) - len(own)
        canvas, pixel_map = self.canvases[output.output], _common_map(output, own)
        target = canvas.begin() if pixel_map is None else canvas.begin_bent(pixel_map, self._textures.unbending)
        window = window or whole(target.size_px)
        bent = None if pixel_map is None else MonitorPlaces(pixel_map, canvas.size_px)
        before, pointwise = parted(output.effects)
        if not before:
            self._draw(output, own, target, window, frame_number, bent, pointwise)
            return
        texture = self._finished(output, own, window, frame_number, before)
        entry = self._treatment.of_picture(texture, Rectangle(0, 0, *window.whole_px), output.effects)
        self._clear(target)
        if output.level > 0:
            self._finish(target, Rectangle(0, 0, *target.size_px), entry, output.level, frame_number)

    def _finish(self, target: Target, region: Rectangle, entry: PassEntry, level: float, frame_number: int) -> None:
        """Draw a region of an output that was mixed before its effects, with the last of the effects."""
        stack = [entry._replace(begins_cue=True, mask=NO_MASK, has_alpha=self._alpha)]
        if entry.effects and not self._passes.is_alone(stack, level):
            stack = [self._treatment.apart(stack[0], region)]
        self._passes.draw(target, region, stack, level, frame_number)

    def _finished(
        self,
        output: OutputFrame,
        own: Mapping[tuple[int, int], LayerPicture],
        window: Window,
        frame_number: int,
        effects: Sequence[Effect],
    ) -> moderngl.Texture:
        """An output as the input of effects: at full level, without its own effects and dither.

        If the supply scales effects, and these are of the kinds that it scales, the output is drawn that much smaller.
        """
        scale = min((one.effects_scale for one in own.values()), default=1.0) if effects else 1.0
        if scale < 1:
            own = {key: replace(one, effects_scale=1.0) for key, one in own.items()}
        width, height = window.whole_px
        size_px = max(round(scale * width), 1), max(round(scale * height), 1)
        target = self._treatment.target(size_px)
        full = replace(output, level=1.0, effects=())
        self._draw(full, own, target, whole(size_px), frame_number, is_final=False)
        return target.textures[0]

    def _draw(
        self,
        output: OutputFrame,
        own: Mapping[tuple[int, int], LayerPicture],
        target: Target,
        window: Window,
        frame_number: int,
        bent: MonitorPlaces | None = None,
        pointwise: tuple[Effect, ...] = (),
        *,
        is_final: bool = True,
    ) -> None:
        """Draw an output from its layers' pictures by (cue, layer), with `pointwise` effects on the whole output."""
        treated = {
            (number, 0): self._treated_cue(output, number, own, window, frame_number)
            for number, cue in enumerate(output.cues)
            if cue.effects and cue.reveal.progress > 0
        }
        if treated:
            output = replace(
                output,
                cues=tuple(_as_one_layer(cue) if (n, 0) in treated else cue for n, cue in enumerate(output.cues)),
            )
            own = {key: source for key, source in own.items() if (key[0], 0) not in treated}
        transparent = {
            key for key, source in own.items() if source.has_alpha or _is_cut_out(output.cues[key[0]].layers[key[1]])
        }
        transparent |= treated.keys() if self._alpha else set()
        drawable = own.keys() | treated.keys()
        layout = layout_of(output, window.whole_px, drawable, transparent, own)
        if bent is not None:
            layout = layout._replace(masks=layout_of(output, bent.picture_px, drawable).masks)
        entries = [self._entry(output, placed, own, treated, window, bent=bent is not None) for placed in layout.placed]
        if output.level <= 0:
            self._clear(target)
            return
        canvas_px = Rectangle(0, 0, *window.whole_px).clipped(window.on(target.size_px))
        regions = regions_of(canvas_px, tuple(placed.sheet for placed in layout.placed))
        stacks = self._stacks(layout, regions, entries, output.level)
        self._clear(target)
        if pointwise:
            self._draw_with_effects(target, regions, stacks, output.level, frame_number, pointwise)
            return
        corner = window.left, window.top
        for (region, _), stack in zip(regions, stacks, strict=True):
            self._passes.draw(target, region, stack, output.level, frame_number, bent, corner, is_final=is_final)

    def _draw_with_effects(
        self,
        target: Target,
        regions: Sequence[Region],
        stacks: Sequence[list[PassEntry]],
        level: float,
        frame_number: int,
        effects: tuple[Effect, ...],
    ) -> None:
        """Draw an output with pointwise effects on all of it: in one pass if a single picture covers it all, otherwise
        from a first picture of the region without them."""
        canvas = Rectangle(0, 0, *target.size_px)
        finished: Target | None = None
        regions, stacks = _with_black(canvas, regions, stacks)
        for (region, _), stack in zip(regions, stacks, strict=True):
            chains = [one._replace(effects=(*one.effects, *effects)) if one.pictures else one for one in stack]
            fits = all(one.treated == canvas and len(one.effects) <= MAX_EFFECTS for one in chains if one.pictures)
            if fits and self._passes.is_alone(stack, level):
                self._passes.draw(target, region, chains, level, frame_number)
                continue
            finished = finished or self._treatment.target(target.size_px)
            finished.framebuffer.use()
            alpha = 0.0 if self._alpha else 1.0
            finished.framebuffer.clear(alpha=alpha, viewport=(region.left, region.top, region.width, region.height))
            self._passes.draw(finished, region, stack, 1.0, frame_number, is_final=False)
            entry = self._treatment.of_picture(finished.textures[0], canvas, effects)
            self._finish(target, region, entry, level, frame_number)

    def _stacks(
        self, layout: OutputLayout, regions: Sequence[Region], entries: Sequence[PassEntry], level: float
    ) -> list[list[PassEntry]]:
        """The entries of every region. An entry whose effects its region's pass cannot apply is drawn beforehand."""
        stacks = [_with_cues(layout, seen, entries) for _, seen in regions]
        if not any(entry.effects for entry in entries):
            return stacks
        seen_in: dict[int, Rectangle] = {}
        apart = [
            {seen[place] for place in self._passes.needs_apart(stack, level)}
            for stack, (_, seen) in zip(stacks, regions, strict=True)
        ]
        for (region, _), numbers in zip(regions, apart, strict=True):
            seen_in |= {n: region.around(seen_in.get(n, region)) for n in numbers}
        done = {n: self._treatment.apart(entries[n], where) for n, where in seen_in.items()}
        return [
            _with_cues(layout, seen, [done[n] if n in numbers else one for n, one in enumerate(entries)])
            for (_, seen), numbers in zip(regions, apart, strict=True)
        ]

    def _treated_cue(
        self,
        output: OutputFrame,
        number: int,
        own: Mapping[tuple[int, int], LayerPicture],
        window: Window,
        frame_number: int,
    ) -> moderngl.Texture:
        """A cue alone, as one picture for its effects."""
        cue = output.cues[number]
        alone = OutputFrame(output.output, (replace(cue, reveal=Reveal(), effects=()),))
        sources = {(0, layer): source for (of, layer), source in own.items() if of == number}
        return self._finished(alone, sources, window, frame_number, parted(cue.effects)[0])

    def _entry(
        self,
        output: OutputFrame,
        sheet: PlacedSheet,
        sources: Mapping[tuple[int, int], LayerPicture],
        treated: Mapping[tuple[int, int], moderngl.Texture],
        window: Window,
        *,
        bent: bool,
    ) -> PassEntry:
        if sheet.layer is None:
            return _BLACK
        cue = output.cues[sheet.cue]
        if (sheet.cue, sheet.layer) in treated:
            entry = self._treatment.of_picture(treated[sheet.cue, sheet.layer], sheet.place, cue.effects)
            return _through(window, entry._replace(has_alpha=self._alpha))
        layer = cue.layers[sheet.layer]
        source = sources[sheet.cue, sheet.layer]
        place = _drawn_place(source, sheet.place)
        try:
            textures, share = self._textures.shown(source, place, bent=bent)
        except ValueError as error:
            raise ValueError(f"layer '{layer.name}' on output '{output.output}': {error}") from None
        shown = Shown(textures, share, place)
        if layer.effects or layer.matte:
            entry = self._treatment.of_layer(layer, source, shown, guides_of(cue, sheet.cue, layer, sources))
        else:
            entry = shown.entry()
        has_alpha = source.has_alpha or _is_cut_out(layer)
        entry = entry._replace(blend=_BLENDS[layer.blend], opacity=min(layer.opacity, 1.0), has_alpha=has_alpha)
        return _through(window, entry)

    def _clear(self, target: Target) -> None:
        target.framebuffer.use()
        target.framebuffer.clear(alpha=0.0 if self._alpha else 1.0)

    def close(self) -> None:
        self._cleanup.close()


def _with_black(
    canvas: Rectangle, regions: Sequence[Region], stacks: Sequence[list[PassEntry]]
) -> tuple[Sequence[Region], Sequence[list[PassEntry]]]:
    """Regions and their stacks, with the empty regions: effects may change black."""
    if sum(region.width * region.height for region, _ in regions) == canvas.width * canvas.height:
        return regions, stacks
    sheets = (Sheet(canvas), *(Sheet(region, 0) for region, _ in regions))
    found = {one.rectangle: stack for one, stack in zip(regions, stacks, strict=True)}
    every = regions_of(canvas, sheets)
    return every, [found[regions[seen[-1] - 1].rectangle] if seen[-1] else [_BLACK] for _, seen in every]


def _is_cut_out(layer: LayerFrame) -> bool:
    """Whether a matte or a shader may make the layer transparent."""
    return layer.matte is not None or any(effect.shader is not None for effect in layer.effects)


def _through(window: Window, entry: PassEntry) -> PassEntry:
    """An entry in pixels of its output, moved to the pixels of a window."""
    origin = None if entry.origin is None else (entry.origin[0] - window.left, entry.origin[1] - window.top)
    return entry._replace(origin=origin, treated=entry.treated.moved(-window.left, -window.top))


def _as_one_layer(cue: CueFrame) -> CueFrame:
    """A cue with its layers replaced by one, because they were drawn as one picture."""
    return replace(cue, layers=(LayerFrame(cue.cue, Shot(LatentPoint(()), View())),))


def _drawn_place(source: LayerPicture, place: Rectangle) -> Rectangle:
    """The drawn rectangle of a layer on its output: its place, or the decoded part of it."""
    part = source.parts[0][0].part if source.parts else None
    return place if part is None else part.rectangle.moved(place.left, place.top)


def _common_map(output: OutputFrame, sources: Mapping[tuple[int, int], LayerPicture]) -> PixelMap | None:
    """The map of a monitor, if this output can be mixed for that monitor's own pixels; otherwise None.

    The decoder must have drawn every layer for exactly this frame's view and that monitor, and the layers must cover
    the whole output. Otherwise the mixer straightens pictures that were decoded for a monitor, and the head bends the
    whole picture. This may change at any frame without a fade: the difference is a third of that of a camera which
    moves by a thousandth of its view in a frame (docs/rig.md).
    """
    drawn = [(source.view, source.parts) for source in sources.values()]
    maps = {parts[0][0].pixel_map for _, parts in drawn}
    if len(maps) != 1 or None in maps or not output.is_covered:
        return None
    alone = all(len(parts) == 1 and parts[0][0].view == view for view, parts in drawn)
    return maps.pop() if alone else None


def _with_cues(layout: OutputLayout, seen: Sequence[int], entries: Sequence[PassEntry]) -> list[PassEntry]:
    """The entries of a region, marked where a cue begins and where it ends."""
    cues = [layout.placed[number].cue for number in seen]
    return [
        entries[number]._replace(
            begins_cue=index == 0 or cues[index - 1] != cues[index],
            mask=layout.masks[cues[index]] if index == len(seen) - 1 or cues[index + 1] != cues[index] else None,
        )
        for index, number in enumerate(seen)
    ]
