"""Live pictures for the page: the newest small picture of each output, made into JPEG beside the show."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from installation.owner import Owner

JPEG_QUALITY = 72

STOPPING_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class SmallPicture:
    """A small copy of what an output shows: `pixels` are 4 bytes each (RGB and one unused), rows from the top."""

    output: str
    frame_number: int
    width: int
    height: int
    pixels: bytes


@dataclass(frozen=True, slots=True)
class Jpeg:
    """A picture as browsers read it; `number` counts all pictures made so far."""

    output: str
    frame_number: int
    number: int
    data: bytes

    @property
    def packet(self) -> bytes:
        """As it is sent: the length of the output's name, the name, eight bytes of frame number, the JPEG."""
        name = self.output.encode()
        return bytes([len(name)]) + name + self.frame_number.to_bytes(8) + self.data


class LivePictures(Owner):
    """A slot per output that the player fills and a thread empties; whoever looks reads the newest JPEG.

    A picture that comes before the last one of its output is encoded replaces it: the show never waits. `wanted` is
    True while somebody looks, so that nobody's pictures are never read back. `changed` is called from the thread.
    """

    def __init__(self) -> None:
        self._raw: dict[str, SmallPicture] = {}
        self._made: dict[str, Jpeg] = {}
        self._awake = threading.Condition()
        self._viewers = 0
        self._count = 0
        self._closing = False
        self.changed: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._encode_all, name="live pictures", daemon=True)
        self._thread.start()

    @property
    def wanted(self) -> bool:
        return self._viewers > 0

    def look(self) -> None:
        """One more looks."""
        with self._awake:
            self._viewers += 1

    def look_away(self) -> None:
        with self._awake:
            self._viewers -= 1

    def offer(self, picture: SmallPicture) -> None:
        """Leaves the newest picture of an output; returns at once."""
        with self._awake:
            self._raw[picture.output] = picture
            self._awake.notify()

    def newer_than(self, number: int) -> list[Jpeg]:
        """The newest picture of each output, if it was made after picture `number`, in the order of making."""
        with self._awake:
            return sorted((one for one in self._made.values() if one.number > number), key=lambda one: one.number)

    def close(self) -> None:
        with self._awake:
            self._closing = True
            self._awake.notify()
        self._thread.join(STOPPING_SECONDS)

    def _encode_all(self) -> None:
        while True:
            with self._awake:
                self._awake.wait_for(lambda: self._raw or self._closing)
                if self._closing:
                    return
                picture = self._raw.pop(next(iter(self._raw)))
            data = encoded(picture)
            with self._awake:
                self._count += 1
                self._made[picture.output] = Jpeg(picture.output, picture.frame_number, self._count, data)
            self.changed()


def named_in(packet: bytes) -> str:
    """The output that a packet shows."""
    return packet[1 : 1 + packet[0]].decode()


def encoded(picture: SmallPicture) -> bytes:
    image = Image.frombuffer("RGB", (picture.width, picture.height), picture.pixels, "raw", "RGBX", 0, 1)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()
