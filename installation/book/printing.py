"""Prints a subject on a sheet into a file, band by band, in bounded memory; a killed print resumes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from installation import __version__
from installation.book.bands import WAY_OUT, BandStore
from installation.book.paper import Paper, draw_marks
from installation.book.print_files import BAND_PX, FORMATS, Format, PrintFile
from installation.book.profiles import Conversion, GamutReport, gamut_report
from installation.book.subject import PrintSubject
from installation.errors import ScoreError
from installation.files import replacing, write_atomically
from installation.outputs.png import PROVENANCE, write_still
from installation.player.provenance import as_text
from installation.player.tiles import TilePainter

TILE_PX = 4096, BAND_PX
SAMPLE_STEP = 16
"""The gamut report looks at one pixel in this many, across and down."""

PROOF_PX = 1600
"""The longer side of a soft proof."""


@dataclass(frozen=True, slots=True)
class PrintOrder:
    """A print as requested."""

    subject: PrintSubject
    sheet: Paper
    conversion: Conversion
    out: Path

    @property
    def format(self) -> Format:
        """The kind of file. Raises ScoreError for an unknown suffix."""
        found = FORMATS.get(self.out.suffix.lower())
        if found is None:
            raise ScoreError(
                f"--out: {self.out} ends in {self.out.suffix or 'nothing'}; a print is {', '.join(FORMATS)}"
            )
        return found

    @property
    def facts(self) -> dict[str, object]:
        """The print's provenance, as JSON values."""
        profile = self.conversion.target
        return {
            **self.subject.facts,
            "paper": asdict(self.sheet),
            "profile": {"name": profile.name, "sha256": hashlib.sha256(profile.icc).hexdigest()},
            "intent": self.conversion.intent,
        }

    @property
    def told(self) -> PrintFile:
        """The metadata for the print's file."""
        words = {
            "Title": self.subject.title,
            "Software": f"installation {__version__}",
            PROVENANCE: as_text(self.facts),
        }
        return PrintFile(self.sheet, self.conversion.target, self.subject.title, words)


@dataclass(frozen=True, slots=True)
class PrintReport:
    """A report on a print: the number of resumed bands, and what its profile cannot show."""

    resumed: int
    gamut: GamutReport | None


def write_print(order: PrintOrder, progress: Callable[[int, int], None] | None = None) -> PrintReport:
    """Draw and write a print, and its facts as JSON beside it; `progress` receives finished and total bands.

    A killed print keeps its finished bands. ScoreError for what the file cannot hold, DeviceError for a full disk.
    """
    order.format.check(order.told)
    total, resumed = -(-order.sheet.sheet_px[1] // BAND_PX), 0
    job = hashlib.sha256(json.dumps([order.facts, order.out.suffix.lower()]).encode()).hexdigest()
    with BandStore(order.out, job) as store:
        with BandPainter(order) as painter, ThreadPoolExecutor(1, "pack") as packer:
            waiting: list[Future[None]] = []
            for number in range(total):
                if store.read(number) is not None:
                    resumed += 1
                else:
                    band = painter.band(number)
                    while waiting:
                        waiting.pop().result()
                    waiting.append(
                        packer.submit(lambda number, band: store.write(number, order.format.pack(band)), number, band)
                    )
                if progress is not None:
                    progress(number + 1, total)
            while waiting:
                waiting.pop().result()
            gamut = painter.gamut
        with replacing(order.out, way_out=WAY_OUT) as file:
            order.format.write(file, order.told, _packed(store, total))
        store.remove()
    write_atomically(order.out.with_suffix(f"{order.out.suffix}.json"), _as_json(order.facts))
    return PrintReport(resumed, gamut)


def _packed(store: BandStore, total: int) -> Iterator[list[bytes]]:
    for number in range(total):
        pieces = store.read(number)
        if pieces is None:
            raise OSError(5, "a band was damaged or removed while the print was put together")
        yield pieces


def _as_json(facts: dict[str, object]) -> bytes:
    return (json.dumps(facts, ensure_ascii=False, indent=1) + "\n").encode()


class BandPainter(ExitStack):
    """Draws the bands of a sheet in its profile's values; records what the profile cannot show."""

    def __init__(self, order: PrintOrder) -> None:
        super().__init__()
        self._order, self._sheet, self._conversion = order, order.sheet, order.conversion
        self._frame = order.subject.frame_on(order.sheet)
        self._painter = self.enter_context(
            TilePainter(
                order.subject.interpolator, order.subject.output, order.sheet.picture_px, precise=True, tile_px=TILE_PX
            )
        )
        self._samples: list[NDArray[np.uint16]] = []

    def band(self, number: int) -> NDArray[np.uint16]:
        """Band `number` of the sheet (rows, width, channels), from row `number` * BAND_PX."""
        sheet, target = self._sheet, self._conversion.target
        width, height = sheet.sheet_px
        top = number * BAND_PX
        found = np.empty((min(BAND_PX, height - top), width, target.channels), np.uint16)
        found[:] = target.white
        margin = sheet.margin_px
        first, last = max(top - margin, 0), min(top + len(found) - margin, sheet.picture_px[1])
        for place, tile in self._painter.tiles(self._frame, first, max(first, last)):
            there = place.moved(margin, margin - top)
            found[there.top : there.bottom, there.left : there.right] = self._conversion.pixels(
                np.asarray(tile, np.float32)
            )
            some = tile[::SAMPLE_STEP, ::SAMPLE_STEP].reshape(1, -1, 3)
            self._samples.append(np.rint(some.clip(0, 1) * 65535).astype(np.uint16))
        if sheet.marks:
            draw_marks(found, top, sheet, target.ink)
        return found

    @property
    def gamut(self) -> GamutReport | None:
        """Drawn colours that the profile cannot show; None for a built-in profile, or if nothing was drawn."""
        if self._conversion.target.name in ("srgb", "adobe-rgb", "display-p3") or not self._samples:
            return None
        return gamut_report(self._conversion, np.concatenate(self._samples, 1))


def write_proof(order: PrintOrder, path: Path) -> None:
    """Write a small sRGB preview of the print as PNG."""
    longer = max(order.sheet.picture_px)
    scale = min(1.0, PROOF_PX / longer)
    small = Paper(order.sheet.width_mm, order.sheet.height_mm, order.sheet.dpi * scale, order.sheet.bleed_mm)
    frame = order.subject.frame_on(small)
    with TilePainter(order.subject.interpolator, order.subject.output, small.picture_px, precise=True) as painter:
        display = np.concatenate(list(painter.bands(frame)))
    srgb = np.rint(display.clip(0, 1) * 65535).astype(np.uint16)
    write_still(path, (order.conversion.proof(srgb) // 257).astype(np.uint8))
