"""Sets and draws text: lines of letters in their places, shaped by raqm (HarfBuzz, FriBiDi), in any script."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from installation.errors import MediaError
from installation.media.font_file import font_facts, is_joined
from installation.show.frame import Colour, Font, TextStyle, Words

MEASURED_PX = 256
"""The size at which lines are broken: at other sizes they would break elsewhere, because hinting rounds."""

PAD = 0.4
"""The padding around a text, in em: strokes exceed a font's metrics."""


class Run(NamedTuple):
    """Letters of one font, in the text's order."""

    text: str
    font: Font


@dataclass(frozen=True, slots=True)
class Setting:
    """A text broken into lines; lengths are in em. `ascent` is the first line's, `descent` the last line's."""

    lines: tuple[str, ...]
    widths: tuple[float, ...]
    ascent: float
    descent: float
    leading: float

    @property
    def width(self) -> float:
        return max(self.widths, default=0.0)

    @property
    def height(self) -> float:
        return self.ascent + self.descent + self.leading * (len(self.lines) - 1)


@lru_cache(maxsize=256)
def setting_of(text: str, style: TextStyle, max_width: float) -> Setting:
    """A text broken into lines of at most `max_width` em. Raises MediaError if a font is missing."""
    lines = [line for paragraph in text.split("\n") for line in _broken(paragraph, style, max_width)]
    metrics = opened(style.fonts[0], MEASURED_PX, style.weight).getmetrics()
    ascent, descent = (length / MEASURED_PX for length in metrics)
    widths = tuple(_length(line, style, MEASURED_PX) / MEASURED_PX for line in lines)
    return Setting(tuple(lines), widths, ascent, descent, style.leading)


def _broken(paragraph: str, style: TextStyle, max_width: float) -> list[str]:
    """A paragraph in lines, broken between words, and within a word only if it alone is too long."""
    lines, line = [], ""
    for word in paragraph.split(" "):
        longer = f"{line} {word}" if line else word
        if _fits(longer, style, max_width):
            line = longer
            continue
        if line:
            lines.append(line)
        while word and not _fits(word, style, max_width):
            count = next((n for n in range(len(word) - 1, 1, -1) if _fits(word[:n], style, max_width)), 1)
            lines.append(word[:count])
            word = word[count:]
        line = word
    return [*lines, line]


def _fits(text: str, style: TextStyle, max_width: float) -> bool:
    return _length(text, style, MEASURED_PX) <= max_width * MEASURED_PX


def raster_of(words: Words, setting: Setting, em_px: int) -> NDArray[np.uint8]:
    """The text at `em_px` pixels an em, with PAD around it: (height, width, 4), colour and straight alpha.

    Only letters typed so far are drawn; each is at its place in the complete text.
    """
    style, pad = words.style, pad_px(words.style, em_px)
    size = round(setting.width * em_px) + 2 * pad, round(setting.height * em_px) + 2 * pad
    fill, line = Image.new("L", size), Image.new("L", size) if style.outline else None
    left = round(words.shown * sum(map(len, words.text.split("\n")))) if words.shown < 1.0 else None
    for number, (text, width) in enumerate(zip(setting.lines, setting.widths, strict=True)):
        shown = text if left is None else text[: max(left, 0)]
        left = None if left is None else left - len(text)
        spare = {"left": 0.0, "centre": 0.5, "right": 1.0}[style.align] * (setting.width - width)
        x = pad + spare * em_px
        if shown != text and _runs_leftwards(text):
            x += _length(text, style, em_px) - _length(shown, style, em_px)
        y = pad + (setting.ascent + number * setting.leading) * em_px
        for image, stroke in ((fill, 0.0), (line, style.outline * em_px)):
            if image is not None:
                _draw(ImageDraw.Draw(image), shown, style, em_px, x, y, stroke)
    return _coloured(np.asarray(fill), None if line is None else np.asarray(line), style)


def pad_px(style: TextStyle, em_px: int) -> int:
    """The padding in pixels on every side of a text."""
    return round((PAD + style.outline) * em_px)


def _draw(
    draw: ImageDraw.ImageDraw, text: str, style: TextStyle, em_px: int, x: float, y: float, stroke: float
) -> None:
    for run in _in_order(text, style.fonts):
        font = opened(run.font, em_px, style.weight)
        for piece, right in _pieces(run.text, font, style.tracking * em_px):
            draw.text((x + right, y), piece, 255, font, anchor="ls", stroke_width=stroke)
        x += _run_length(run, style, em_px)


def _length(text: str, style: TextStyle, em_px: int) -> float:
    return sum(_run_length(run, style, em_px) for run in _runs(text, style.fonts))


def _run_length(run: Run, style: TextStyle, em_px: int) -> float:
    font = opened(run.font, em_px, style.weight)
    if not style.tracking or any(map(is_joined, run.text)):
        return font.getlength(run.text)
    return font.getlength(run.text, features=["-liga"]) + style.tracking * em_px * len(run.text)


def _pieces(text: str, font: ImageFont.FreeTypeFont, tracking_px: float) -> list[tuple[str, float]]:
    """The pieces of a run that are drawn in one call, each with its offset to the right."""
    if not tracking_px or any(map(is_joined, text)):
        return [(text, 0.0)]
    return [
        (letter, font.getlength(text[:number], features=["-liga"]) + tracking_px * number)
        for number, letter in enumerate(text)
    ]


def _runs(text: str, fonts: Sequence[Font]) -> list[Run]:
    """A line cut at changes of the font; spaces and marks belong to the run before them."""
    runs: list[Run] = []
    for letter in text:
        goes_on = runs and (letter.isspace() or unicodedata.combining(letter) or _has(runs[-1].font, letter))
        own = next((font for font in fonts if _has(font, letter)), fonts[0])
        if goes_on and (own == runs[-1].font or not letter.isalnum()):
            runs[-1] = Run(runs[-1].text + letter, runs[-1].font)
        else:
            runs.append(Run(letter, own))
    return runs


def _has(font: Font, letter: str) -> bool:
    return ord(letter) in font_facts(Path(font.file)).letters


def _in_order(text: str, fonts: Sequence[Font]) -> list[Run]:
    """The runs from left to right; within each, raqm orders the letters."""
    runs = _runs(text, fonts)
    return runs[::-1] if _runs_leftwards(text) else runs


def _runs_leftwards(text: str) -> bool:
    """Whether a line runs from right to left, by its first letter with a direction."""
    directions = (unicodedata.bidirectional(letter) for letter in text)
    return next((one in ("R", "AL") for one in directions if one in ("L", "R", "AL")), False)


@lru_cache(maxsize=64)
def opened(font: Font, em_px: int, weight: int) -> ImageFont.FreeTypeFont:
    """A font at a size and weight. Raises MediaError if its file is missing or has changed."""
    path = Path(font.file)
    facts = font_facts(path)
    if facts.digest != font.digest:
        raise MediaError(f"{path}: this font was saved again; the player uses it when it reads the score again")
    try:
        found = ImageFont.truetype(str(path), em_px, layout_engine=ImageFont.Layout.RAQM)
        if facts.is_variable:
            _set_weight(found, weight)
    except OSError as error:
        raise MediaError(f"{path}: this font cannot be used: {error}") from None
    return found


def _set_weight(font: ImageFont.FreeTypeFont, weight: int) -> None:
    values = []
    for axis in font.get_variation_axes():
        name = axis["name"]
        is_weight = (name.decode() if isinstance(name, bytes) else str(name)).lower() == "weight"
        wanted = weight if is_weight else axis["default"] or 0
        values.append(float(min(max(wanted, axis["minimum"] or 0), axis["maximum"] or 0)))
    font.set_variation_by_axes(values)


def _coloured(fill: NDArray[np.uint8], line: NDArray[np.uint8] | None, style: TextStyle) -> NDArray[np.uint8]:
    """Letters over their outlines; fully transparent pixels have the outermost colour."""
    own = fill / 255 * style.colour[3]
    around = np.zeros_like(own) if line is None else line / 255 * style.outline_colour[3] * (1 - own)
    alpha = own + around
    share = (own / np.maximum(alpha, 1e-6))[..., None]
    outermost = np.array(_rgb(style.outline_colour if line is not None else style.colour))
    colours = share * _rgb(style.colour) + (1 - share) * np.array(_rgb(style.outline_colour))
    colours = np.where(alpha[..., None] > 0, colours, outermost)
    return (np.concatenate([colours, alpha[..., None]], -1) * 255 + 0.5).astype(np.uint8)


def _rgb(colour: Colour) -> tuple[float, float, float]:
    return colour[:3]
