"""A film, in the words of a score."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from installation.errors import MediaError
from installation.language.containers import ByNodeType, Record, RecordOf, key
from installation.language.nodes import Node
from installation.language.quantities import TimeInCue
from installation.language.reading import Reading
from installation.language.scalars import FloatRange, OneOf, Schema, unambiguous_text
from installation.language.times import CueOffset
from installation.media.film_file import film_facts
from installation.score import limits
from installation.score.score_scalars import FrameRate
from installation.show.frame import Fit
from installation.show.score import Clip, Repeat


@dataclass(frozen=True)
class FilmName:
    """The name of a film file or a folder of pictures; `clip_of` checks it, because it needs the rate for that."""

    words: str = "film file or folder of pictures, seen from the score"

    def read(self, node: Node, _reading: Reading) -> tuple[Node, str]:
        return node, unambiguous_text(node, "the name of a film")

    def schema(self) -> Schema:
        return {"type": "string"}


@dataclass(frozen=True)
class FilmRate(FrameRate):
    """Frames per second of a folder of pictures; it is not the show's."""

    def read(self, node: Node, reading: Reading) -> Fraction:
        show = reading.fps
        found = super().read(node, reading)
        reading.fps = show
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class ClipSpec(Record):
    """A film, or a folder of numbered pictures."""

    file: tuple[Node, str] | None = key(FilmName(), "The file.", None, required=True)
    begin: CueOffset | None = key(TimeInCue(), "Where in the film to begin.", None, default="its start")
    end: CueOffset | None = key(TimeInCue(), "Where in the film to end.", None, default="its end")
    rate: float = key(FloatRange(*limits.CLIP_RATE), "How fast it plays; 1 is its own speed.", 1.0)
    repeat: Repeat = key(OneOf(Repeat, "repeat"), "What happens at its end.", "loop")
    fit: Fit = key(OneOf(Fit, "fit"), "How it fits its place, as a picture does.", "contain")
    fps: Fraction | None = key(FilmRate(), "The frame rate of a folder of pictures.", None, default="the show's")
    synonyms: ClassVar[dict[str, str]] = {
        "in": "begin",
        "out": "end",
        "from": "begin",
        "to": "end",
        "path": "file",
        "folder": "file",
        "loop": "repeat",
        "speed": "rate",
        "framerate": "fps",
    }


CLIP: ByNodeType[ClipSpec | tuple[Node, str]] = ByNodeType(
    "film file or folder, or a clip", FilmName(), None, RecordOf(ClipSpec, "a clip")
)


def clip_of(spec: ClipSpec | tuple[Node, str] | None, reading: Reading) -> Clip | None:
    """The clip that `spec` describes; None after a mistake, which it reports."""
    named = spec.file if isinstance(spec, ClipSpec) else spec
    if named is None:
        return None
    node, name = named
    file = reading.beside(name)
    told_fps = spec.fps if isinstance(spec, ClipSpec) else None
    try:
        facts = film_facts(file, (told_fps or reading.fps) if file.is_dir() else None)
    except MediaError as error:
        reading.refuse(node, str(error))
        return None
    if not isinstance(spec, ClipSpec):
        return Clip(str(file), facts.digest, facts.fps, 0, facts.frames - 1)
    if told_fps and not file.is_dir():
        reading.refuse(spec.node.at("fps"), "a film has a rate of its own; `rate` plays it faster or slower")
    first = 0 if spec.begin is None else math.floor(spec.begin.seconds(facts.seconds) * facts.fps + 1e-6)
    last = facts.frames - 1 if spec.end is None else math.ceil(spec.end.seconds(facts.seconds) * facts.fps - 1e-6) - 1
    if first >= facts.frames:
        where = spec.node.at("begin")
        reading.refuse(where, f"film {name!r} is only {facts.seconds:g}s long: nothing would play")
        return None
    if last < first:
        reading.refuse(spec.node.at("end"), "the film ends before it begins: `end` must come after `begin`")
        return None
    if last >= facts.frames:
        reading.warn(spec.node.at("end"), f"film {name!r} is only {facts.seconds:g}s long: it ends there")
        last = facts.frames - 1
    return Clip(str(file), facts.digest, facts.fps, first, last, spec.rate, spec.repeat, spec.fit)
