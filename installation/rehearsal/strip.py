"""The strip: a poster of all outputs at regular times of the score, with every cue and transition."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from installation.editions.production import Production
from installation.errors import ScoreError
from installation.outputs.png import write_still
from installation.picture.decoding.choosing.choice import cpu_decoder
from installation.player.inspection import Inspector
from installation.player.provenance import facts_of_score, png_chunks
from installation.rehearsal.head_pictures import Picture
from installation.rehearsal.previews import Previews, scaled_to_height
from installation.rehearsal.shown_course import ShownCourse, course_of
from installation.show.timeline import seconds_of

ROW_PX = 108
GAP_PX = 6
LABEL_PX = 204
"""The column left of the pictures: cue names, times, and the spine, along which time runs downwards."""

TIME_PX = 52
SPINE_PX = 16
WEDGE_PX = 9
MARGIN_PX = 56
GUTTER_PX = 44
HEADER_PX = 150
MAX_ROWS = 2000
MAX_PIXELS = 300_000_000

ASPECT = math.sqrt(2.0)
"""Width by height of a sheet of paper in landscape format; the number of columns comes closest to it."""

Font = ImageFont.ImageFont | ImageFont.FreeTypeFont

GROUND, INK, SOFT, LINE, MARK = "#0b0c0e", "#ecebe8", "#8f969e", "#33393f", "#f2b552"


@dataclass(frozen=True, slots=True)
class StripLayout:
    """The layout in pixels: `rows` of `step` frames each, in columns of `in_column` rows from left to right."""

    rows: int
    in_column: int
    step: int
    row_px: int
    column_px: int

    @classmethod
    def of(cls, rows: int, step: int, row_px: int, pictures_px: int) -> StripLayout:
        """The layout whose number of columns brings the sheet closest to ASPECT."""
        column_px = LABEL_PX + pictures_px
        layouts = (cls(rows, -(-rows // columns), step, row_px, column_px) for columns in range(1, rows + 1))
        return min(layouts, key=lambda one: abs(math.log(one.size[0] / one.size[1] / ASPECT)))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the whole sheet."""
        columns = -(-self.rows // self.in_column)
        width = 2 * MARGIN_PX + columns * (self.column_px + GUTTER_PX) - GUTTER_PX
        return width, HEADER_PX + self.in_column * (self.row_px + GAP_PX) - GAP_PX + MARGIN_PX

    def corner(self, row: int) -> tuple[int, int]:
        """The top left corner of a row, including its label."""
        column, line = divmod(row, self.in_column)
        return MARGIN_PX + column * (self.column_px + GUTTER_PX), HEADER_PX + line * (self.row_px + GAP_PX)

    def is_lowest(self, row: int) -> bool:
        """Whether a row is the last one in its column."""
        return (row + 1) % self.in_column == 0 or row + 1 == self.rows

    def down(self, frames: float) -> int:
        """The distance along the spine, in pixels, for a time in frames."""
        return round(frames / self.step * (self.row_px + GAP_PX))


def write_strip(production: Production, out: Path, every: str, row_px: int = ROW_PX) -> Path:
    """Draw the strip of the whole score, with one row for each time step `every`; raises ScoreError."""
    if out.suffix.lower() != ".png":
        raise ScoreError(f"--out: a strip is a PNG file, but {out} ends in {out.suffix or 'nothing'}")
    step = production.frame_number(every, "--every")
    if step < 1:
        raise ScoreError(f"--every: {every} is less than one frame; use at least 1f")
    course = course_of(production)
    rows = -(-course.frames // step)
    if rows > MAX_ROWS:
        seconds = seconds_of(course.frames, production.score.fps)
        raise ScoreError(f"--every: {every} makes {rows} rows of {seconds:.0f} s; at most {MAX_ROWS} fit on a sheet")
    small = scaled_to_height(production, row_px)
    pictures_px = sum(width + GAP_PX for width, _ in small.sizes.values()) - GAP_PX
    layout = StripLayout.of(rows, step, row_px, pictures_px)
    width, height = layout.size
    if width * height > MAX_PIXELS:
        raise ScoreError(
            f"--height: {row_px} makes a sheet of {width}x{height}; use a smaller --height, or a longer --every"
        )
    poster = Poster(small, layout, course)
    with Previews(small) as previews, Inspector(partial(cpu_decoder, production.interpolator)) as inspector:
        for row in range(rows):
            preview = previews.at(row * step)
            inspector.inspect(preview.frame, preview.pictures)
            poster.draw_row(row, preview.pictures.values())
    poster.draw_cues()
    facts = facts_of_score("strip", small, next(iter(small.sizes)), {"step_frames": step})
    write_still(out, np.asarray(poster.sheet), png_chunks(production.score.title, facts))
    return out


class Poster:
    """The sheet of a production during drawing."""

    def __init__(self, production: Production, layout: StripLayout, course: ShownCourse) -> None:
        self.sheet = Image.new("RGB", layout.size, GROUND)
        self._draw = ImageDraw.Draw(self.sheet)
        self._production = production
        self._layout = layout
        self._course = course
        self._head()

    def draw_row(self, row: int, pictures: Iterable[Picture]) -> None:
        """Draw the pictures of one time, and the spine beside them with that time."""
        layout, (left, top) = self._layout, self._layout.corner(row)
        spine = left + LABEL_PX - SPINE_PX
        below = 0 if layout.is_lowest(row) else GAP_PX
        self._draw.line((spine, top, spine, top + layout.row_px - 1 + below), LINE, 2)
        self._draw.line((spine - 5, top, spine, top), LINE, 2)
        time = _clock(seconds_of(row * layout.step, self._production.score.fps))
        self._draw.text((spine - 10, top - 2), time, SOFT, _font(13), anchor="ra")
        left += LABEL_PX
        for picture in pictures:
            self.sheet.paste(Image.fromarray(picture), (left, top))
            left += picture.shape[1] + GAP_PX

    def draw_cues(self) -> None:
        """Draw every cue at its beginning on the spine; its transition is a wedge that widens to the end."""
        score = self._production.score
        written: dict[int, int] = {}
        for cue, start, comes_in in self._course.cues:
            row, since = divmod(start, self._layout.step)
            left, top = self._layout.corner(row)
            down = top + self._layout.down(since)
            spine = left + LABEL_PX - SPINE_PX
            self._wedge(start, comes_in)
            self._draw.line((left, down, spine, down), MARK, 1)
            self._draw.ellipse((spine - 4, down - 4, spine + 4, down + 4), MARK)
            # The names of cues in quick succession go below each other, as long as they stay beside their cues.
            named = max(down, written.get(left, 0))
            if named > down + self._layout.row_px:
                continue
            space = LABEL_PX - SPINE_PX - TIME_PX
            self._draw.text((left, named + 5), _fitting(self._draw, cue.name, space, _font(17)), INK, _font(17))
            cut = "cut" if start else ""
            how = f"{cue.transition.kind} {seconds_of(comes_in, score.fps):g} s" if comes_in else cut
            words = f"{_clock(seconds_of(start, score.fps))}   {how}".rstrip()
            self._draw.text((left, named + 28), _fitting(self._draw, words, space, _font(13)), MARK, _font(13))
            written[left] = named + 46
            if ways := self._course.ways_from(cue):
                self._draw.text((left, named + 46), _fitting(self._draw, ways, space, _font(13)), SOFT, _font(13))
                written[left] = named + 64

    def _wedge(self, start: int, frames: int) -> None:
        """Draw a wedge, row by row, from no width at a transition's start to full width at its end."""
        layout, at = self._layout, start
        while at < min(start + frames, layout.rows * layout.step):
            row = at // layout.step
            until = min(start + frames, (row + 1) * layout.step)
            left, top = layout.corner(row)
            right = left + LABEL_PX - SPINE_PX + 2
            upper, lower = (top + layout.down(time - row * layout.step) for time in (at, until))
            if layout.is_lowest(row):
                lower = min(lower, top + layout.row_px - 1)
            before, after = (WEDGE_PX * (time - start) / frames for time in (at, until))
            self._draw.polygon(((right, upper), (right + before, upper), (right + after, lower), (right, lower)), MARK)
            at = until

    def _head(self) -> None:
        score, layout = self._production.score, self._layout
        self._draw.text((MARGIN_PX, MARGIN_PX + 20), score.title, INK, _font(44), anchor="ls")
        length = _clock(seconds_of(self._course.frames, score.fps))
        cues = "1 cue" if len(score.cues) == 1 else f"{len(score.cues)} cues"
        day = f"{score.day}     " if self._course.is_played else ""
        facts = f"{day}{length}     {cues}     a row every {float(layout.step / score.fps):g} s"
        self._draw.text((layout.size[0] - MARGIN_PX, MARGIN_PX + 20), facts, SOFT, _font(18), anchor="rs")
        for first in range(0, layout.rows, layout.in_column):
            left, top = layout.corner(first)
            left += LABEL_PX
            for output, (width, _) in self._production.sizes.items():
                name = _fitting(self._draw, output, width, _font(14))
                self._draw.text((left, top - 10), name, SOFT, _font(14), anchor="ls")
                left += width + GAP_PX


@cache
def _font(size_px: int) -> Font:
    return ImageFont.load_default(size_px)


def _clock(seconds: float) -> str:
    """A time such as 1:07, or 1:07.50 between two seconds."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:.0f}:{rest:02.0f}" if rest == int(rest) else f"{minutes:.0f}:{rest:05.2f}"


def _fitting(draw: ImageDraw.ImageDraw, text: str, width_px: float, font: Font) -> str:
    """The text, cut to fit a width."""
    while len(text) > 1 and draw.textlength(text, font) > width_px:
        text = text[:-2].rstrip() + "…"
    return text
