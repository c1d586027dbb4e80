"""A synthetic score as heavy as a show gets, for measuring `evaluate`."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from installation.show.effects import EFFECTS
from installation.show.expressions import Between, Operation, ParameterRef
from installation.show.frame import Plate
from installation.show.score import (
    Branch,
    Canon,
    Cue,
    Drift,
    EffectTracks,
    Keyframe,
    Layer,
    Leg,
    Mirror,
    Montage,
    Output,
    Parameter,
    Score,
    Single,
    Span,
    Split,
    Take,
    Track,
    Transition,
    TransitionKind,
    ViewKeyframe,
    Walk,
    steady,
)

CUE_SECONDS = 30.0
MONTAGES: tuple[Montage, ...] = (Single(), Span(0.1), Canon(2.0), Mirror(), Split(1, 1))
TRANSITIONS: tuple[TransitionKind, ...] = ("dissolve", "wipe", "morph", "iris")


def heavy_score(outputs: int = 6, layers: int = 8, cues: int = 30, takes: int = 1) -> Score:
    """Every layer is on every output, everything moves, and a third of each cue is a transition.

    With as many takes as outputs, nearly every output shows its own shots on every layer.
    """
    screens = tuple(Output(f"screen{index}", 1920, 1080) for index in range(outputs))
    return Score(
        title="Heavy",
        fps=Fraction(60),
        outputs=screens,
        cues=tuple(_cue(index, layers, takes, screens) for index in range(cues)),
        parameters=(Parameter("warmth", 0.5), Parameter("closeness", 1.0, 0.5, 4.0)),
    )


def opened(score: Score) -> Score:
    """The score with branches, chance and arithmetic, with drifting cameras, and with effects."""
    count = len(score.cues)

    def take(one: Take, index: int) -> Take:
        view = tuple(replace(key, x=Between(-0.2, 0.2, f"{index}/{key.at:g}")) for key in one.view)
        return replace(one, view=view, drift=Drift(0.02, 6.0, 0.5, tuple(number / 9 for number in range(9))))

    def cue(one: Cue, index: int) -> Cue:
        layers = tuple(
            replace(layer, takes=tuple(take(one, number) for one in layer.takes), opacity=_DIMMED, effects=_ON_LAYERS)
            for number, layer in enumerate(one.layers)
        )
        ways = Branch(str((index + 1) % count), 2.0), Branch(str((index + 2) % count)), Branch("0", when=_IS_CLOSE)
        return replace(one, layers=layers, next=ways, has_chance=True, effects=(_effect("vignette"),))

    return replace(
        score, effects=(_effect("grain"),), cues=tuple(cue(one, index) for index, one in enumerate(score.cues))
    )


_IS_CLOSE = Operation(">", (ParameterRef("closeness"), 3.0))


def _effect(kind: str, **quantities: Track) -> EffectTracks:
    fallbacks = {one.name: steady(one.fallback) for one in EFFECTS[kind].quantities}
    return EffectTracks(kind, tuple((fallbacks | quantities).values()))


_ON_LAYERS = (
    _effect("grade", saturation=steady(ParameterRef("warmth"))),
    _effect("blur", radius=Track((Keyframe(0.0, 0.05), Keyframe(CUE_SECONDS, 0.01)))),
)
_DIMMED = steady(Operation("*", (ParameterRef("warmth"), 0.8)))


def _cue(index: int, layers: int, takes: int, outputs: tuple[Output, ...]) -> Cue:
    return Cue(
        id=str(index),
        name=f"Cue {index}",
        duration=CUE_SECONDS,
        layers=tuple(_layer(index, layer, takes, outputs) for layer in range(layers)),
        transition=Transition(TRANSITIONS[index % len(TRANSITIONS)], CUE_SECONDS / 3),
    )


def _layer(cue: int, index: int, takes: int, outputs: tuple[Output, ...]) -> Layer:
    montage = MONTAGES[(cue + index) % len(MONTAGES)]
    several = isinstance(montage, (Single, Split))
    return Layer(
        name=f"layer{index}",
        takes=tuple(_take(cue, index, take) for take in range(takes if several else 1)),
        outputs=tuple(output.name for output in outputs),
        montage=montage,
        opacity=Track(
            (
                Keyframe(0.0, 0.2),
                Keyframe(CUE_SECONDS / 2, ParameterRef("warmth"), "smooth"),
                Keyframe(CUE_SECONDS, 0.3),
            )
        ),
    )


def _take(cue: int, layer: int, take: int) -> Take:
    neurons = tuple(f"places365/conv10/{(cue * 7 + layer * 5 + take * 3 + step) % 365}" for step in range(9))
    view = (
        ViewKeyframe(0.0),
        ViewKeyframe(CUE_SECONDS / 2, 0.2, 0.1 * take, 3.0, 10.0),
        ViewKeyframe(CUE_SECONDS, zoom=ParameterRef("closeness") if layer == 1 else 2.0),
    )
    if layer == 0:
        return Take(Plate(neurons, 3, 0.05), (ViewKeyframe(0.0), ViewKeyframe(CUE_SECONDS, into=neurons[4])))
    legs = tuple(
        Leg(a, b, step * 5.0, step * 5.0 + 5.0, (0.0, 0.2, 0.5, 0.8, 1.0))
        for step, (a, b) in enumerate(pairwise(neurons))
    )
    return Take(Walk(legs, 5.0 * len(legs), ease="smooth", repeat="ping-pong"), view)
