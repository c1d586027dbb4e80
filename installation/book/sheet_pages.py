"""The contact sheet of a series as a PDF: pages of paper with pictures and captions, drawn one after the other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from PIL import Image, ImageDraw, ImageFont

from installation import __version__
from installation.atlas.atlas import Atlas, Neuron
from installation.atlas.interpolate import Interpolator
from installation.book.contact_sheet import fitting
from installation.book.paper import MM_PER_INCH, Paper
from installation.book.pictures import Pictures
from installation.errors import DeviceError
from installation.files import replacing
from installation.outputs.png import PROVENANCE
from installation.player.provenance import as_text, facts_of_atlas

INK, FAINT, GROUND = (24, 24, 26), (96, 95, 92), (255, 255, 255)
MARGIN_MM, GAP_MM, HEAD_MM, CAPTION_MM = 12.0, 4.0, 14.0, 10.0
CELL_MM = 44.0
"""About how wide a picture is."""

JPEG = {"quality": 93, "subsampling": 0}


@dataclass(frozen=True, slots=True)
class Layout:
    """Pictures of `side_mm` on a page, `columns` x `rows`."""

    columns: int
    rows: int
    side_mm: float

    @classmethod
    def on(cls, sheet: Paper) -> Layout:
        """The layout of a page, with at least one picture."""
        across = sheet.width_mm - 2 * MARGIN_MM
        columns = max(1, round((across + GAP_MM) / (CELL_MM + GAP_MM)))
        side = (across - (columns - 1) * GAP_MM) / columns
        rows = int((sheet.height_mm - 2 * MARGIN_MM - HEAD_MM + GAP_MM) / (side + CAPTION_MM + GAP_MM))
        return cls(columns, max(1, rows), side)

    @property
    def each(self) -> int:
        """Pictures on a page."""
        return self.columns * self.rows


def write_sheet_pages(
    atlas: Atlas,
    path: Path,
    neurons: Sequence[Neuron],
    sheet: Paper,
    title: str,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Write a PDF of all `neurons` and return its number of pages; `progress` receives finished and total pages.

    Only one page is in memory. Raises DeviceError if writing fails, or if pikepdf is missing.
    """
    pdf, layout = _new_pdf(), Layout.on(sheet)
    parts = [neurons[first : first + layout.each] for first in range(0, len(neurons), layout.each)]
    with Pictures(Interpolator(atlas)) as pictures:
        for number, part in enumerate(parts):
            _add_page(pdf, _page(pictures, part, sheet, layout, title, f"{number + 1} / {len(parts)}"), sheet)
            if progress is not None:
                progress(number + 1, len(parts))
    size = {"width_mm": sheet.width_mm, "height_mm": sheet.height_mm, "dpi": sheet.dpi}
    told = {"title": title, "paper": size}
    facts = facts_of_atlas("sheet", atlas, dict.fromkeys((one.address for one in neurons), 1.0), told)
    with replacing(path, make_folder=True) as file:
        _finish(pdf, file, title, as_text(facts))
    return len(parts)


def _page(
    pictures: Pictures, neurons: Sequence[Neuron], sheet: Paper, layout: Layout, title: str, number: str
) -> Image.Image:
    """One page, with its title and number above the pictures."""
    page = Image.new("RGB", sheet.trim_px, GROUND)
    pen = ImageDraw.Draw(page)
    large, small, least = (ImageFont.load_default(sheet.px(mm)) for mm in (5.0, 3.2, 2.4))
    margin, side = sheet.px(MARGIN_MM), sheet.px(layout.side_mm)
    pen.text((margin, margin), title, fill=INK, font=large)
    pen.text((page.width - margin, margin), number, fill=FAINT, font=small, anchor="ra")
    for place, neuron in enumerate(neurons):
        row, column = divmod(place, layout.columns)
        left = sheet.px(MARGIN_MM + column * (layout.side_mm + GAP_MM))
        top = sheet.px(MARGIN_MM + HEAD_MM + row * (layout.side_mm + CAPTION_MM + GAP_MM))
        page.paste(Image.fromarray(pictures.neuron(neuron.address, side)), (left, top))
        below = top + side + sheet.px(1.0)
        pen.text((left, below), neuron.name.replace("_", " "), fill=INK, font=small)
        address = fitting(neuron.address, least, side)
        pen.text((left, below + sheet.px(4.2)), address, fill=FAINT, font=least)
    return page


def _new_pdf() -> Any:
    logging.getLogger("pikepdf").setLevel(logging.WARNING)  # it logs that it has begun
    try:
        import pikepdf
    except ImportError as error:
        raise DeviceError("pikepdf is missing, which writes PDF: pip install 'installation[book]'") from error
    return pikepdf.new()


def _add_page(pdf: Any, drawn: Image.Image, sheet: Paper) -> None:
    import pikepdf
    from pikepdf import Dictionary, Name

    data = BytesIO()
    drawn.save(data, "JPEG", **JPEG)
    image = pikepdf.Stream(pdf, data.getvalue())
    image.Type, image.Subtype, image.Filter = Name.XObject, Name.Image, Name.DCTDecode
    image.Width, image.Height = drawn.size
    image.ColorSpace, image.BitsPerComponent = Name.DeviceRGB, 8
    width, height = (round(mm / MM_PER_INCH * 72, 3) for mm in (sheet.width_mm, sheet.height_mm))
    page = pdf.add_blank_page(page_size=(width, height))
    page.obj.Resources = Dictionary(XObject=Dictionary(Sheet=pdf.make_indirect(image)))
    page.obj.Contents = pikepdf.Stream(pdf, f"q {width} 0 0 {height} 0 0 cm /Sheet Do Q".encode())


def _finish(pdf: Any, file: IO[bytes], title: str, facts: str) -> None:
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=True) as meta:
        meta["dc:title"] = title
        meta["dc:description"] = f"Software: installation {__version__}\n{PROVENANCE}: {facts}"
    whole = BytesIO()
    pdf.save(whole, deterministic_id=True)
    file.write(whole.getbuffer())
