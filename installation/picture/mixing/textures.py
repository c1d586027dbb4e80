"""Textures of the layers' pictures: decoded pictures, uploaded once, and enlarged if they are small."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from typing import NamedTuple

import moderngl
import numpy as np

from installation.owner import Owner
from installation.picture.card_pixels import CardPixels
from installation.picture.mixing.card_upload import RGBA16F, CardUpload, runtime
from installation.picture.mixing.straightening import Straightening
from installation.picture.pixel_map import PixelMap
from installation.picture.programs import Program
from installation.picture.rectangle import Rectangle
from installation.picture.source import DecodedPicture, LayerPicture
from installation.picture.target import Target
from installation.picture.view import Affine, picture_coordinates
from installation.show.frame import View

ENLARGE_FROM = 1.5
"""The ratio of place to picture from which a picture is enlarged cubically; below, the linear filter is enough."""

FACTOR = 2
RGBA32F = 0x8814
"""OpenGL's constant."""

MAX_SPARE_BYTES = 64 * 1024 * 1024
"""How much spare texture memory is kept for the next pictures of the same size, unless visible textures take more."""

MAX_SPARE_SLOTS = 48
"""How many spare textures are kept: while the quality changes, small pictures of many sizes would not reach the
bytes."""

IDENTITY_MAP = Affine(1, 0, 0, 0, 1, 0)


class ShownTexture(NamedTuple):
    """A texture and the map from a layer's place (u, v in 0..1) to the texture's coordinates."""

    texture: moderngl.Texture
    of_place: Affine


class _Slot:
    """The memory for one picture: a texture, and its target if the picture is drawn here."""

    def __init__(
        self, context: moderngl.Context, size_px: tuple[int, int], channels: int, *, drawn: bool, dtype: str
    ) -> None:
        self.size_px, self.channels, self.drawn, self.dtype = size_px, channels, drawn, dtype
        with ExitStack() as cleanup:
            if drawn:
                self.target = cleanup.enter_context(Target(context, size_px, dtype))
                self.texture = self.target.textures[0]
            else:
                self.texture = context.texture(
                    size_px, channels, dtype=dtype, alignment=1, internal_format=RGBA16F if dtype == "f2" else RGBA32F
                )
                cleanup.callback(self.texture.release)
                self.texture.repeat_x = self.texture.repeat_y = False
            self.texture.filter = moderngl.LINEAR, moderngl.LINEAR
            self._cleanup = cleanup.pop_all()

    @property
    def size_bytes(self) -> int:
        return (8 if self.dtype == "f2" else 16) * self.size_px[0] * self.size_px[1]

    def close(self) -> None:
        self._cleanup.close()


class _SlotKey(NamedTuple):
    """The content of a slot: a picture unchanged, enlarged, or straightened to `unbent_px`. Pictures compare by
    identity."""

    picture: DecodedPicture
    enlarged: bool = False
    unbent_px: tuple[int, int] | None = None


class Textures(Owner):
    """Keeps the textures of the last frame, and some spare ones; owns them all.

    They also own `unbending`, which straightens pictures for a monitor's pixels so that they mix with other pictures.
    """

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._shown: dict[_SlotKey, _Slot] = {}
        self._drawn: set[_SlotKey] = set()
        self._prepared: dict[DecodedPicture, _Slot] = {}
        self._spare: list[_Slot] = []
        self.uploads = 0
        with ExitStack() as cleanup:
            self._enlarge = cleanup.enter_context(Program(context, "enlarge.frag", {"FACTOR": FACTOR}))
            self.unbending = cleanup.enter_context(Straightening(context))
            self._card = CardUpload(context, runtime())
            cleanup.callback(self._card.close)
            cleanup.callback(self._release_slots)
            self._cleanup = cleanup.pop_all()

    @property
    def count(self) -> int:
        return len(self._shown) + len(self._spare)

    @property
    def size_bytes(self) -> int:
        return sum(slot.size_bytes for slot in [*self._spare, *self._shown.values()])

    @property
    def copied_on_card(self) -> int:
        return self._card.copied_on_card

    def warm_up(self) -> None:
        """Draw an invisible picture, so that the driver compiles the programs now."""
        small = DecodedPicture(np.zeros((3, 3, 3), np.float16), View())
        self.shown(LayerPicture(View(), ((small, 1.0),)), Rectangle(0, 0, 7, 7))
        self.end_frame()

    def prepare(self, sources: Iterable[LayerPicture]) -> None:
        """Copy the frame's new pictures from the card's memory, all at once; see CardUpload.fill."""
        known = {key.picture for key in self._shown} | self._prepared.keys()
        wanted = dict.fromkeys(decoded for source in sources for decoded, weight in source.parts if weight > 0)
        slots: dict[DecodedPicture, _Slot] = {}
        pictures = []
        try:
            for decoded in wanted:
                if isinstance(decoded.pixels, CardPixels) and decoded not in known:
                    height, width, channels = decoded.pixels.shape
                    slots[decoded] = self._slot((width, height), channels, drawn=False)
                    pictures.append((slots[decoded].texture, decoded.pixels))
            self._card.fill(pictures)
        except BaseException:
            self._spare += slots.values()
            raise
        self._prepared |= slots
        self.uploads += len(slots)

    def shown(self, source: LayerPicture, place: Rectangle, *, bent: bool = False) -> tuple[list[ShownTexture], float]:
        """The textures of `source` for a place of that size, and the second's share; changes the framebuffer in use.

        Enlarging depends on the size of the place alone, so a picture always looks the same, alone or beside another.
        With `bent` the place is a monitor, and its one picture was drawn for that monitor's pixels; if the picture is a
        part, the place is that part. Raises ValueError unless `source` has one or two pictures.
        """
        if bent or source.parts[0][0].part is not None:
            return [ShownTexture(self._slot_of(_SlotKey(source.parts[0][0])).texture, IDENTITY_MAP)], 0.0
        parts = [(decoded, weight) for decoded, weight in source.parts if weight > 0]
        if not 1 <= len(parts) <= 2:
            raise ValueError(f"{len(parts)} pictures instead of 1 or 2")
        shown = [
            ShownTexture(self._picture(decoded, place).texture, _place_to_texture(decoded, source.view, place))
            for decoded, _ in parts
        ]
        return shown, parts[1][1] / (parts[0][1] + parts[1][1]) if len(parts) == 2 else 0.0

    def end_frame(self) -> None:
        """Keep the textures that this frame did not draw as spares for the next frames."""
        self._spare += self._prepared.values()
        self._prepared.clear()
        for key in self._shown.keys() - self._drawn:
            self._spare.append(self._shown.pop(key))
        self._drawn.clear()
        spare_bytes = sum(slot.size_bytes for slot in self._spare)
        # Spares may take as many bytes as visible textures: otherwise outputs of 3840x2160 would make and release
        # textures at every frame.
        max_bytes = max(MAX_SPARE_BYTES, sum(slot.size_bytes for slot in self._shown.values()))
        while spare_bytes > max_bytes or len(self._spare) > MAX_SPARE_SLOTS:
            slot = self._spare.pop(0)
            spare_bytes -= slot.size_bytes
            self._release(slot)

    def _picture(self, decoded: DecodedPicture, place: Rectangle) -> _Slot:
        if decoded.pixel_map is not None:
            return self._slot_of(_SlotKey(decoded, unbent_px=(place.width, place.height)))
        height, width, _ = decoded.pixels.shape
        return self._slot_of(_SlotKey(decoded, max(place.width / width, place.height / height) >= ENLARGE_FROM))

    def _slot_of(self, key: _SlotKey) -> _Slot:
        """The slot of one picture, filled at first use."""
        self._drawn.add(key)
        if key not in self._shown:
            decoded = key.picture
            if key.unbent_px is not None and decoded.pixel_map is not None:
                self._shown[key] = self._unbent(decoded, decoded.pixel_map, key.unbent_px)
            else:
                self._shown[key] = self._enlarged(decoded) if key.enlarged else self._uploaded(decoded)
        return self._shown[key]

    def _uploaded(self, decoded: DecodedPicture) -> _Slot:
        if (prepared := self._prepared.pop(decoded, None)) is not None:
            return prepared
        height, width, channels = decoded.pixels.shape
        single = isinstance(decoded.pixels, np.ndarray) and decoded.pixels.dtype == np.float32
        slot = self._slot((width, height), channels, drawn=False, dtype="f4" if single else "f2")
        if isinstance(decoded.pixels, CardPixels):
            self._card.fill([(slot.texture, decoded.pixels)])
        else:
            slot.texture.write(np.ascontiguousarray(decoded.pixels))
        self.uploads += 1
        return slot

    def _enlarged(self, decoded: DecodedPicture) -> _Slot:
        small = self._uploaded(decoded)
        large = self._slot((FACTOR * small.size_px[0], FACTOR * small.size_px[1]), drawn=True)
        large.target.framebuffer.use()
        small.texture.use(0)
        self._enlarge.draw()
        self._spare.append(small)
        return large

    def _unbent(self, decoded: DecodedPicture, pixel_map: PixelMap, size_px: tuple[int, int]) -> _Slot:
        bent, slot = self._uploaded(decoded), self._slot(size_px, drawn=True)
        self.unbending.draw(bent.texture, pixel_map, slot.target.framebuffer)
        self._spare.append(bent)
        return slot

    def _slot(self, size_px: tuple[int, int], channels: int = 4, *, drawn: bool, dtype: str = "f2") -> _Slot:
        for index, spare in enumerate(self._spare):
            if (spare.size_px, spare.channels, spare.drawn, spare.dtype) == (size_px, channels, drawn, dtype):
                return self._spare.pop(index)
        return _Slot(self._context, size_px, channels, drawn=drawn, dtype=dtype)

    def _release_slots(self) -> None:
        for slot in [*self._spare, *self._shown.values(), *self._prepared.values()]:
            self._release(slot)
        self._shown.clear()
        self._prepared.clear()
        self._spare.clear()

    def _release(self, slot: _Slot) -> None:
        self._card.forget(slot.texture)
        slot.close()

    def close(self) -> None:
        self._cleanup.close()


def _place_to_texture(decoded: DecodedPicture, view: View, place: Rectangle) -> Affine:
    """The map from a place seen through `view` to the texture coordinates of a picture decoded for its own view."""
    if decoded.view == view and decoded.aspect == place.aspect:
        return IDENTITY_MAP
    return picture_coordinates(decoded.view, decoded.aspect).inverse().after(picture_coordinates(view, place.aspect))
