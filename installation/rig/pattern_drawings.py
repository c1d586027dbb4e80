"""Test patterns for one output, drawn once: a technician uses them to align a picture with its wall."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from PIL import Image, ImageDraw, ImageFont

from installation.rig.head import SoftEdge

Pattern = Literal["grid", "identity", "edges", "colour", "sync"]
PATTERNS: tuple[Pattern, ...] = get_args(Pattern)

Colour = tuple[int, int, int]

NO_SOFT_EDGE = SoftEdge()

GROUND, FAINT, LINE, INK = (14, 15, 17), (58, 61, 66), (150, 153, 158), (255, 255, 255)
AMBER, BLUE, GREEN, RED = (242, 181, 82), (90, 180, 255), (80, 220, 130), (255, 96, 88)

CORNERS: tuple[tuple[str, Colour], ...] = (
    ("top left", RED),
    ("top right", GREEN),
    ("bottom right", BLUE),
    ("bottom left", AMBER),
)

GREYS = 17
NEAR_STEPS = (0.01, 0.02, 0.03, 0.05, 0.08)
"""Shares of full signal that a projector must distinguish from black, and their distances below white."""

FINE_PX = 2_500_000
"""Slanted lines are drawn four times as large up to this many pixels, twice as large above, and then scaled down."""


@dataclass(frozen=True, slots=True)
class PatternCard:
    """The content of an output's patterns. `number` counts from 1."""

    pattern: Pattern
    output: str
    number: int
    size_px: tuple[int, int]
    monitor: str = ""
    soft_edge: SoftEdge = NO_SOFT_EDGE
    mesh: tuple[int, int] | None = None


def drawn(sheet: PatternCard) -> Image.Image:
    """The picture (RGB, the output's own size); the sync pattern lacks the code itself."""
    page = PatternImage(sheet.size_px)
    _DRAWINGS[sheet.pattern](page, sheet)
    return page.image


class PatternImage:
    """An image with the drawing methods of all patterns; `unit` is a hundredth of its shorter side, at least 1 px."""

    def __init__(self, size_px: tuple[int, int]) -> None:
        self.width, self.height = size_px
        self.image = Image.new("RGB", size_px, GROUND)
        self.draw = ImageDraw.Draw(self.image)
        self.unit = max(min(size_px) / 100, 1.0)
        self.line = max(round(min(size_px) / 540), 1)

    def bar(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """Fill whole pixels from left and top up to right and bottom, these excluded."""
        box = [round(one) for one in (left, top, right, bottom)]
        if box[0] < box[2] and box[1] < box[3]:
            self.draw.rectangle((box[0], box[1], box[2] - 1, box[3] - 1), colour)

    def text(
        self,
        at: tuple[float, float],
        words: str,
        height: float,
        colour: Colour = INK,
        *,
        width: float = 0,
        anchor: str = "mm",
    ) -> None:
        """Write text of this height, or smaller if it would be wider than `width`."""
        size = max(round(height), 1)
        length = font(size).getlength(words)
        if width and length > width:
            size = max(int(size * width / length), 1)
        if size >= 5:  # smaller text is illegible
            self.draw.text(at, words, colour, font(size), anchor)

    def label(self, at: tuple[float, float], words: str, colour: Colour = LINE) -> None:
        """Write small text on a background, so that lines do not run through it."""
        width, height = font(round(2.2 * self.unit)).getlength(words), 2.6 * self.unit
        self.bar(at[0] - 0.6 * width, at[1] - height / 2, at[0] + 0.6 * width, at[1] + height / 2, GROUND)
        self.text(at, words, 2.2 * self.unit, colour)

    def slanted(self, colour: Colour, paint: Callable[[ImageDraw.ImageDraw, int], None]) -> None:
        """Paint slanted lines with antialiasing; `paint` gets an enlarged drawing and its scale."""
        scale = 4 if self.width * self.height <= FINE_PX else 2
        mask = Image.new("L", (scale * self.width, scale * self.height))
        paint(ImageDraw.Draw(mask), scale)
        self.image.paste(colour, mask=mask.reduce(scale))


def _grid(page: PatternImage, sheet: PatternCard) -> None:
    """Squares, circles, diagonals and the outermost pixels: for focus, shape and place."""
    width, height, line = page.width, page.height, page.line
    cell = max(min(width, height) / 9, 4.0)
    for length, upright in ((width, True), (height, False)):
        for step in range(int(length / 2 / cell) + 1):
            near = round(length / 2 - step * cell - line / 2)
            for start in (near, length - line - near):  # symmetrical about the centre, to the pixel
                box = (start, 0, start + line, height) if upright else (0, start, width, start + line)
                page.bar(*box, FAINT if step else LINE)
    page.slanted(LINE, lambda draw, scale: _diagonals(draw, scale, page))
    page.slanted(INK, lambda draw, scale: _circles(draw, scale, page, cell))
    if sheet.mesh:
        _mesh_points(page, *sheet.mesh)
    _rulers(page)
    _corner_marks(page)
    _fine_lines(page, cell)
    _name_plate(page, sheet, cell)


def _diagonals(draw: ImageDraw.ImageDraw, scale: int, page: PatternImage) -> None:
    right, bottom = scale * page.width - 1, scale * page.height - 1
    for line in ((0, 0, right, bottom), (0, bottom, right, 0)):
        draw.line(line, 255, scale * page.line)


def _circles(draw: ImageDraw.ImageDraw, scale: int, page: PatternImage, cell: float) -> None:
    width, height = page.width, page.height

    def circle(x: float, y: float, radius: float) -> None:
        box = [scale * one for one in (x - radius, y - radius, x + radius, y + radius)]
        draw.ellipse((box[0], box[1], box[2] - 1, box[3] - 1), outline=255, width=scale * page.line)

    circle(width / 2, height / 2, min(width, height) / 2)
    for x in (1.5 * cell, width - 1.5 * cell):
        for y in (1.5 * cell, height - 1.5 * cell):
            circle(x, y, cell)


def _rulers(page: PatternImage) -> None:
    """The outermost pixel in white, and a mark at every tenth of the width and height."""
    width, height, unit = page.width, page.height, page.unit
    for tenth in range(1, 10):
        long = unit * (4 if tenth == 5 else 2)
        x, y = width * tenth / 10, height * tenth / 10
        half = page.line / 2
        page.bar(x - half, 0, x + half + 0.5, long, INK)
        page.bar(x - half, height - long, x + half + 0.5, height, INK)
        page.bar(0, y - half, long, y + half + 0.5, INK)
        page.bar(width - long, y - half, width, y + half + 0.5, INK)
        if tenth in (2, 8) and unit >= 3:
            page.label((x, 4 * unit), f"{tenth * 10}%")
            page.label((x, height - 4 * unit), f"{tenth * 10}%")
            page.label((5 * unit, y), f"{tenth * 10}%")
            page.label((width - 5 * unit, y), f"{tenth * 10}%")
    page.draw.rectangle((0, 0, width - 1, height - 1), outline=INK)


def _corner_marks(page: PatternImage) -> None:
    """An angle of its own colour in each corner, so that nobody moves the wrong one."""
    width, height = page.width, page.height
    long, thick = max(8 * page.unit, 3), max(page.unit * 0.8, 1)
    for number, (name, colour) in enumerate(CORNERS):
        right, low = number in (1, 2), number in (2, 3)
        x, y = (width - long if right else 0), (height - long if low else 0)
        page.bar(x, height - thick if low else 0, x + long, height if low else thick, colour)
        page.bar(width - thick if right else 0, y, width if right else thick, y + long, colour)
        if page.unit >= 3:
            at = (width - 2 * page.unit if right else 2 * page.unit, height - 2 * page.unit if low else 2 * page.unit)
            page.text(at, name, 2.6 * page.unit, colour, anchor=("r" if right else "l") + ("d" if low else "a"))


def _mesh_points(page: PatternImage, columns: int, rows: int) -> None:
    """The points of the mesh, each with its row and column as desk and rig count them."""
    radius = max(0.9 * page.unit, 2)
    for row in range(rows):
        for column in range(columns):
            x, y = page.width * column / (columns - 1), page.height * row / (rows - 1)
            page.draw.ellipse((x - radius, y - radius, x + radius, y + radius), AMBER, GROUND)
            at_corner = row in (0, rows - 1) and column in (0, columns - 1)
            if page.unit >= 3 and not at_corner:
                at_x = min(max(x, 5 * page.unit), page.width - 5 * page.unit)
                at_y = y + (2.8 if row < rows - 1 else -2.8) * page.unit
                page.label((at_x, at_y), f"{row + 1}, {column + 1}", AMBER)


def _fine_lines(page: PatternImage, cell: float) -> None:
    """Vertical and horizontal lines of one pixel: even grey if nothing scales the signal, else bands and colours."""
    side = round(cell)
    for number, x in enumerate((page.width / 2 - 1.7 * cell, page.width / 2 + 0.7 * cell)):
        left, top = round(x), round(page.height / 2 + 1.6 * cell)
        page.bar(left, top, left + side, top + side, GROUND)
        for step in range(0, side, 2):
            if number:
                page.bar(left + step, top, left + step + 1, top + side, INK)
            else:
                page.bar(left, top + step, left + side, top + step + 1, INK)


def _name_plate(page: PatternImage, sheet: PatternCard, cell: float) -> None:
    """The output's name in the middle, its pixels and its monitor below."""
    width, height = page.width, page.height
    wide = min(3.7 * cell, width * 0.8)
    page.bar(width / 2 - wide / 2, height / 2 - cell, width / 2 + wide / 2, height / 2 + cell, GROUND)
    page.draw.rectangle(
        (round(width / 2 - wide / 2), round(height / 2 - cell), round(width / 2 + wide / 2), round(height / 2 + cell)),
        outline=LINE,
        width=page.line,
    )
    room = wide - 2 * page.unit
    page.text((width / 2, height / 2 - 0.28 * cell), sheet.output, 0.85 * cell, width=room)
    page.text((width / 2, height / 2 + 0.38 * cell), _pixels(sheet), 0.3 * cell, AMBER, width=room)
    page.text((width / 2, height / 2 + 0.74 * cell), sheet.monitor, 0.24 * cell, LINE, width=room)


def _identity(page: PatternImage, sheet: PatternCard) -> None:
    """The output's name, as large as possible, and its monitor: legible from the other end of the hall."""
    width, height = page.width, page.height
    colours = (RED, GREEN, BLUE, AMBER)
    colour = colours[(sheet.number - 1) % len(colours)]
    page.bar(0, 0, width, height, tuple(part // 7 for part in colour))  # type: ignore[arg-type]  # three, as before
    frame = max(round(2 * page.unit), 1)
    page.draw.rectangle((0, 0, width - 1, height - 1), outline=colour, width=frame)
    page.text((width / 2, height * 0.36), sheet.output, height * 0.46, width=width * 0.86)
    page.text(
        (width / 2, height * 0.73), sheet.monitor or f"output {sheet.number}", height * 0.13, colour, width=width * 0.86
    )
    page.text((width / 2, height * 0.87), _pixels(sheet), height * 0.07, LINE, width=width * 0.86)


def _edges(page: PatternImage, sheet: PatternCard) -> None:
    """Grey above to check for even light, black below to check for even black, and the soft edges with marks that must
    coincide with the neighbour's."""
    width, height = page.width, page.height
    page.bar(0, 0, width, height / 2, (128, 128, 128))
    page.bar(0, height / 2, width, height, (0, 0, 0))
    edge = sheet.soft_edge
    _edge_marks(page, edge.left, 0.0, upright=True)
    _edge_marks(page, 1 - edge.right, 1.0, upright=True)
    _edge_marks(page, edge.top, 0.0, upright=False)
    _edge_marks(page, 1 - edge.bottom, 1.0, upright=False)
    words = f"{sheet.output}: {_edge_words(edge)}"
    page.text((width / 2, height / 2 - 5 * page.unit), words, 4 * page.unit, (40, 40, 40), width=width * 0.7)
    page.text((width / 2, height / 2 + 5 * page.unit), f"gamma {edge.gamma:g}", 3 * page.unit, FAINT, width=width * 0.7)


def _edge_marks(page: PatternImage, inner: float, outer: float, *, upright: bool) -> None:
    """An overlap's inner border in green, its middle in amber, its outer border in red. Two pictures are aligned if
    each red line lies on the other's green line, and the amber lines coincide."""
    if inner == outer:
        return
    length, across = (page.width, page.height) if upright else (page.height, page.width)
    line, arm = page.line, 2 * page.unit

    def bar(left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """Draw a bar, given in the coordinates of a vertical edge."""
        page.bar(*((left, top, right, bottom) if upright else (top, left, bottom, right)), colour)

    for share, colour in ((inner, GREEN), ((inner + outer) / 2, AMBER), (outer, RED)):
        at = min(max(round(share * length - line / 2), 0), length - line)
        bar(at, 0, at + line, across, colour)
    middle = (inner + outer) / 2 * length
    for step in range(1, 8):  # crosses along the middle
        at = round(across * step / 8 - line / 2)
        bar(middle - arm, at, middle + arm, at + line, AMBER)


def _edge_words(edge: SoftEdge) -> str:
    sides = (("left", edge.left), ("top", edge.top), ("right", edge.right), ("bottom", edge.bottom))
    return ", ".join(f"{name} {width:.2%}" for name, width in sides if width) or "no soft edge"


def _colour(page: PatternImage, sheet: PatternCard) -> None:
    """Primaries, ramps, greys, and patches that are nearly black or white."""
    width, height = page.width, page.height
    bars: tuple[Colour, ...] = (
        *((255, 255, 255), (255, 255, 0), (0, 255, 255), (0, 255, 0)),
        *((255, 0, 255), (255, 0, 0), (0, 0, 255), (0, 0, 0)),
    )
    for number, colour in enumerate(bars):
        page.bar(width * number / 8, 0, width * (number + 1) / 8, height * 0.3, colour)
    ramps: tuple[Colour, ...] = ((255, 255, 255), (255, 0, 0), (0, 255, 0), (0, 0, 255))
    for number, colour in enumerate(ramps):
        top = height * (0.3 + 0.085 * number)
        size = width, max(round(height * (0.385 + 0.085 * number)) - round(top), 1)
        ramp = Image.linear_gradient("L").transpose(Image.Transpose.ROTATE_90).resize(size)
        bands = [ramp if part else Image.new("L", ramp.size) for part in colour]
        page.image.paste(Image.merge("RGB", bands), (0, round(top)))
    for number in range(GREYS):
        grey = round(255 * number / (GREYS - 1))
        left, right = width * number / GREYS, width * (number + 1) / GREYS
        page.bar(left, height * 0.64, right, height * 0.8, (grey, grey, grey))
        page.text(
            ((left + right) / 2, height * 0.785),
            str(grey),
            2.2 * page.unit,
            _contrasting(grey),
            width=right - left,
            anchor="md",
        )
    _near_black_or_white(page, 0, False)
    _near_black_or_white(page, width / 2, True)
    page.text((width * 15 / 16, height * 0.13), sheet.output, 4 * page.unit, LINE, width=width * 0.11)
    page.text((width * 15 / 16, height * 0.18), sheet.monitor, 2.4 * page.unit, LINE, width=width * 0.11)


def _near_black_or_white(page: PatternImage, left: float, white: bool) -> None:
    """Patches a little above black on black, or a little below white on white."""
    top, bottom = page.height * 0.8, page.height
    ground = 255 if white else 0
    page.bar(left, top, left + page.width / 2 + 1, bottom, (ground, ground, ground))
    room = page.width / 2 / len(NEAR_STEPS)
    for number, step in enumerate(NEAR_STEPS):
        grey = round(255 * (1 - step if white else step))
        x = left + room * number
        page.bar(x + 0.2 * room, top + 0.2 * (bottom - top), x + 0.8 * room, top + 0.7 * (bottom - top), (grey,) * 3)
        label = f"{1 - step if white else step:.0%}"
        page.text((x + room / 2, top + 0.82 * (bottom - top)), label, 2.2 * page.unit, _contrasting(ground), width=room)


def _sync(page: PatternImage, sheet: PatternCard) -> None:
    """All but the code in the middle, which changes with every frame."""
    page.bar(0, 0, page.width, page.height, (0, 0, 0))
    room = (page.width - min(page.width, page.height)) / 2
    if room > 6 * page.unit:
        middle = page.height / 2
        page.text((room / 2, middle), sheet.output, 8 * page.unit, LINE, width=room * 0.8)
        page.text((page.width - room / 2, middle), sheet.monitor, 5 * page.unit, FAINT, width=room * 0.8)


def _pixels(sheet: PatternCard) -> str:
    return f"{sheet.size_px[0]} x {sheet.size_px[1]}"


def _contrasting(grey: int) -> Colour:
    level = 90 if grey < 40 else 210 if grey < 110 else 40
    return level, level, level


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


_DRAWINGS: Mapping[Pattern, Callable[[PatternImage, PatternCard], None]] = {
    "grid": _grid,
    "identity": _identity,
    "edges": _edges,
    "colour": _colour,
    "sync": _sync,
}
