"""The mixer: decoded pictures become the finished picture of every output, on the graphics card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from types import MappingProxyType

import moderngl

from installation.owner import Owner
from installation.picture.mixing.canvas import Canvas
from installation.picture.mixing.effect_passes import EffectPasses
from installation.picture.mixing.layout import NO_MASK, OutputLayout, PlacedSheet, layout_of
from installation.picture.mixing.passes import NORMAL, Blending, MappedTexture, MonitorPlaces, PassEntry, Passes
from installation.picture.mixing.regions import regions_of
from installation.picture.mixing.textures import IDENTITY_MAP, ShownTexture, Textures
from installation.picture.mixing.window import Window, whole
from installation.picture.pixel_map import PixelMap
from installation.picture.rectangle import Rectangle
from installation.picture.source import LayerPicture
from installation.picture.target import Target
from installation.picture.view import Affine
from installation.show.frame import (
    Blend,
    CueFrame,
    Frame,
    LatentPoint,
    LayerFrame,
    OutputFrame,
    Place,
    Reveal,
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
"""Factors of below, above, below * above and |below - above|; a sum above 1 counts as 1."""

_BLACK = PassEntry(begins_cue=True)


@dataclass(frozen=True, slots=True)
class MixerStatistics:
    """So far: frames mixed, passes, uploads, layers that had no picture; at present: textures and their bytes; so far
    again: pictures that went from decoder to texture on the card alone."""

    frames: int
    passes: int
    uploads: int
    missing: int
    textures: int
    texture_bytes: int
    copied_on_card: int


class Mixer(Owner):
    """Owns a canvas per output and draws every frame on all of them.

    An output is cut into regions in which the same layers are seen; each region is one pass that reads its decoded
    pictures and writes 8 bits, mixing in linear light in registers. Only more than four layers over each other go
    through textures in between. `outputs` gives each output's size in pixels (width, height). With the `dtype` "f4" its
    canvases have single precision instead of 8 bits. With `alpha` they are transparent where no layer lies, colours not
    multiplied with it: for films that others lay over something.
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
            self._effects = cleanup.enter_context(EffectPasses(context))
            self._cleanup = cleanup.pop_all()

    @property
    def sizes(self) -> dict[str, tuple[int, int]]:
        """Of every output that is mixed, in pixels (width, height)."""
        return {name: canvas.size_px for name, canvas in self.canvases.items()}

    def show(self, outputs: Mapping[str, tuple[int, int]]) -> None:
        """From now on mix these outputs at these sizes. Canvases that stay as they were are kept; the others are gone,
        and with them their textures.
        """
        before = self.canvases
        self.canvases = {}
        try:
            for name, size_px in outputs.items():
                kept = before[name].size_px == size_px if name in before else False
                self.canvases[name] = before.pop(name) if kept else Canvas(self._context, size_px, self._dtype)
        finally:
            for canvas in before.values():
                canvas.close()

    def warm_up(self) -> Iterator[None]:
        """Draw with every program once, those needed most often first; yields after each, so that a caller in a hurry
        can stop. Without it the first frame that needs a program may be late (see Passes.warm_up)."""
        self._textures.warm_up()
        for canvas in islice(self.canvases.values(), 1):
            yield from self._passes.warm_up(canvas.begin())
        yield from self._effects.warm_up()

    def mix(
        self,
        frame: Frame,
        sources: Mapping[LayerKey, LayerPicture],
        windows: Mapping[str, Window] = MappingProxyType({}),
    ) -> Mapping[str, Canvas]:
        """Draw those of the frame's outputs that have a canvas; the canvases stay the mixer's.

        A layer without a source is left out and counted. Of an output with a window its canvas shows that part only.
        """
        self._textures.prepare(source for (output, _, _), source in sources.items() if output in self.canvases)
        for output in frame.outputs:
            if output.output in self.canvases:
                self._mix_output(output, frame.number, sources, windows.get(output.output))
        self._textures.end_frame()
        self._effects.end_frame()
        self._frames += 1
        return self.canvases

    def statistics(self) -> MixerStatistics:
        return MixerStatistics(
            frames=self._frames,
            passes=self._passes.count + self._effects.count,
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
        if not output.effects:
            self._draw(output, own, target, window, frame_number, bent)
            return
        texture = self._effects.applied(self._finished(output, own, window, frame_number), output.effects)
        self._clear(target)
        if output.level > 0:
            picture = _as_it_is(texture, Rectangle(0, 0, *texture.size))
            entry = PassEntry((picture,), origin=(0, 0), opacity=1.0, has_alpha=self._alpha)
            stack = [entry._replace(begins_cue=True, mask=NO_MASK)]
            self._passes.draw(target, Rectangle(0, 0, *target.size_px), stack, output.level, frame_number)

    def _finished(
        self,
        output: OutputFrame,
        own: Mapping[tuple[int, int], LayerPicture],
        window: Window,
        frame_number: int,
    ) -> moderngl.Texture:
        """An output as a picture that effects go on with: at full level, without its own effects and dither."""
        target = self._effects.target(window.whole_px)
        full = replace(output, level=1.0, effects=())
        self._draw(full, own, target, whole(window.whole_px), frame_number, is_final=False)
        return target.textures[0]

    def _draw(
        self,
        output: OutputFrame,
        own: Mapping[tuple[int, int], LayerPicture],
        target: Target,
        window: Window,
        frame_number: int,
        bent: MonitorPlaces | None = None,
        *,
        is_final: bool = True,
    ) -> None:
        """Draw an output but for its effects, from its layers' pictures by (cue, layer)."""
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
        transparent = {key for key, source in own.items() if source.has_alpha or _has_matte(output, key)}
        transparent |= treated.keys() if self._alpha else set()
        drawable = own.keys() | treated.keys()
        layout = layout_of(output, window.whole_px, drawable, transparent, own)
        if bent is not None:
            layout = layout._replace(masks=layout_of(output, bent.picture_px, drawable).masks)
        entries = [self._entry(output, placed, own, treated, window, bent=bent is not None) for placed in layout.placed]
        self._clear(target)
        if output.level <= 0:
            return
        canvas_px = Rectangle(0, 0, *window.whole_px).clipped(window.on(target.size_px))
        for region, seen in regions_of(canvas_px, tuple(placed.sheet for placed in layout.placed)):
            stack, corner = _with_cues(layout, seen, entries), (window.left, window.top)
            self._passes.draw(target, region, stack, output.level, frame_number, bent, corner, is_final=is_final)

    def _treated_cue(
        self,
        output: OutputFrame,
        number: int,
        own: Mapping[tuple[int, int], LayerPicture],
        window: Window,
        frame_number: int,
    ) -> moderngl.Texture:
        """A cue alone, as one picture with its effects."""
        cue = output.cues[number]
        alone = OutputFrame(output.output, (replace(cue, reveal=Reveal(), effects=()),))
        sources = {(0, layer): source for (of, layer), source in own.items() if of == number}
        return self._effects.applied(self._finished(alone, sources, window, frame_number), cue.effects)

    def _entry(
        self,
        output: OutputFrame,
        placed: PlacedSheet,
        sources: Mapping[tuple[int, int], LayerPicture],
        treated: Mapping[tuple[int, int], moderngl.Texture],
        window: Window,
        *,
        bent: bool,
    ) -> PassEntry:
        if placed.layer is None:
            return _BLACK
        if (placed.cue, placed.layer) in treated:
            texture = treated[placed.cue, placed.layer]
            corner = placed.place.left - window.left, placed.place.top - window.top
            return PassEntry((_as_it_is(texture, placed.place),), origin=corner, opacity=1.0, has_alpha=self._alpha)
        layer = output.cues[placed.cue].layers[placed.layer]
        source = sources[placed.cue, placed.layer]
        place = _drawn_place(source, placed.place)
        try:
            shown, share = self._textures.shown(source, place, bent=bent)
        except ValueError as error:
            raise ValueError(f"layer '{layer.name}' on output '{output.output}': {error}") from None
        pictures = tuple(_placed(one.texture, one.of_place, place) for one in shown)
        (texture, of_place), *second = shown
        exact = not second and of_place == IDENTITY_MAP and texture.size == (place.width, place.height)
        mattes = _mattes(output.cues[placed.cue], placed.cue, layer, sources)
        if layer.effects or layer.matte:
            texture = self._treated_layer(layer, source, shown, share, place, mattes)
            pictures, share, exact = (_as_it_is(texture, place),), 0.0, True
        return PassEntry(
            pictures=pictures,
            share=share,
            origin=(place.left - window.left, place.top - window.top) if exact else None,
            blend=_BLENDS[layer.blend],
            opacity=min(layer.opacity, 1.0),
            has_alpha=source.has_alpha or layer.matte is not None,
        )

    def _treated_layer(
        self,
        layer: LayerFrame,
        source: LayerPicture,
        shown: Sequence[ShownTexture],
        share: float,
        place: Rectangle,
        mattes: Sequence[tuple[LayerFrame, LayerPicture]],
    ) -> moderngl.Texture:
        """A layer's picture with its effects and its matte, for the pixels of its place; drawn once while nothing of it
        changes."""
        own = Rectangle(0, 0, place.width, place.height)

        def draw() -> moderngl.Texture:
            target = self._effects.target((place.width, place.height))
            entry = PassEntry(tuple(_placed(one.texture, one.of_place, own) for one in shown), share, opacity=1.0)
            self._passes.draw_layer(target, own, entry)
            texture = self._effects.applied(target.textures[0], layer.effects)
            if layer.matte is None:
                return texture
            return self._effects.matted(texture, self._matte(layer, mattes, place), layer.matte)

        told = tuple((one.place, one.opacity, one.effects, picture) for one, picture in mattes)
        return self._effects.kept((source, layer.place, own, layer.effects, layer.matte, told), draw)

    def _matte(
        self, layer: LayerFrame, mattes: Sequence[tuple[LayerFrame, LayerPicture]], place: Rectangle
    ) -> moderngl.Texture:
        """What says where a layer is seen, for the pixels of its place; transparent where no matte lies."""
        target = self._effects.target((place.width, place.height))
        target.framebuffer.use()
        target.framebuffer.clear()
        for one, picture in mattes:
            lies = _beside(one.place, layer.place, place)
            shown, share = self._textures.shown(picture, lies)
            pictures = tuple(_placed(each.texture, each.of_place, lies) for each in shown)
            if one.effects:
                own = Rectangle(0, 0, lies.width, lies.height)
                alone = self._effects.target((lies.width, lies.height))
                entry = PassEntry(
                    tuple(_placed(each.texture, each.of_place, own) for each in shown), share, opacity=1.0
                )
                self._passes.draw_layer(alone, own, entry)
                pictures = (_as_it_is(self._effects.applied(alone.textures[0], one.effects), lies),)
                share = 0.0
            seen = lies.clipped(Rectangle(0, 0, place.width, place.height))
            if not seen.empty:
                self._passes.draw_layer(target, seen, PassEntry(pictures, share, opacity=1.0))
        return target.textures[0]

    def _clear(self, target: Target) -> None:
        target.framebuffer.use()
        target.framebuffer.clear(alpha=0.0 if self._alpha else 1.0)

    def close(self) -> None:
        self._cleanup.close()


def _has_matte(output: OutputFrame, key: tuple[int, int]) -> bool:
    cue, layer = key
    return output.cues[cue].layers[layer].matte is not None


def _mattes(
    cue: CueFrame, number: int, layer: LayerFrame, sources: Mapping[tuple[int, int], LayerPicture]
) -> list[tuple[LayerFrame, LayerPicture]]:
    """The layers that say where one of their cue is seen, each with its picture."""
    if layer.matte is None:
        return []
    name = layer.matte.layer
    return [
        (one, sources[number, index])
        for index, one in enumerate(cue.layers)
        if one.is_matte and one.name == name and (number, index) in sources
    ]


def _beside(other: Place, own: Place, pixels: Rectangle) -> Rectangle:
    """Where another place lies, counted in the pixels of one's own from its corner."""
    across, down = pixels.width / own.width, pixels.height / own.height
    return Rectangle(
        round((other.x - own.x) * across),
        round((other.y - own.y) * down),
        round((other.x + other.width - own.x) * across),
        round((other.y + other.height - own.y) * down),
    )


def _placed(texture: moderngl.Texture, of_place: Affine, place: Rectangle) -> MappedTexture:
    """A texture whose coordinates `of_place` gives from those of a place, for the pixels of that place."""
    pixel = Affine(1 / place.width, 0, -place.left / place.width, 0, 1 / place.height, -place.top / place.height)
    return MappedTexture(texture, *of_place.after(pixel).rows)


def _as_it_is(texture: moderngl.Texture, place: Rectangle) -> MappedTexture:
    """A texture that has a texel for each pixel of a place."""
    return _placed(texture, IDENTITY_MAP, place)


def _as_one_layer(cue: CueFrame) -> CueFrame:
    """A cue whose layers were drawn as one picture already."""
    return replace(cue, layers=(LayerFrame(cue.cue, Shot(LatentPoint(()), View())),), effects=())


def _drawn_place(source: LayerPicture, place: Rectangle) -> Rectangle:
    """Where on its output a layer was drawn: its place, or the part of it that was decoded."""
    part = source.parts[0][0].part if source.parts else None
    return place if part is None else part.rectangle.moved(place.left, place.top)


def _common_map(output: OutputFrame, sources: Mapping[tuple[int, int], LayerPicture]) -> PixelMap | None:
    """The map of the monitor for whose own pixels this output can be mixed; None where it is mixed in its own.

    Every layer must have been decoded for just this frame and that monitor, and cover the whole output. Otherwise
    pictures that were decoded for a monitor are made straight, and the picture is bent as a whole. That may change at
    any frame without a fade: it changes a third of what a camera does in a frame that moves by a thousandth of what it
    sees (docs/rig.md).
    """
    drawn = [(source.view, source.parts) for source in sources.values()]
    maps = {parts[0][0].pixel_map for _, parts in drawn}
    if len(maps) != 1 or None in maps or not output.is_covered:
        return None
    alone = all(len(parts) == 1 and parts[0][0].view == view for view, parts in drawn)
    return maps.pop() if alone else None


def _with_cues(layout: OutputLayout, seen: Sequence[int], entries: Sequence[PassEntry]) -> list[PassEntry]:
    """The entries of a region, told where in it a cue begins and where it ends."""
    cues = [layout.placed[number].cue for number in seen]
    return [
        entries[number]._replace(
            begins_cue=index == 0 or cues[index - 1] != cues[index],
            mask=layout.masks[cues[index]] if index == len(seen) - 1 or cues[index + 1] != cues[index] else None,
        )
        for index, number in enumerate(seen)
    ]
