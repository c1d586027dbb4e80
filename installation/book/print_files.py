"""The file formats of prints: how each packs a band, and how it writes the file from packed bands.

TIFF 6.0 and BigTIFF in tiles, PNG, and PDF/X-4 (ISO 15930-7) with one page.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Protocol

import numpy as np
from numpy.typing import NDArray

from installation.book.paper import MM_PER_INCH, Paper
from installation.book.profiles import Profile
from installation.errors import DeviceError, ScoreError
from installation.outputs.png import PackedRows, PixelStream, PngWriter, dpi_chunk, packed, profile_chunk, text_chunks

Pixels = NDArray[np.uint16]

BAND_PX = 256
"""Rows of a band: one row of a TIFF's tiles, whose sides are multiples of 16."""

CLASSIC_TIFF_BYTES = 2**32 - 2**25
MAX_PDF_PX = 400_000_000
"""The most pixels of a PDF, which is assembled in memory."""

MISSING = "is missing, which writes such files: pip install 'installation[book]'"


@dataclass(frozen=True, slots=True)
class PrintFile:
    """A print's metadata in its file: its paper, its profile, and text by keyword."""

    sheet: Paper
    profile: Profile
    title: str
    words: Mapping[str, str]


class Format(Protocol):
    """A kind of file."""

    def check(self, told: PrintFile) -> None:
        """Raises ScoreError for what the format cannot hold, DeviceError if a library is missing."""

    def pack(self, band: Pixels) -> list[bytes]:
        """Pack a band (rows, width, channels) into pieces, which are kept until all bands are drawn."""

    def write(self, file: IO[bytes], told: PrintFile, bands: Sequence[list[bytes]] | Iterator[list[bytes]]) -> None:
        """Write the whole file from packed bands, the topmost first."""


class Tiff:
    """Tiles with horizontal differences, deflated; a BigTIFF if 4 GB are not enough."""

    def check(self, told: PrintFile) -> None:  # noqa: ARG002 a TIFF holds any print
        """See Format.check."""
        try:
            import imagecodecs
            import tifffile  # noqa: F401 whether they are there
        except ImportError as error:
            raise DeviceError(f"--out: {error.name} {MISSING}") from error
        del imagecodecs

    def pack(self, band: Pixels) -> list[bytes]:
        """One piece for each tile."""
        import imagecodecs

        rows, width, channels = band.shape
        pieces = []
        for left in range(0, width, BAND_PX):
            part = band[:, left : left + BAND_PX]
            tile = np.zeros((BAND_PX, BAND_PX, channels), np.uint16)
            tile[:rows, : part.shape[1]] = part
            tile[:, 1:] = np.diff(tile, axis=1)
            pieces.append(bytes(imagecodecs.deflate_encode(tile.astype("<u2").tobytes(), level=1)))
        return pieces

    def write(self, file: IO[bytes], told: PrintFile, bands: Sequence[list[bytes]] | Iterator[list[bytes]]) -> None:
        """See Format.write."""
        import tifffile

        width, height = told.sheet.sheet_px
        channels = told.profile.channels
        with tifffile.TiffWriter(file, bigtiff=2 * width * height * channels > CLASSIC_TIFF_BYTES) as tiff:
            tiff.write(
                (piece for band in bands for piece in band),
                shape=(height, width, channels),
                dtype=np.uint16,
                photometric="rgb" if told.profile.space == "rgb" else "separated",
                planarconfig="contig",
                tile=(BAND_PX, BAND_PX),
                compression="adobe_deflate",
                predictor=2,
                iccprofile=told.profile.icc,
                resolution=(told.sheet.dpi, told.sheet.dpi),
                resolutionunit="INCH",
                software="installation",
                description="\n".join(f"{key}: {text}" for key, text in told.words.items()).encode(),
                metadata=None,
            )


class Png:
    """16 bits a channel, RGB only."""

    def check(self, told: PrintFile) -> None:
        """See Format.check."""
        if told.profile.space != "rgb":
            raise ScoreError(
                f"--out: PNG holds no CMYK, which --profile {told.profile.name} asks for; write .tif or .pdf"
            )

    def pack(self, band: Pixels) -> list[bytes]:
        """See Format.pack."""
        return _pieces(packed(band, 16))

    def write(self, file: IO[bytes], told: PrintFile, bands: Sequence[list[bytes]] | Iterator[list[bytes]]) -> None:
        """See Format.write."""
        chunks = [profile_chunk(told.profile.icc), dpi_chunk(told.sheet.dpi), *text_chunks(told.words)]
        png = PngWriter(file, told.sheet.sheet_px, bits=16, chunks=chunks)
        for band in bands:
            png.append(_rows(band))
        png.finish()


class Pdf:
    """PDF/X-4: one page as large as the sheet, with trim and bleed box, and the profile as output intent."""

    def check(self, told: PrintFile) -> None:
        """See Format.check."""
        width, height = told.sheet.sheet_px
        if width * height > MAX_PDF_PX:
            million = width * height / 1e6
            raise ScoreError(
                f"--out: {million:.0f} million pixels are too many for a PDF, which holds {MAX_PDF_PX / 1e6:.0f} "
                "million here; write .tif"
            )
        logging.getLogger("pikepdf").setLevel(logging.WARNING)  # it logs that it has begun
        try:
            import pikepdf  # noqa: F401 whether it is there
        except ImportError as error:
            raise DeviceError(f"--out: {error.name} {MISSING}") from error

    def pack(self, band: Pixels) -> list[bytes]:
        """See Format.pack."""
        return _pieces(packed(band, 16))

    def write(self, file: IO[bytes], told: PrintFile, bands: Sequence[list[bytes]] | Iterator[list[bytes]]) -> None:
        """See Format.write."""
        import pikepdf
        from pikepdf import Array, Dictionary, Name, String

        data = BytesIO()
        stream = PixelStream(data.write)
        for band in bands:
            stream.append(_rows(band))
        stream.finish()
        width, height = told.sheet.sheet_px
        channels = told.profile.channels
        pdf = pikepdf.new()
        icc = pdf.make_indirect(pikepdf.Stream(pdf, told.profile.icc, N=channels))
        image = pikepdf.Stream(pdf, b"")
        image.write(
            data.getvalue(),
            filter=Name.FlateDecode,
            decode_parms=Dictionary(Predictor=15, Colors=channels, BitsPerComponent=16, Columns=width),
        )
        image.Type, image.Subtype = Name.XObject, Name.Image
        image.Width, image.Height, image.BitsPerComponent = width, height, 16
        image.ColorSpace = Array([Name.ICCBased, icc])
        points = 72 / MM_PER_INCH
        page_width, page_height = width / told.sheet.dpi * 72, height / told.sheet.dpi * 72
        margin = told.sheet.margin_px / told.sheet.dpi * 72
        bleed = told.sheet.bleed_mm * points
        page = pdf.add_blank_page(page_size=(page_width, page_height))
        page.obj.BleedBox = _inset(page_width, page_height, margin)
        page.obj.TrimBox = _inset(page_width, page_height, margin + bleed)
        page.obj.Resources = Dictionary(XObject=Dictionary(Picture=pdf.make_indirect(image)))
        page.obj.Contents = pikepdf.Stream(
            pdf, f"q {page_width:.5f} 0 0 {page_height:.5f} 0 0 cm /Picture Do Q".encode()
        )
        intent = Dictionary(
            Type=Name.OutputIntent,
            S=Name.GTS_PDFX,
            OutputConditionIdentifier=String("Custom"),
            Info=String(told.profile.name),
            DestOutputProfile=icc,
        )
        pdf.Root.OutputIntents = Array([pdf.make_indirect(intent)])
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=True) as meta:
            meta["dc:title"] = told.title
            meta["dc:description"] = "\n".join(f"{key}: {text}" for key, text in told.words.items())
            meta["pdfx:GTS_PDFXVersion"] = "PDF/X-4"
            meta["{http://www.npes.org/pdfx/ns/id/}GTS_PDFXVersion"] = "PDF/X-4"
            meta["pdf:Trapped"] = "False"
        pdf.docinfo["/Title"] = told.title
        pdf.docinfo["/Trapped"] = Name("/False")
        whole = BytesIO()
        pdf.save(whole, min_version="1.6", deterministic_id=True)
        file.write(whole.getbuffer())


def _inset(width: float, height: float, by: float) -> list[float]:
    return [round(value, 5) for value in (by, by, width - by, height - by)]


def _pieces(rows: PackedRows) -> list[bytes]:
    return [rows.data, struct.pack(">IQ", rows.check, rows.length)]


def _rows(pieces: list[bytes]) -> PackedRows:
    return PackedRows(pieces[0], *struct.unpack(">IQ", pieces[1]))


FORMATS: Mapping[str, Format] = {".tif": Tiff(), ".tiff": Tiff(), ".png": Png(), ".pdf": Pdf()}
"""File name suffix -> format."""
