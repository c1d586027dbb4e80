"""The strip: what every output shows at regular times of the score, on one sheet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from installation.errors import ScoreError
from installation.outputs.png import write_still
from installation.production import Production
from installation.rehearsal.glimpses import Glimpse, Glimpses, reduced
from installation.show.stage import stage_of
from installation.show.timeline import seconds_of

ROW_PX = 96
GAP_PX = 4
LABEL_PX = 150
HEADER_PX = 44
MARGIN_PX = 20
TALLEST_PX = 4000
MOST_ROWS = 2000

Font = ImageFont.ImageFont | ImageFont.FreeTypeFont

GROUND, INK, SOFT, MARK = "#0b0c0e", "#ecebe8", "#aab0b7", "#f2b552"


@dataclass(frozen=True, slots=True)
class Row:
    """One time of the strip; `begins` says that this is the first row of its cue."""

    glimpse: Glimpse
    seconds: float
    cue: str
    begins: bool


def write_strip(production: Production, out: Path, every: str, row_px: int = ROW_PX) -> Path:
    """Draw the strip from the score's start to its end, one row `every` so much time; raises ScoreError."""
    if out.suffix.lower() != ".png":
        raise ScoreError(f"--out: a strip is a PNG file; {out} ends in {out.suffix or 'nothing'}")
    step = production.frame_number(every, "--every")
    if step < 1:
        raise ScoreError(f"--every: {every} is no time; the least is one frame, write 1f")
    count = -(-production.frames // step)
    if count > MOST_ROWS:
        seconds = seconds_of(production.frames, production.score.fps)
        raise ScoreError(f"--every: {every} makes {count} rows of {seconds:.0f} s; at most {MOST_ROWS} fit on a sheet")
    small = reduced(production, row_px)
    with Glimpses(small) as glimpses:
        sheet = _sheet(small, list(_rows(small, glimpses, step)), row_px)
    write_still(out, np.asarray(sheet))
    return out


def _rows(production: Production, glimpses: Glimpses, step: int) -> Iterator[Row]:
    score, timeline = production.score, stage_of(production.score).timeline
    before = -1
    for number in range(0, production.frames, step):
        index, _ = timeline.nominal_at(number)
        yield Row(glimpses.at(number), seconds_of(number, score.fps), score.cues[index].name, index != before)
        before = index


def _sheet(production: Production, rows: list[Row], row_px: int) -> Image.Image:
    """Rows from top to bottom, in as many columns as keep the sheet from growing too tall."""
    width = LABEL_PX + sum(size[0] + GAP_PX for size in production.sizes.values())
    in_column = max((TALLEST_PX - HEADER_PX) // (row_px + GAP_PX), 1)
    columns = -(-len(rows) // in_column)
    in_column = -(-len(rows) // columns)
    size = (MARGIN_PX + columns * (width + MARGIN_PX), HEADER_PX + in_column * (row_px + GAP_PX) + MARGIN_PX)
    sheet = Image.new("RGB", size, GROUND)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for column in range(columns):
        left = MARGIN_PX + column * (width + MARGIN_PX)
        _head(draw, production, left, font)
        for line, row in enumerate(rows[column * in_column : (column + 1) * in_column]):
            _row(sheet, draw, row, (left, HEADER_PX + line * (row_px + GAP_PX)), row_px, font)
    return sheet


def _head(draw: ImageDraw.ImageDraw, production: Production, left: int, font: Font) -> None:
    draw.text((left, 14), _fitting(draw, production.score.title, font), INK, font)
    left += LABEL_PX
    for output, (width, _) in production.sizes.items():
        draw.text((left, 14), output, SOFT, font)
        left += width + GAP_PX


def _row(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    row: Row,
    at: tuple[int, int],
    row_px: int,
    font: Font,
) -> None:
    left, top = at
    if row.begins:
        draw.rectangle((left - 10, top, left - 7, top + row_px - 1), MARK)
        draw.text((left, top + 20), _fitting(draw, row.cue, font), MARK, font)
    minutes, seconds = divmod(row.seconds, 60)
    draw.text((left, top), f"{minutes:.0f}:{seconds:04.1f}", INK if row.begins else SOFT, font)
    left += LABEL_PX
    for picture in row.glimpse.pictures.values():
        sheet.paste(Image.fromarray(picture), (left, top))
        left += picture.shape[1] + GAP_PX


def _fitting(draw: ImageDraw.ImageDraw, text: str, font: Font) -> str:
    """The text, cut so that it fits beside the pictures."""
    while draw.textlength(text, font) > LABEL_PX - 10:
        text = text[:-2].rstrip() + "…"
    return text
