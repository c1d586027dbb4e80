"""The contact sheet: every picture of an atlas at a glance, with its name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from installation.atlas.atlas import Atlas, Neuron
from installation.atlas.interpolate import Interpolator
from installation.book.pictures import Pictures
from installation.errors import ScoreError
from installation.files import write_atomically
from installation.outputs.png import png_bytes
from installation.player.provenance import facts_of_atlas, png_chunks

GROUND = (14, 14, 16)
WORDS = (208, 206, 200)
MOST_PX = 150_000_000
"""Of a sheet, which lies in memory as a whole."""

FAINT = (120, 119, 116)


def draw_sheet(atlas: Atlas, neurons: Sequence[Neuron], size_px: int = 160) -> Image.Image:
    """A labelled sheet of `neurons`, `size_px` wide each, on a dark ground, wider than high; may raise ScoreError."""
    columns = max(1, min(len(neurons), round(math.sqrt(len(neurons) * 1.5))))
    rows = math.ceil(len(neurons) / columns)
    gap, margin = max(2, size_px // 20), size_px // 6
    name_px, small_px = max(9, size_px // 13), max(8, size_px // 17)
    words_px = name_px + small_px + gap
    cell = (size_px + gap, size_px + words_px + gap)
    width, height = columns * cell[0] - gap + 2 * margin, rows * cell[1] - gap + 2 * margin
    if width * height > MOST_PX:
        raise ScoreError(
            f"{len(neurons)} pictures of {size_px} pixels make a sheet of {width}x{height}, more than "
            f"{MOST_PX // 1_000_000} million; choose a smaller --size, or pages with --out FILE.pdf"
        )
    sheet = Image.new("RGB", (width, height), GROUND)
    pen = ImageDraw.Draw(sheet)
    name_font, small_font = ImageFont.load_default(name_px), ImageFont.load_default(small_px)
    with Pictures(Interpolator(atlas)) as pictures:
        for number, neuron in enumerate(neurons):
            left, top = margin + number % columns * cell[0], margin + number // columns * cell[1]
            sheet.paste(Image.fromarray(pictures.neuron(neuron.address, size_px)), (left, top))
            words = neuron.name.replace("_", " ")
            pen.text((left, top + size_px + gap // 2), words, fill=WORDS, font=name_font)
            below = top + size_px + gap // 2 + name_px + 1
            pen.text((left, below), fitting(neuron.address, small_font, size_px), fill=FAINT, font=small_font)
    return sheet


def fitting(address: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width_px: int) -> str:
    """An address, shortened at its beginning if it is wider than its picture: its end, the channel, identifies it."""
    cut = 0
    while cut < len(address) - 1 and font.getlength(_from(address, cut)) > width_px:
        cut += 1
    return _from(address, cut)


def _from(address: str, cut: int) -> str:
    return f"...{address[cut:]}" if cut else address


def write_sheet(atlas: Atlas, path: Path, neurons: Sequence[Neuron], size_px: int = 160) -> None:
    """Draw neurons of an atlas into a PNG file."""
    shares = dict.fromkeys((neuron.address for neuron in neurons), 1.0)
    facts = facts_of_atlas("sheet", atlas, shares, {"size_px": size_px})
    chunks = png_chunks(f"Atlas {atlas.folder.name}", facts)
    write_atomically(path, png_bytes(np.asarray(draw_sheet(atlas, neurons, size_px)), chunks), make_folder=True)
