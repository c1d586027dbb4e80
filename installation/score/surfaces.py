"""The words of a score for a body that wears a take's picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from installation.language.containers import ByNodeType, ListOf, Record, RecordOf, key
from installation.language.limits import SHARE
from installation.language.named_files import NameOrFile
from installation.language.quantities import TimeInCue
from installation.language.scalars import FloatRange, NumberOrParameter
from installation.language.times import CueOffset
from installation.media.bodies import BODIES, SUFFIXES, body_of
from installation.score import limits
from installation.score.montage_and_transition import EASE
from installation.show.expressions import Number
from installation.show.score import Ease

BODY = NameOrFile("body", BODIES, SUFFIXES, body_of, "`sphere`, `torus`, `plane`, or a file in OBJ or glTF")


@dataclass(frozen=True, kw_only=True, eq=False)
class AngleKeySpec(Record):
    """An angle, and the time at which it is reached."""

    at: CueOffset | None = key(TimeInCue(), "When it is reached, counted from the cue's start.", None, required=True)
    value: Number = key(NumberOrParameter(*limits.DEGREES), "Degrees.", 0.0, required=True)
    ease: Ease = key(EASE, "How it gets here from the key before.", "linear")
    synonyms: ClassVar[dict[str, str]] = {"degrees": "value", "time": "at"}


@dataclass(frozen=True, kw_only=True, eq=False)
class SizeKeySpec(Record):
    """A size, and the time at which it is reached."""

    at: CueOffset | None = key(TimeInCue(), "When it is reached, counted from the cue's start.", None, required=True)
    value: Number = key(NumberOrParameter(*limits.BODY_SIZE), "Its value then.", 0.8, required=True)
    ease: Ease = key(EASE, "How it gets here from the key before.", "linear")
    synonyms: ClassVar[dict[str, str]] = {"size": "value", "time": "at"}


ANGLE_OVER_TIME: ByNodeType[Number | tuple[AngleKeySpec, ...]] = ByNodeType(
    "degrees, `$parameter`, or list of keys",
    NumberOrParameter(*limits.DEGREES),
    ListOf(RecordOf(AngleKeySpec, "a key"), "keys", 1, limits.KEYS),
)
SIZE_OVER_TIME: ByNodeType[Number | tuple[SizeKeySpec, ...]] = ByNodeType(
    "number, `$parameter`, or list of keys",
    NumberOrParameter(*limits.BODY_SIZE),
    ListOf(RecordOf(SizeKeySpec, "a key"), "keys", 1, limits.KEYS),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class SurfaceSpec(Record):
    """A body in space with a take's picture on its surface. Around it you see the layers below."""

    body: str = key(BODY, "What wears it; a file must have UV.", "", required=True)
    yaw: Number | tuple[AngleKeySpec, ...] = key(ANGLE_OVER_TIME, "Its turn about the vertical.", 0.0)
    pitch: Number | tuple[AngleKeySpec, ...] = key(ANGLE_OVER_TIME, "Its turn about the horizontal.", 0.0)
    roll: Number | tuple[AngleKeySpec, ...] = key(ANGLE_OVER_TIME, "Its turn towards the viewer.", 0.0)
    size: Number | tuple[SizeKeySpec, ...] = key(SIZE_OVER_TIME, "Its reach in half short sides of the place.", 0.8)
    shade: float = key(FloatRange(*SHARE), "How much light shapes it, 0 to 1.", 0.8)
    synonyms: ClassVar[dict[str, str]] = {"shape": "body", "turn": "yaw", "scale": "size", "light": "shade"}


SURFACE: ByNodeType[SurfaceSpec | str] = ByNodeType("body, or surface", BODY, None, RecordOf(SurfaceSpec, "a surface"))
