"""Effects on a finished picture of a layer, a cue or the whole show. One table has them all.

A kind lists its quantities in the order in which its shader and its reference in the tests take them. A score's words,
their schema and the tables of the manual derive from this table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from installation.show.expressions import Parameters
from installation.show.frame import Effect
from installation.show.score import EffectTracks, Score
from installation.show.track import value_at

Pass = Literal["pointwise", "remapped", "detail", "blur", "displaced", "shader"]
"""How an effect is drawn: from each pixel alone, from other places of the picture, from a pixel's neighbours, in
several passes, from places that another layer gives, or by an artist's own shader. Consecutive pointwise effects share
one pass."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that an effect takes; `fallback` holds if a score does not set it."""

    name: str
    low: float
    high: float
    fallback: float
    about: str


@dataclass(frozen=True, slots=True)
class EffectKind:
    """One kind of effect.

    With its first quantities at `neutral` it changes nothing and costs nothing; with an empty `neutral` it always
    applies. An effect that `moves` looks different at every frame; a `guided` effect reads another layer. `price` is
    its cost on software GL, relative to drawing a picture (`installation bench`, two shared cores of an AMD EPYC).
    """

    about: str
    drawn: Pass
    price: float
    quantities: tuple[Quantity, ...]
    neutral: tuple[float, ...]
    moves: bool = False
    guided: bool = False


MAX_VARIANTS = 16
"""The most combinations of a list of effects whose programs are compiled ahead."""


def is_neutral(effect: Effect) -> bool:
    """Whether an effect changes nothing."""
    neutral = EFFECTS[effect.kind].neutral
    return bool(neutral) and effect.values[: len(neutral)] == neutral


def example_of(kind: str) -> Effect:
    """An effect with its default values, as a score's word alone gives it."""
    return Effect(kind, tuple(quantity.fallback for quantity in EFFECTS[kind].quantities))


def price_of(effects: Iterable[Effect]) -> float:
    """The additional cost of effects, relative to a picture without any, which costs 1.

    Pointwise effects at the end cost nothing here: they are applied while the picture is drawn.
    """
    kinds = [EFFECTS[effect.kind] for effect in effects]
    last = max((number for number, kind in enumerate(kinds) if kind.drawn != "pointwise"), default=-1)
    return sum(kind.price for kind in kinds[: last + 1])


class TimedEffect:
    """One effect that can be evaluated at a time; its constant values are computed once."""

    __slots__ = ("_by", "_kind", "_moves", "_moving", "_shader", "_values", "still")

    def __init__(self, tracks: EffectTracks) -> None:
        self._kind, self._moves, self._by = tracks.kind, EFFECTS[tracks.kind].moves, tracks.by
        self._shader = tracks.shader
        fixed = [track.keys[0].value if len(track.keys) == 1 else None for track in tracks.values]
        self._values = [value if isinstance(value, float) else 0.0 for value in fixed]
        self._moving = [
            (index, track)
            for index, (value, track) in enumerate(zip(fixed, tracks.values, strict=True))
            if not isinstance(value, float)
        ]
        self.still = None if self._moving or self._moves else Effect(self._kind, tuple(self._values), 0, self._by)
        """The effect itself if it does not change over time, else None."""

    def at(self, seconds: float, frames_per_second: float, parameters: Parameters) -> Effect:
        if self.still is not None:
            return self.still
        values = self._values.copy()
        for index, track in self._moving:
            values[index] = value_at(track, seconds, parameters)
        if self._shader is not None:
            values.append(seconds)
        moment = round(seconds * frames_per_second) if self._moves else 0
        return Effect(self._kind, tuple(values), moment, self._by, self._shader)


class TimedEffects:
    """A sequence of effects that can be evaluated at a time."""

    def __init__(self, effects: tuple[EffectTracks, ...], frames_per_second: float) -> None:
        self._frames_per_second = frames_per_second
        timed = [TimedEffect(one) for one in effects]
        self._timed = [one for one in timed if one.still is None or not is_neutral(one.still)]
        still = tuple(one.still for one in self._timed if one.still is not None)
        self._still = still if len(still) == len(self._timed) else None

    def at(self, seconds: float, parameters: Parameters) -> tuple[Effect, ...]:
        """The effects that change anything, `seconds` after the start of their cue, or of the show."""
        if self._still is not None:
            return self._still
        found = [one.at(seconds, self._frames_per_second, parameters) for one in self._timed]
        return tuple([effect for effect in found if not is_neutral(effect)])


Kinds = tuple[str, ...]
"""The kinds of consecutive effects."""


def chains_in(score: Score) -> tuple[Kinds, ...]:
    """Every chain of consecutive pointwise effects that one pass may apply in this score, each chain once.

    While an effect changes nothing it is missing from its chain, and a picture that fills an output gets the show's
    effects in the same pass as its own.
    """
    of_show = _variants(score.effects)
    found = dict.fromkeys(run for kinds in of_show for run in _runs(kinds))
    joined = [kinds for kinds in of_show if kinds in found]
    for cue in score.cues:
        for effects in (*(layer.effects for layer in cue.layers), cue.effects):
            for kinds in _variants(effects):
                runs = _runs(kinds)
                found |= dict.fromkeys(runs)
                if runs and EFFECTS[kinds[-1]].drawn == "pointwise":
                    found |= dict.fromkeys(runs[-1] + show for show in joined)
    return tuple(found)


def _runs(kinds: Kinds) -> list[Kinds]:
    """The runs of pointwise kinds."""
    groups = groupby(kinds, lambda kind: EFFECTS[kind].drawn)
    return [tuple(group) for drawn, group in groups if drawn == "pointwise"]


def _variants(effects: Sequence[EffectTracks]) -> list[Kinds]:
    """The kinds of a list of effects without those that change nothing, in every combination that time may bring."""
    found: list[Kinds] = [()]
    for one in effects:
        neutral = EFFECTS[one.kind].neutral
        told = [track.keys[0].value if len(track.keys) == 1 else None for track in one.values[: len(neutral)]]
        fixed = [(value, own) for value, own in zip(told, neutral, strict=True) if isinstance(value, float)]
        may_be_neutral = bool(neutral) and all(value == own for value, own in fixed)
        is_neutral_always = may_be_neutral and len(fixed) == len(neutral)
        options = ([] if is_neutral_always else [(one.kind,)]) + ([()] if may_be_neutral else [])
        found = [before + option for before in found for option in options][:MAX_VARIANTS]
    return found


SEEN = Quantity("amount", 0.0, 1.0, 1.0, "How opaque it is over the picture.")
FINE = Quantity("radius", 0.0, 0.1, 0.002, "How fine, in short sides of the picture.")

EFFECTS: Mapping[str, EffectKind] = {
    "grade": EffectKind(
        "Colour and light, with a colourist's controls.",
        "pointwise",
        0.5,
        (
            Quantity("lift", -1.0, 1.0, 0.0, "Raises the dark parts; white stays."),
            Quantity("gamma", 0.1, 10.0, 1.0, "Raises the midtones."),
            Quantity("gain", 0.0, 10.0, 1.0, "Raises the light parts; black stays."),
            Quantity("contrast", 0.0, 10.0, 1.0, "Around the middle grey."),
            Quantity("saturation", 0.0, 10.0, 1.0, "0 is grey."),
            Quantity("hue", -36_000.0, 36_000.0, 0.0, "Turns all hues by this many degrees."),
            Quantity("temperature", -1.0, 1.0, 0.0, "Warmer above 0, cooler below."),
        ),
        (0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0),
    ),
    "blur": EffectKind(
        "Soft, in linear light.",
        "blur",
        3.4,
        (Quantity("radius", 0.0, 0.5, 0.01, "The blur's standard deviation, in short sides of the picture."),),
        (0.0,),
    ),
    "sharpen": EffectKind(
        "Edges stand out.",
        "detail",
        2.4,
        (
            Quantity("amount", 0.0, 10.0, 1.0, "How much."),
            FINE,
        ),
        (0.0,),
    ),
    "grain": EffectKind(
        "Film grain: different in every frame, the same at every showing.",
        "pointwise",
        0.3,
        (
            Quantity("amount", 0.0, 1.0, 0.1, "How much."),
            Quantity("size", 0.0, 0.1, 0.0, "The size of a grain, in short sides of the picture; at least one pixel."),
        ),
        (0.0,),
        moves=True,
    ),
    "vignette": EffectKind(
        "Less light towards the corners.",
        "pointwise",
        0.5,
        (
            Quantity("amount", -4.0, 1.0, 0.5, "How much light the corners lose; below 0 they gain some."),
            Quantity("radius", 0.0, 2.0, 0.7, "Where they have lost half of that; 1 is a corner."),
            Quantity("softness", 0.001, 2.0, 0.6, "How wide the falloff is, from nothing to all of it."),
        ),
        (0.0,),
    ),
    "threshold": EffectKind(
        "White where the picture is lighter than the level, black elsewhere.",
        "pointwise",
        0.2,
        (
            Quantity("level", 0.0, 1.0, 0.5, "The level, from black to white."),
            Quantity("softness", 0.0, 1.0, 0.02, "The softness of the step between."),
            SEEN,
        ),
        (),
    ),
    "posterize": EffectKind(
        "A few steps of each colour.",
        "pointwise",
        0.2,
        (
            Quantity("steps", 2.0, 64.0, 4.0, "Levels in each of red, green and blue."),
            SEEN,
        ),
        (),
    ),
    "edges": EffectKind(
        "Lines where light changes, on black.",
        "detail",
        3.0,
        (
            Quantity("amount", 0.0, 1.0, 1.0, "How opaque they are over the picture."),
            Quantity("gain", 0.0, 20.0, 2.0, "How strong they are."),
            FINE,
        ),
        (0.0,),
    ),
    "tile": EffectKind(
        "The picture many times.",
        "remapped",
        3.4,
        (
            Quantity("count", 0.05, 64.0, 2.0, "How many copies there are across and down."),
            Quantity("x", -1000.0, 1000.0, 0.0, "How far it is moved to the right, in tiles."),
            Quantity("y", -1000.0, 1000.0, 0.0, "How far it is moved down, in tiles."),
            Quantity("mirror", 0.0, 1.0, 0.0, "1 mirrors every second one, so that edges meet."),
        ),
        (1.0, 0.0, 0.0),
    ),
    "kaleidoscope": EffectKind(
        "A sector of the picture, mirrored around the middle.",
        "remapped",
        1.7,
        (
            Quantity("sectors", 1.0, 64.0, 6.0, "How many, each with its mirror image."),
            Quantity("degrees", -36_000.0, 36_000.0, 0.0, "Turns the picture in them."),
            SEEN,
        ),
        (),
    ),
    "displace": EffectKind(
        "Pushed aside by another layer: one way where that is light, the other where it is dark.",
        "displaced",
        2.5,
        (
            Quantity("amount", -2.0, 2.0, 0.1, "How far black and white push, in short sides of the picture."),
            Quantity("degrees", -36_000.0, 36_000.0, 0.0, "Where white pushes: 0 to the right, 90 down."),
            Quantity("colours", 0.0, 1.0, 0.0, "At 1 red pushes to the right, and green down, in place of light."),
        ),
        (0.0,),
        guided=True,
    ),
    "isf": EffectKind("A shader of your own, see below.", "shader", 4.0, (), (), moves=True),
}
"""Every effect by its word in a score. To add one: its line here, its function in shaders/effects/."""
