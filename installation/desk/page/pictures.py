"""Live pictures for the page: a thread encodes the newest sheet of all outputs as JPEG, for clients that are ready."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from PIL import Image

from installation.owner import Owner

JPEG_QUALITY = 72

MAX_UNDRAWN = 2
"""The most sheets that a browser may have received and not drawn yet: one in drawing, and one on its way."""

STOPPING_SECONDS = 5.0

HEADER_BYTES = 4


@dataclass(frozen=True, slots=True)
class OutputSheet:
    """Small copies of all outputs in one frame, side by side: `places` are (left, top, width, height) in pixels.

    `pixels` are 4 bytes each (RGB and one unused), rows from the top; `size_px` is (width, height).
    """

    frame_number: int
    size_px: tuple[int, int]
    places: Mapping[str, tuple[int, int, int, int]]
    pixels: bytes


class EncodedSheet(NamedTuple):
    """An encoded sheet, ready to send; `number` counts all sheets so far."""

    number: int
    packet: bytes


class Viewer:
    """A client that gets pictures. `undrawn` counts the sheets that it has received and not yet reported as drawn."""

    def __init__(self) -> None:
        self.undrawn = 0

    @property
    def is_ready(self) -> bool:
        return self.undrawn < MAX_UNDRAWN

    def was_sent_one(self) -> None:
        self.undrawn += 1

    def has_drawn_one(self) -> None:
        self.undrawn = max(self.undrawn - 1, 0)


class LivePictures(Owner):
    """A slot for one sheet: the player fills it, a thread encodes the sheet as JPEG, and viewers read the newest.

    A new sheet replaces one that is not encoded yet: the show never waits. `wanted` is True while a viewer is ready for
    another sheet, so that the player reads no picture back in vain, nor faster than the browsers draw. The thread calls
    `changed`.
    """

    def __init__(self) -> None:
        self.newest: EncodedSheet | None = None
        self.changed: Callable[[], None] = lambda: None
        self._raw: OutputSheet | None = None
        self._awake = threading.Condition()
        self._viewers: set[Viewer] = set()
        self._closing = False
        self._thread = threading.Thread(target=self._encode_all, name="live pictures", daemon=True)
        self._thread.start()

    @property
    def wanted(self) -> bool:
        with self._awake:
            return any(viewer.is_ready for viewer in self._viewers)

    @property
    def viewers(self) -> int:
        """The number of viewers."""
        return len(self._viewers)

    def add_viewer(self) -> Viewer:
        """Adds a viewer until `remove_viewer`."""
        viewer = Viewer()
        with self._awake:
            self._viewers.add(viewer)
        return viewer

    def remove_viewer(self, viewer: Viewer) -> None:
        with self._awake:
            self._viewers.discard(viewer)

    def offer(self, sheet: OutputSheet) -> None:
        """Leaves the newest sheet; returns at once."""
        with self._awake:
            self._raw = sheet
            self._awake.notify()

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
                sheet, self._raw = self._raw, None
            if sheet is not None:
                self.newest = EncodedSheet(self.newest.number + 1 if self.newest else 1, packet_of(sheet))
                self.changed()


def packet_of(sheet: OutputSheet) -> bytes:
    """The packet of a sheet: four bytes with the length of a JSON object, that object (frame and places), a JPEG."""
    image = Image.frombuffer("RGB", sheet.size_px, sheet.pixels, "raw", "RGBX", 0, 1)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=JPEG_QUALITY)
    told = json.dumps({"frame": sheet.frame_number, "places": sheet.places}).encode()
    return len(told).to_bytes(HEADER_BYTES) + told + file.getvalue()


def outputs_in(packet: bytes) -> list[str]:
    """The outputs that a packet shows."""
    return list(json.loads(packet[HEADER_BYTES : _length_of(packet)])["places"])


def mean_of(packet: bytes) -> float:
    """The mean brightness of a packet's pictures, 0 to 255."""
    sheet = Image.open(io.BytesIO(packet[_length_of(packet) :])).convert("L")
    return sum(shade * count for shade, count in enumerate(sheet.histogram())) / (sheet.width * sheet.height)


def _length_of(packet: bytes) -> int:
    """The number of bytes before the JPEG."""
    return HEADER_BYTES + int.from_bytes(packet[:HEADER_BYTES])
