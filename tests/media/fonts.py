"""Small fonts for tests, made on the spot: every letter is a box, each so wide as is told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

EM = 1000


def save_font(path: Path, widths: Mapping[str, int], family: str = "Boxes") -> Path:
    """Write a font whose letters are full boxes of these widths, in thousandths of an em."""
    builder = FontBuilder(EM, isTTF=True)
    names = [".notdef", "space", *(f"uni{ord(letter):04X}" for letter in widths)]
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({32: "space"} | {ord(letter): f"uni{ord(letter):04X}" for letter in widths})
    boxes = {".notdef": 500, "space": 500} | {f"uni{ord(letter):04X}": width for letter, width in widths.items()}
    builder.setupGlyf({name: _box(width if name not in (".notdef", "space") else 0) for name, width in boxes.items()})
    builder.setupHorizontalMetrics({name: (width, 0) for name, width in boxes.items()})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2(usWeightClass=400)
    builder.setupPost()
    builder.save(path)
    return path


def _box(width: int) -> object:
    pen = TTGlyphPen(None)
    if width:
        pen.moveTo((0, 0))
        for place in ((0, 700), (width, 700), (width, 0)):
            pen.lineTo(place)
        pen.closePath()
    return pen.glyph()
