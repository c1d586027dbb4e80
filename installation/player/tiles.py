"""A frame in tiles: one output at any size, with the same pixels as a picture drawn at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
from numpy.typing import NDArray

from installation.atlas.interpolate import Interpolator
from installation.errors import ScoreError
from installation.outputs.headless import Headless
from installation.owner import Owner
from installation.picture.decoding.choosing.choice import cpu_decoder
from installation.picture.decoding.single_picture import has_alpha
from installation.picture.decoding.supersampling import drawn_part, softness_of
from installation.picture.mixing.layout import layout_of
from installation.picture.mixing.mixer import Mixer
from installation.picture.mixing.regions import regions_of
from installation.picture.mixing.window import Window
from installation.picture.order import Order
from installation.picture.rectangle import Rectangle, rectangle_of
from installation.picture.source import DecodedPicture, LayerPicture
from installation.picture.sources.kinds import kind_of
from installation.picture.sources.subject_decoder import SubjectDecoder
from installation.picture.supply.supply import LayerKey
from installation.player.inspection import came_out_wrong, is_of_one_colour, varies_visibly
from installation.show.frame import CueFrame, Frame, LayerFrame, OutputFrame, Shot

TILE_PX = 2048, 512
"""A million pixels: the buffers between decoder and file take some 40 MB, and 400 MB if plates are supersampled."""

Pixels = NDArray[np.uint8] | NDArray[np.float32]


ALONE = "picture"
"""The output of a frame that shows one shot and nothing else."""


def frame_alone(shot: Shot) -> Frame:
    """A frame whose only output shows a shot."""
    return Frame(0, 0.0, (OutputFrame(ALONE, (CueFrame(ALONE, (LayerFrame(ALONE, shot),)),)),))


class TilePainter(Owner):
    """Draws the rows of an `output` at `size_px` (width, height) on request.

    Pixels are those of a film's frame: 8 bits, dithered. A `precise` painter gives float32, display-encoded 0..1 and
    not dithered, for prints of 16 bits. It owns GL context, mixer and decoder.
    """

    def __init__(
        self,
        interpolator: Interpolator,
        output: str,
        size_px: tuple[int, int],
        *,
        precise: bool = False,
        tile_px: tuple[int, int] = TILE_PX,
    ) -> None:
        self.output, self.size_px = output, size_px
        self._precise = precise
        self._tile_px = min(tile_px[0], size_px[0]), min(tile_px[1], size_px[1])
        with ExitStack() as cleanup:
            self._interpolator = interpolator
            self._decoder = SubjectDecoder(cpu_decoder(interpolator))
            cleanup.callback(self._decoder.close)
            context = cleanup.enter_context(Headless()).context
            mixer = Mixer(context, {output: self._tile_px}, dither=not precise, dtype="f4" if precise else "f1")
            self._mixer = cleanup.enter_context(mixer)
            self._cleanup = cleanup.pop_all()

    def __len__(self) -> int:
        """The number of bands of the picture."""
        return -(-self.size_px[1] // self._tile_px[1])

    def bands(self, frame: Frame) -> Iterator[Pixels]:
        """The whole picture from top to bottom, in bands (rows, width, 3) as high as a tile."""
        for top in range(0, self.size_px[1], self._tile_px[1]):
            yield self.rows(frame, top, min(top + self._tile_px[1], self.size_px[1]))

    def rows(self, frame: Frame, top: int, bottom: int) -> Pixels:
        """Rows `top` up to `bottom` of the picture, (rows, width, 3)."""
        found = np.empty((bottom - top, self.size_px[0], 3), np.float32 if self._precise else np.uint8)
        for place, tile in self.tiles(frame, top, bottom):
            found[place.top - top : place.bottom - top, place.left : place.right] = tile
        return found

    def tiles(self, frame: Frame, top: int, bottom: int) -> Iterator[tuple[Rectangle, Pixels]]:
        """The tiles of rows `top` up to `bottom`, each with its place in the picture."""
        width, step = self.size_px[0], self._tile_px
        for upper in range(top, bottom, step[1]):
            for left in range(0, width, step[0]):
                place = Rectangle(left, upper, min(left + step[0], width), min(upper + step[1], bottom))
                yield place, self._tile(frame, place)

    def _tile(self, frame: Frame, place: Rectangle) -> Pixels:
        shown = next(one for one in frame.outputs if one.output == self.output)
        if shown.has_effects and self._tile_px != self.size_px:
            raise ScoreError(
                f"output {self.output!r} has effects or mattes, which look beyond the tiles in which this is drawn; "
                "take them out, or draw a still of at most 179 million pixels"
            )
        window = Window(place.left, place.top, self.size_px)
        sources = self._sources(shown, window)
        canvas = self._mixer.mix(frame, sources, {self.output: window})[self.output]
        pixels = (canvas.floats() if self._precise else canvas.pixels())[: place.height, : place.width, :3]
        if sources and is_of_one_colour(pixels):
            self._look(shown, sources, pixels, place)
        return pixels

    def _look(
        self, output: OutputFrame, sources: dict[LayerKey, LayerPicture], pixels: Pixels, place: Rectangle
    ) -> None:
        """Raises DeviceError if the topmost picture of a tile varies, but the tile does not."""
        key = max(sources)
        cue, layer = output.cues[key[1]], output.cues[key[1]].layers[key[2]]
        decoded = sources[key].parts[0][0].pixels
        plain = (
            not output.has_effects
            and layer.blend == "normal"
            and cue.reveal.is_complete
            and decoded.shape[:2] == pixels.shape[:2]
        )
        if plain and isinstance(decoded, np.ndarray) and varies_visibly(decoded, layer.opacity * output.level):
            raise came_out_wrong(f"output {self.output!r}", pixels, place)

    def _may_be_transparent(self, shot: Shot) -> bool:
        return kind_of(shot.subject) is not None or has_alpha(shot.subject, self._interpolator)

    def _whole(self, layer: LayerFrame) -> LayerPicture:
        """All of a layer's picture."""
        place = rectangle_of(layer.place, self.size_px)
        order = Order(layer.shot, place.width, place.height, softness_of(layer.shot, place.width, place.height))
        whole = Rectangle(0, 0, place.width, place.height)
        return LayerPicture(layer.shot.view, ((drawn_part(self._decoder, order, whole, precise=self._precise), 1.0),))

    def _sources(self, output: OutputFrame, window: Window) -> dict[LayerKey, LayerPicture]:
        """The pictures that are visible through a window, cut to their visible parts."""
        if output.level <= 0:
            return {}
        every = {(cue, layer) for cue, one in enumerate(output.cues) for layer in range(len(one.layers))}
        # Other subjects than neurons may be transparent; only drawing them shows where.
        layers = {(cue, layer): output.cues[cue].layers[layer] for cue, layer in every}
        transparent = {key for key, layer in layers.items() if layer.matte or self._may_be_transparent(layer.shot)}
        layout = layout_of(output, self.size_px, every, transparent)
        here = Rectangle(0, 0, *self.size_px).clipped(window.on(self._tile_px))
        regions = regions_of(here, tuple(placed.sheet for placed in layout.placed))
        drawn: dict[tuple[Order, Rectangle], DecodedPicture] = {}
        found = {}
        for (cue, index), one in layers.items():
            if one.is_matte:  # it is not drawn itself, but says where others are visible
                found[self.output, cue, index] = self._whole(one)
        for number in sorted({number for region in regions for number in region.sheets}):
            placed = layout.placed[number]
            layer = placed.of(output)
            if layer is None or placed.layer is None:
                continue
            if output.has_effects:  # they read pixels beyond the visible part
                found[self.output, placed.cue, placed.layer] = self._whole(layer)
                continue
            place, seen = placed.place, placed.sheet.rectangle.clipped(here)
            part = seen.moved(-place.left, -place.top)
            order = Order(layer.shot, place.width, place.height, softness_of(layer.shot, place.width, place.height))
            if (order, part) not in drawn:
                drawn[order, part] = drawn_part(self._decoder, order, part, precise=self._precise)
            found[self.output, placed.cue, placed.layer] = LayerPicture(layer.shot.view, ((drawn[order, part], 1.0),))
        return found

    def close(self) -> None:
        self._cleanup.close()
