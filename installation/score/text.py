"""Text in the words of a score."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from PIL import ImageColor

from installation.errors import MediaError
from installation.language.containers import ByNodeType, ListOf, Record, RecordOf, key
from installation.language.nodes import Node, NodeError
from installation.language.quantities import Duration
from installation.language.reading import Reading, nearest
from installation.language.scalars import (
    FloatRange,
    IntRange,
    NumberOrParameter,
    OneOf,
    Schema,
    checked_parameters,
    quoted,
    unambiguous_text,
)
from installation.media.font_file import (
    REGULAR,
    SHIPPED_FAMILY,
    FontFacts,
    find_font,
    font_facts,
    is_joined,
    missing_letters,
)
from installation.score import limits
from installation.show.expressions import Number, ParameterRef
from installation.show.frame import Align, Colour, Font, ShowValue, TextStyle, Vertical
from installation.show.score import Text
from installation.show.words import SHOW_VALUES

DOLLAR = re.compile(r"\$(?:(?P<dollar>\$)|show\.(?P<value>\w+)|(?P<parameter>[a-z][a-z0-9_-]*))?")

Parts = tuple[str | ShowValue | ParameterRef, ...]


@dataclass(frozen=True)
class Template:
    """Text with `$parameter` and values such as `$show.cue`; `$$` is a dollar sign."""

    words: str = "text, with `$parameter` and `$show.cue` in it"

    def read(self, node: Node, reading: Reading) -> Parts:
        text = unambiguous_text(node, "text")
        if len(text) > limits.TEXT_LETTERS:
            raise NodeError(node, f"{len(text)} characters are too many: {limits.TEXT_LETTERS} at most")
        parts: list[str | ShowValue | ParameterRef] = []
        end = 0
        for match in DOLLAR.finditer(text):
            parts += [text[end : match.start()], _part(match, node, reading)]
            end = match.end()
        return tuple(part for part in (*parts, text[end:]) if part != "")

    def schema(self) -> Schema:
        return {"type": ["string", "number"], "maxLength": limits.TEXT_LETTERS}


def _part(match: re.Match[str], node: Node, reading: Reading) -> str | ShowValue | ParameterRef:
    if match["dollar"]:
        return "$"
    if name := match["value"]:
        if name not in SHOW_VALUES:
            have = f"there is {', '.join(SHOW_VALUES)}"
            raise NodeError(node, f"$show.{name} is unknown; {have}{nearest(name, SHOW_VALUES)}")
        return ShowValue(name)
    if name := match["parameter"]:
        reference = ParameterRef(name)
        checked_parameters(node, reference, reading)
        return reference
    raise NodeError(node, "a $ begins the name of a parameter; write $$ for a dollar sign")


@dataclass(frozen=True)
class ColourScalar:
    """A colour as in CSS; reads as red, green, blue and alpha, 0..1."""

    words: str = 'colour: `white`, `"#ffcc00"`, `"#ffcc0080"`'

    def read(self, node: Node, _reading: Reading) -> Colour:
        text = unambiguous_text(node, "a colour")
        try:
            red, green, blue, *alpha = ImageColor.getrgb(text)
        except ValueError:
            raise NodeError(node, f'{quoted(text)} is not a colour; write white, "#ffcc00" or "#ffcc0080"') from None
        return red / 255, green / 255, blue / 255, (alpha[0] if alpha else 255) / 255

    def schema(self) -> Schema:
        return {"type": "string"}


@dataclass(frozen=True)
class FontName:
    """A font family or file; `_fonts` finds it, because it needs the weight for that."""

    words: str = "font file, seen from the score, or family"

    def read(self, node: Node, _reading: Reading) -> tuple[Node, str]:
        return node, unambiguous_text(node, "a font")

    def schema(self) -> Schema:
        return {"type": "string"}


@dataclass(frozen=True)
class OneFont(FontName):
    """A single font where a list is allowed, too."""

    def read(self, node: Node, reading: Reading) -> tuple[tuple[Node, str], ...]:  # type: ignore[override]  # a list of one
        return (super().read(node, reading),)


@dataclass(frozen=True, kw_only=True, eq=False)
class OutlineSpec(Record):
    """An outline around every letter."""

    width: float = key(FloatRange(*limits.OUTLINE), "In heights of a letter (em).", 0.04, required=True)
    colour: Colour = key(ColourScalar(), "Its colour.", (0.0, 0.0, 0.0, 1.0), default="black")
    synonyms: ClassVar[dict[str, str]] = {"color": "colour", "size": "width"}


@dataclass(frozen=True, kw_only=True, eq=False)
class TextSpec(Record):
    """Words, set in a font. Lines that are too long wrap."""

    words: Parts = key(Template(), "What is written; a new line begins where one does here.", (), required=True)
    font: tuple[tuple[Node, str], ...] = key(
        ByNodeType("font file or family, or list of them", OneFont(), ListOf(FontName(), "fonts", 1, limits.FONTS)),
        "What it is set in; of several, each letter is taken from the first that has it.",
        (),
        default=f"`{SHIPPED_FAMILY}`",
    )
    size: Number = key(
        NumberOrParameter(*limits.TEXT_SIZE), "Height of a letter (em), in short sides of its place.", 0.1
    )
    weight: int = key(IntRange(*limits.FONT_WEIGHT), "From thin (100) to black (900).", REGULAR)
    align: Align = key(OneOf(Align, "align"), "Where lines begin, or end.", "centre", default="`centre`")
    vertical: Vertical = key(OneOf(Vertical, "vertical"), "Where the text stands in its place.", "middle")
    margin: float = key(FloatRange(*limits.MARGIN), "Space between text and border, in short sides of its place.", 0.05)
    tracking: float = key(FloatRange(*limits.TRACKING), "Extra space between letters, in em.", 0.0)
    leading: float = key(FloatRange(*limits.LEADING), "Distance from line to line, in em.", 1.2)
    colour: Colour = key(ColourScalar(), "Its colour.", (1.0, 1.0, 1.0, 1.0), default="`white`")
    outline: OutlineSpec | None = key(
        RecordOf(OutlineSpec, "an outline"), "A line around every letter.", None, default="none"
    )
    type: float | None = key(Duration(), "Types it letter by letter, within this time.", None, default="all at once")
    roll: float | None = key(
        Duration(), "Rolls from below its place to above it, within this time.", None, default="it stands"
    )
    synonyms: ClassVar[dict[str, str]] = {
        "text": "words",
        "family": "font",
        "color": "colour",
        "stroke": "outline",
        "valign": "vertical",
        "spacing": "tracking",
        "line_height": "leading",
    }


TEXT: ByNodeType[TextSpec | Parts] = ByNodeType(
    "text, or a text with its looks", Template(), None, RecordOf(TextSpec, "a text")
)


def text_of(spec: TextSpec | Parts | None, node: Node, reading: Reading) -> Text | None:
    """The text that `spec` describes; None after a mistake, which it reports."""
    if spec is None:
        return None
    if not isinstance(spec, TextSpec):
        fonts = _fonts((), REGULAR, 0.0, spec, node, reading)
        return Text(spec, TextStyle(fonts)) if spec and fonts else None
    if "type" in spec.node and "roll" in spec.node:
        reading.refuse(
            spec.node.at("roll"), "a text that types stands still while it does; keep one of `type` and `roll`"
        )
    fonts = _fonts(spec.font, spec.weight, spec.tracking, spec.words, spec.node, reading)
    if not fonts or not spec.words:
        return None
    style = TextStyle(
        fonts,
        spec.weight,
        spec.align,
        spec.vertical,
        spec.margin,
        spec.tracking,
        spec.leading,
        spec.colour,
        spec.outline.width if spec.outline else 0.0,
        spec.outline.colour if spec.outline else (0.0, 0.0, 0.0, 1.0),
    )
    return Text(spec.words, style, spec.size, spec.type, spec.roll)


def _fonts(
    named: tuple[tuple[Node, str], ...], weight: int, tracking: float, words: Parts, node: Node, reading: Reading
) -> tuple[Font, ...]:
    """The fonts with these names; refuses a missing font, and letters that no font has."""
    found: list[Font] = []
    facts: list[FontFacts] = []
    for place, name in named or ((node, SHIPPED_FAMILY),):
        try:
            file = find_font(name, weight, reading.home)
            facts.append(font_facts(file))
        except MediaError as error:
            reading.refuse(place, str(error))
            return ()
        reading.included_files.append(file)
        found.append(Font(str(file), facts[-1].digest))
    text = "".join(part for part in words if isinstance(part, str))
    if missing := missing_letters(text, facts):
        letters = ", ".join(f"{one!r} (U+{ord(one):04X})" for one in missing[:8]) + (
            ", ..." if len(missing) > 8 else ""
        )
        names = " and ".join(one.family for one in facts)
        reading.refuse(node, f"{names} has no letter for {letters}; name a font that has, after the first: font: [...]")
        return ()
    low, high = facts[0].weights
    if not low <= weight <= high:
        has = f"{low:g} to {high:g}" if facts[0].is_variable else f"{low:g}"
        reading.warn(node, f"{facts[0].family} does not have weight {weight}, only {has}")
    if tracking and any(is_joined(letter) for letter in text):
        reading.warn(
            node,
            "tracking would tear apart letters that are joined or run from right to left: it is left out there",
        )
    return tuple(found)
