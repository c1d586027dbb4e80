"""Layers with effects and mattes: how the mixer treats a picture before it places it, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import NamedTuple

import moderngl

from installation.owner import Owner
from installation.picture.mixing.chains import MAX_EFFECTS, is_pointwise
from installation.picture.mixing.effect_passes import EffectPasses, Guide
from installation.picture.mixing.passes import MappedTexture, PassEntry, Passes
from installation.picture.mixing.textures import IDENTITY_MAP, ShownTexture, Textures
from installation.picture.rectangle import Rectangle
from installation.picture.source import LayerPicture
from installation.picture.target import Target
from installation.picture.view import Affine
from installation.show.frame import CueFrame, Effect, LayerFrame, Place, Shader

Guides = Sequence[tuple[LayerFrame, LayerPicture]]
"""The layers that guide another and are not drawn themselves, such as its mattes, each with its picture."""


class Shown(NamedTuple):
    """The picture of a layer: one texture, or two with the second's `share`, for the pixels of its `place`."""

    textures: Sequence[ShownTexture]
    share: float
    place: Rectangle

    @property
    def is_exact(self) -> bool:
        """Whether it is a single texture with one texel for each pixel."""
        first, *second = self.textures
        return not second and first.of_place == IDENTITY_MAP and first.texture.size == self.size_px

    @property
    def size_px(self) -> tuple[int, int]:
        return self.place.width, self.place.height

    def entry(self) -> PassEntry:
        """Its entry in a pass; `place` is in pixels of the target."""
        pictures = tuple([placed(one.texture, one.of_place, self.place) for one in self.textures])
        origin = (self.place.left, self.place.top) if self.is_exact else None
        return PassEntry(pictures, self.share, origin, opacity=1.0, treated=self.place)


class Treatment(Owner):
    """Applies effects and mattes to layers; owns their programs and targets, and uses its mixer's textures and passes.

    An unchanged treatment is drawn once. The pass that places the layer applies the pointwise effects at the end of a
    chain, if it can. It does so at every frame: a kept picture of half floats would look different, and a frame must
    not depend on earlier frames.
    """

    def __init__(self, context: moderngl.Context, passes: Passes, textures: Textures) -> None:
        self._passes, self._textures = passes, textures
        with ExitStack() as cleanup:
            self._effects = cleanup.enter_context(EffectPasses(context))
            self._cleanup = cleanup.pop_all()

    @property
    def count(self) -> int:
        """The number of passes so far."""
        return self._effects.count

    def warm_up(self) -> Iterator[None]:
        """See Mixer.warm_up."""
        yield from self._effects.warm_up()

    def warm_up_chain(self, effects: tuple[Effect, ...]) -> None:
        """See EffectPasses.warm_up_chain; only between two frames."""
        self._effects.warm_up_chain(effects)

    def try_shader(self, shader: Shader) -> None:
        """See EffectPasses.tried; only between two frames."""
        self._effects.tried(shader, (4, 4))

    def end_frame(self) -> None:
        """See EffectPasses.end_frame."""
        self._effects.end_frame()

    def target(self, size_px: tuple[int, int]) -> Target:
        """See EffectPasses.target."""
        return self._effects.target(size_px)

    def of_layer(self, layer: LayerFrame, source: LayerPicture, shown: Shown, guides: Guides) -> PassEntry:
        """A layer's picture with its effects and its matte; the entry may leave the last effects to the pass."""
        told = tuple([(one.place, one.opacity, one.effects, picture) for one, picture in guides])
        key = source, layer.place, shown.size_px, layer.matte, told
        before, pointwise = parted(layer.effects)
        if layer.matte is not None:
            before, pointwise = layer.effects, ()
        if not before and layer.matte is None:
            return shown.entry()._replace(effects=pointwise)
        width, height = (max(round(source.effects_scale * side), 1) for side in shown.size_px)
        own = shown._replace(place=Rectangle(0, 0, width, height))

        def guide(name: str, size_px: tuple[int, int]) -> moderngl.Texture:
            return self._guide(layer, [one for one in guides if one[0].name == name], Rectangle(0, 0, *size_px))

        def draw() -> moderngl.Texture:
            texture = self._treated(own, before, guide)
            if layer.matte is None:
                return texture
            return self._effects.matted(texture, guide(layer.matte.layer, texture.size), layer.matte)

        return as_it_is(self._effects.kept((*key, before), draw), shown.place, pointwise)

    def of_picture(self, texture: moderngl.Texture, place: Rectangle, effects: Sequence[Effect]) -> PassEntry:
        """A picture with one texel for each pixel of its place, with its effects, as for a layer."""
        before, pointwise = parted(effects)
        return as_it_is(self._effects.applied(texture, before, no_guide), place, pointwise)

    def apart(self, entry: PassEntry, seen: Rectangle) -> PassEntry:
        """An entry with its effects applied, at least in its visible part: for regions in which it is not alone."""
        place = entry.treated
        target = self.target((place.width, place.height))
        pictures = tuple([_moved(picture, place) for picture in entry.pictures])
        own = entry._replace(pictures=pictures, treated=Rectangle(0, 0, place.width, place.height))
        self._passes.draw_layer(target, seen.clipped(place).moved(-place.left, -place.top), own)
        done = as_it_is(target.textures[0], place)
        return entry._replace(pictures=done.pictures, share=0.0, origin=done.origin, effects=())

    def _treated(self, shown: Shown, effects: Sequence[Effect], guide: Guide) -> moderngl.Texture:
        """A layer's picture after its effects, in a texture of its size."""
        first = next((n for n, one in enumerate(effects[:MAX_EFFECTS]) if not is_pointwise(one)), MAX_EFFECTS)
        rest = effects[first:]
        if first == 0 and shown.is_exact:
            texture = shown.textures[0].texture
        else:
            target = self.target(shown.size_px)
            self._passes.draw_layer(target, shown.place, shown.entry()._replace(effects=tuple(effects[:first])))
            texture = target.textures[0]
        return self._effects.applied(texture, rest, guide)

    def _guide(self, layer: LayerFrame, guides: Guides, place: Rectangle) -> moderngl.Texture:
        """The guiding layers' picture, for the pixels of a layer's place; transparent elsewhere."""
        target = self.target((place.width, place.height))
        target.framebuffer.use()
        target.framebuffer.clear()
        for one, picture in guides:
            lies = _beside(one.place, layer.place, place)
            shown = Shown(*self._textures.shown(picture, lies), lies)
            entry = shown.entry()
            if one.effects:
                own = shown._replace(place=Rectangle(0, 0, *shown.size_px))
                entry = as_it_is(self._treated(own, one.effects, no_guide), lies)
            seen = lies.clipped(Rectangle(0, 0, place.width, place.height))
            if not seen.empty:
                self._passes.draw_layer(target, seen, entry)
        return target.textures[0]

    def close(self) -> None:
        self._cleanup.close()


def guides_of(cue: CueFrame, number: int, layer: LayerFrame, sources: Mapping[tuple[int, int], LayerPicture]) -> Guides:
    """The layers of a cue that guide one of its layers, each with its picture; `number` is the cue's in `sources`."""
    names = {name for effect in layer.effects for name in effect.by} | ({layer.matte.layer} if layer.matte else set())
    return [
        (one, sources[number, index])
        for index, one in enumerate(cue.layers)
        if one.is_matte and one.name in names and (number, index) in sources
    ]


def no_guide(name: str, _size_px: tuple[int, int]) -> moderngl.Texture:
    """The guide of effects that have none: the score's reader refuses names there."""
    raise ValueError(f"layer '{name}' guides an effect of something that is not a layer")


def parted(effects: Sequence[Effect]) -> tuple[tuple[Effect, ...], tuple[Effect, ...]]:
    """Effects split before the final pointwise ones, at most as many as one pass applies."""
    first = len(effects)
    while first > max(len(effects) - MAX_EFFECTS, 0) and is_pointwise(effects[first - 1]):
        first -= 1
    return tuple(effects[:first]), tuple(effects[first:])


def placed(texture: moderngl.Texture, of_place: Affine, place: Rectangle) -> MappedTexture:
    """A texture for the pixels of a place; `of_place` maps the place to the texture's coordinates."""
    pixel = Affine(1 / place.width, 0, -place.left / place.width, 0, 1 / place.height, -place.top / place.height)
    return MappedTexture(texture, *of_place.after(pixel).rows)


def as_it_is(texture: moderngl.Texture, place: Rectangle, effects: tuple[Effect, ...] = ()) -> PassEntry:
    """A texture that fills a place, mostly with one texel for each pixel, and the effects still to apply."""
    pictures = (placed(texture, IDENTITY_MAP, place),)
    origin = (place.left, place.top) if texture.size == (place.width, place.height) else None
    return PassEntry(pictures, origin=origin, opacity=1.0, effects=effects, treated=place)


def _moved(picture: MappedTexture, place: Rectangle) -> MappedTexture:
    """A texture for pixels counted from a place's corner."""
    rows = [(a, b, c + a * place.left + b * place.top) for a, b, c in (picture.row_u, picture.row_v)]
    return MappedTexture(picture.texture, *rows)


def _beside(other: Place, own: Place, pixels: Rectangle) -> Rectangle:
    """Where another place lies, in pixels from the corner of one's own place."""
    across, down = pixels.width / own.width, pixels.height / own.height
    return Rectangle(
        round((other.x - own.x) * across),
        round((other.y - own.y) * down),
        round((other.x + other.width - own.x) * across),
        round((other.y + other.height - own.y) * down),
    )
