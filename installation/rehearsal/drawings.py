"""Draws timeline, names, overlays, mistakes and help over the pictures of a rehearsal."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from installation.picture.rectangle import Rectangle
from installation.rehearsal.findings import clock
from installation.rehearsal.layout import THUMBNAIL_PX, WindowLayout
from installation.show.compiled_score import compiled
from installation.show.playing.transport import Position
from installation.show.score import Score

GROUND, PANEL, RAISED = (11, 12, 14, 255), (19, 21, 24, 255), (28, 31, 36, 255)
INK, SOFT, NOW, NEXT, WRONG = (
    (236, 235, 232, 255),
    (170, 176, 183, 255),
    (242, 181, 82, 255),
    (107, 188, 255, 255),
    (255, 157, 151, 255),
)
NOW_BLOCK, VEIL = (58, 47, 27, 255), (11, 12, 14, 245)

HEADING_PX = 52
PLAYHEAD_PX = 6
"""Half as wide as the playhead's top."""

MIN_BLOCK_PX = 4
"""Narrower cues have no room for an edge, narrower transitions none for a wedge."""

TITLE_SAFE = 0.05
"""EBU R 95: graphics stay 5 % away from every edge."""


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def blank(width: int, height: int, colour: tuple[int, int, int, int] = (0, 0, 0, 0)) -> Image.Image:
    return Image.new("RGBA", (max(width, 1), max(height, 1)), colour)


def timeline(
    layout: WindowLayout, score: Score, now: str, standby: str | None, thumbnails: Mapping[int, Image.Image]
) -> Image.Image:
    """The timeline: cues to scale, thumbnails by slot from the left, the cues that play `now` and the next one."""
    width, height = layout.timeline.width, layout.timeline.height
    image = blank(width, height, PANEL)
    draw = ImageDraw.Draw(image)
    top = height - THUMBNAIL_PX
    for slot, thumbnail in thumbnails.items():
        image.paste(thumbnail, (slot * thumbnail.width, top))
    times = compiled(score).timeline
    for index, cue in enumerate(score.cues):
        left, right = (
            width * edge / times.length for edge in (times.starts[index], times.starts[index] + times.durations[index])
        )
        plays = cue.id == now
        block = NOW_BLOCK if plays else RAISED
        draw.rectangle((left, 0, right - 1, top - 1), block, GROUND if right - left >= MIN_BLOCK_PX else block)
        way_in = width * times.transitions[index] / times.length
        if way_in >= MIN_BLOCK_PX:
            draw.polygon([(left + 1, top - 2), (left + way_in, top - 12), (left + way_in, top - 2)], SOFT)
        if cue.id == standby:
            draw.rectangle((left, 0, max(right - 1, left + 2), 3), NEXT)
        text_within(draw, (left + 8, 8), cue.name, right - left - 12, INK if plays else SOFT, 15)
        ending = " ".join(filter(None, ["" if cue.end == "follow" else cue.end, cue.ways]))
        text_within(
            draw,
            (left + 8, 28),
            f"{clock(cue.duration)} {ending}".strip(),
            right - left - 12,
            NOW if ending else SOFT,
            13,
        )
        if right - left >= MIN_BLOCK_PX:
            draw.line((left, top, left, height), GROUND, 1)
    return image


@cache
def playhead(height: int) -> Image.Image:
    """The line that moves along the timeline."""
    image = blank(2 * PLAYHEAD_PX + 1, height)
    draw = ImageDraw.Draw(image)
    draw.line((PLAYHEAD_PX, 0, PLAYHEAD_PX, height), NOW, 2)
    draw.polygon([(0, 0), (2 * PLAYHEAD_PX, 0), (PLAYHEAD_PX, 9)], NOW)
    return image


def heading(width: int, title: str, position: Position, standby: str, words: Sequence[str]) -> Image.Image:
    """The heading, legible from afar: the cue, the cue on standby, and the time left; all else is small."""
    image = blank(width, HEADING_PX)
    draw = ImageDraw.Draw(image)
    left = "until GO" if position.remaining_seconds is None else f"{clock(position.remaining_seconds)} left"
    room = width - draw.textlength(left, font(28)) - 24
    draw.text((width, 18), left, INK, font(28), anchor="ra")
    said = "    ".join([*words, clock(position.seconds)])
    draw.text((width, 0), said, INK, font(15), anchor="ra")
    text_within(draw, (0, 0), title, width - draw.textlength(said, font(15)) - 24, SOFT, 15)
    used = text_within(draw, (0, 18), position.name, room, NOW, 28)
    if standby:
        text_within(draw, (used + 24, 26), f"next: {standby}", room - used - 24, NEXT, 19)
    return image


def labels(layout: WindowLayout, levels: Mapping[str, float]) -> Image.Image:
    """The outputs' names and levels, drawn on them."""
    image = blank(*layout.size_px)
    draw = ImageDraw.Draw(image)
    for output, placement in layout.outputs.items():
        place = placement.upright
        text = f"{output}  {levels.get(output, 1.0):.0%}  {placement.place.width}x{placement.place.height}"
        draw.rectangle(
            (place.left + 8, place.top + 8, place.left + 24 + draw.textlength(text, font(14)), place.top + 32), VEIL
        )
        draw.text((place.left + 16, place.top + 12), text, INK, font(14))
    return image


def bounds(layout: WindowLayout) -> Image.Image:
    """The edges of the outputs, and the title safe area."""
    image = blank(*layout.size_px)
    draw = ImageDraw.Draw(image)
    for placement in layout.outputs.values():
        draw.polygon(placement.outline(0.5), None, NEXT)
        safe = TITLE_SAFE * placement.place.width, TITLE_SAFE * placement.place.height
        draw.polygon(placement.outline(*safe), None, NOW)
        middle = placement.middle
        draw.line((middle[0] - 8, middle[1], middle[0] + 8, middle[1]), NOW)
        draw.line((middle[0], middle[1] - 8, middle[0], middle[1] + 8), NOW)
    return image


def sentences(width: int, lines: Sequence[str], wrong: bool) -> Image.Image:
    """Mistakes or warnings, each on a line."""
    image = blank(width, 16 + 22 * len(lines), (51, 20, 22, 235) if wrong else (45, 36, 18, 235))
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        text_within(draw, (12, 8 + 22 * number), line, width - 24, WRONG if wrong else NOW, 15)
    return image


def help_of(keys: Sequence[tuple[str, str]]) -> Image.Image:
    """All keys and their actions, in two columns."""
    half = -(-len(keys) // 2)
    image = blank(1000, 76 + 30 * half, VEIL)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, image.width - 1, image.height - 1), None, SOFT)
    draw.text((28, 20), "Keys", INK, font(20))
    for number, (key, meaning) in enumerate(keys):
        left, top = 28 + 450 * (number // half), 58 + 30 * (number % half)
        draw.text((left, top), key, NOW, font(15))
        draw.text((left + 130, top), meaning, INK, font(15))
    return image


def centred(image: Image.Image, place: Rectangle) -> tuple[int, int]:
    """The top left corner of an image that is centred in a rectangle."""
    return (place.left + place.right - image.width) // 2, (place.top + place.bottom - image.height) // 2


def text_within(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    width: float,
    colour: tuple[int, int, int, int],
    size: int,
) -> float:
    """The text, cut to fit, and its width; empty if fewer than two letters fit."""
    if width < 2 * size:
        return 0.0
    if draw.textlength(text, font(size)) > width:
        # Search the longest fitting length: measuring every length took half a second for 500 cues.
        fits = bisect_right(range(len(text)), width, key=lambda end: draw.textlength(f"{text[:end]}…", font(size)))
        text = f"{text[: max(fits - 1, 0)].rstrip()}…"
    draw.text(at, text, colour, font(size))
    return draw.textlength(text, font(size))
