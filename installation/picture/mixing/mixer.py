"""The mixer: decoded pictures become the finished picture of every output, on the graphics card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

import moderngl

from installation.owner import Owner
from installation.picture.mixing.canvas import Canvas
from installation.picture.mixing.layout import OutputLayout, layout_of
from installation.picture.mixing.passes import NORMAL, Blending, Entry, MappedTexture, MonitorPlaces, Passes
from installation.picture.mixing.regions import regions_of
from installation.picture.mixing.textures import IDENTITY_MAP, Textures
from installation.picture.mixing.window import Window, whole
from installation.picture.pixel_map import PixelMap
from installation.picture.rectangle import Rectangle
from installation.picture.source import LayerPicture
from installation.picture.view import Affine
from installation.show.frame import Blend, Frame, OutputFrame

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

_BLACK = Entry(begins_cue=True)


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
    canvases have single precision instead of 8 bits.
    """

    def __init__(
        self,
        context: moderngl.Context,
        outputs: Mapping[str, tuple[int, int]],
        *,
        dither: bool = True,
        dtype: str = "f1",
    ) -> None:
        self._frames = self._missing = 0
        self.canvases: dict[str, Canvas] = {}
        self._context = context
        self._dtype = dtype
        with ExitStack() as cleanup:
            cleanup.callback(self.show, {})
            self.show(outputs)
            self._textures = cleanup.enter_context(Textures(context))
            self._passes = cleanup.enter_context(Passes(context, dither=dither))
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
        self._frames += 1
        return self.canvases

    def statistics(self) -> MixerStatistics:
        return MixerStatistics(
            frames=self._frames,
            passes=self._passes.count,
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
        transparent = {key for key, source in own.items() if source.has_alpha}
        layout, bent = layout_of(output, window.whole_px, own, transparent), None
        if pixel_map is not None:
            layout = layout._replace(masks=layout_of(output, canvas.size_px, own).masks)
            bent = MonitorPlaces(pixel_map, canvas.size_px)
        entries = [
            self._entry(output, layout, number, own, window, bent=bent is not None)
            for number in range(len(layout.placed))
        ]
        target.framebuffer.use()
        target.framebuffer.clear(alpha=1.0)
        if output.level <= 0:
            return
        canvas_px = Rectangle(0, 0, *window.whole_px).clipped(window.on(target.size_px))
        for region, seen in regions_of(canvas_px, tuple(placed.sheet for placed in layout.placed)):
            stack = _with_cues(layout, seen, entries)
            self._passes.draw(target, region, stack, output.level, frame_number, bent, (window.left, window.top))

    def _entry(
        self,
        output: OutputFrame,
        layout: OutputLayout,
        number: int,
        sources: Mapping[tuple[int, int], LayerPicture],
        window: Window,
        *,
        bent: bool,
    ) -> Entry:
        placed = layout.placed[number]
        if placed.layer is None:
            return _BLACK
        layer = output.cues[placed.cue].layers[placed.layer]
        source = sources[placed.cue, placed.layer]
        place = _drawn_place(source, placed.place)
        try:
            shown, share = self._textures.shown(source, place, bent=bent)
        except ValueError as error:
            raise ValueError(f"layer '{layer.name}' on output '{output.output}': {error}") from None
        pixel = Affine(1 / place.width, 0, -place.left / place.width, 0, 1 / place.height, -place.top / place.height)
        (texture, of_place), *second = shown
        exact = not second and of_place == IDENTITY_MAP and texture.size == (place.width, place.height)
        return Entry(
            pictures=tuple(MappedTexture(one.texture, *one.of_place.after(pixel).rows) for one in shown),
            share=share,
            origin=(place.left - window.left, place.top - window.top) if exact else None,
            blend=_BLENDS[layer.blend],
            opacity=min(layer.opacity, 1.0),
            has_alpha=sources[placed.cue, placed.layer].has_alpha,
        )

    def close(self) -> None:
        self._cleanup.close()


def _drawn_place(source: LayerPicture, place: Rectangle) -> Rectangle:
    """Where on its output a layer was drawn: its place, or the part of it that was decoded."""
    part = source.parts[0][0].part if source.parts else None
    return place if part is None else part.rectangle.moved(place.left, place.top)


def _common_map(output: OutputFrame, sources: Mapping[tuple[int, int], LayerPicture]) -> PixelMap | None:
    """The map of the monitor for whose own pixels this output can be mixed; None where it is mixed in its own.

    Every layer must have been decoded for just this frame and that monitor, and cover the whole output. Where that does
    not hold, what was decoded for a monitor is made straight, and the picture is bent as a whole. That may change at
    any frame without a fade: it changes a third of what a camera does in a frame that moves by a thousandth of what it
    sees (docs/rig.md).
    """
    drawn = [(source.view, source.parts) for source in sources.values()]
    maps = {parts[0][0].pixel_map for _, parts in drawn}
    if len(maps) != 1 or None in maps or not output.is_covered:
        return None
    alone = all(len(parts) == 1 and parts[0][0].view == view for view, parts in drawn)
    return maps.pop() if alone else None


def _with_cues(layout: OutputLayout, seen: Sequence[int], entries: Sequence[Entry]) -> list[Entry]:
    """The entries of a region, told where in it a cue begins and where it ends."""
    cues = [layout.placed[number].cue for number in seen]
    return [
        entries[number]._replace(
            begins_cue=index == 0 or cues[index - 1] != cues[index],
            mask=layout.masks[cues[index]] if index == len(seen) - 1 or cues[index + 1] != cues[index] else None,
        )
        for index, number in enumerate(seen)
    ]
