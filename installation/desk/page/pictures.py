"""Live pictures for the page: the newest sheet of all outputs, as JPEG, made beside the show, for ready clients."""

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
"""Sheets that a browser may have been sent and not drawn yet: one that is drawn, and one on its way."""

STOPPING_SECONDS = 5.0

HEADER_BYTES = 4


@dataclass(frozen=True, slots=True)
class OutputSheet:
    """Small copies of what all outputs show in one frame, side by side: `places` are (left, top, width, height).

    `pixels` are 4 bytes each (RGB and one unused), rows from the top; `size_px` is (width, height).
    """

    frame_number: int
    size_px: tuple[int, int]
    places: Mapping[str, tuple[int, int, int, int]]
    pixels: bytes


class EncodedSheet(NamedTuple):
    """A sheet as it is sent; `number` counts all that were made."""

    number: int
    packet: bytes


class Viewer:
    """Somebody who looks. `undrawn` sheets were sent to them and are not reported as drawn yet."""

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
    """A slot that the player fills and a thread empties into JPEG; viewers read the newest.

    A sheet that comes before the last one is encoded replaces it: the show never waits. `wanted` is True while somebody
    is ready for another one, so that nothing is read back for nobody, nor faster than the browsers draw. `changed` is
    called from the thread.
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
        """How many look."""
        return len(self._viewers)

    def add_viewer(self) -> Viewer:
        """One more looks, until they look away."""
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
    """As it is sent: four bytes with the length of a JSON object of frame number and places, that object, the JPEG."""
    image = Image.frombuffer("RGB", sheet.size_px, sheet.pixels, "raw", "RGBX", 0, 1)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=JPEG_QUALITY)
    told = json.dumps({"frame": sheet.frame_number, "places": sheet.places}).encode()
    return len(told).to_bytes(HEADER_BYTES) + told + file.getvalue()


def outputs_in(packet: bytes) -> list[str]:
    """The outputs that a packet shows."""
    return list(json.loads(packet[HEADER_BYTES : _length_of(packet)])["places"])


def mean_of(packet: bytes) -> float:
    """How bright a packet's pictures are on average, 0 to 255."""
    sheet = Image.open(io.BytesIO(packet[_length_of(packet) :])).convert("L")
    return sum(shade * count for shade, count in enumerate(sheet.histogram())) / (sheet.width * sheet.height)


def _length_of(packet: bytes) -> int:
    """Of what stands before the JPEG."""
    return HEADER_BYTES + int.from_bytes(packet[:HEADER_BYTES])
