"""Small scores to play: ten frames a second, so that a time in seconds is easily seen as a frame."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from installation.show.control import Control, Message, MessageKind, fold, initial_control
from installation.show.evaluate import evaluate
from installation.show.frame import LatentPoint, LayerFrame, OutputFrame, Plate, Shot, Subject, View
from installation.show.score import (
    CUT,
    SINGLE,
    Cue,
    End,
    Layer,
    Leg,
    Montage,
    Output,
    Score,
    Take,
    Transition,
    ViewKeyframe,
    Walk,
)

FPS = Fraction(10)
WHOLE_VIEW = View()
LEFT, MIDDLE, RIGHT = Output("left", 160, 90), Output("middle", 160, 90), Output("right", 160, 90)
THREE = ("left", "middle", "right")
DISSOLVE = Transition("dissolve", 2.0, ease="linear")
MORPH = Transition("morph", 2.0, ease="linear")


def neuron(name: str) -> LatentPoint:
    return LatentPoint(((name, 1.0),))


def mixture(**shares: float) -> LatentPoint:
    return LatentPoint(tuple(shares.items()))


def staying(name: str) -> Walk:
    return Walk((Leg(name, name, 0.0, 10.0),), 10.0)


def walking(*names: str, seconds: float = 10.0) -> Walk:
    """From neuron to neuron, `seconds` for each leg."""
    legs = tuple(Leg(a, b, index * seconds, (index + 1) * seconds) for index, (a, b) in enumerate(pairwise(names)))
    return Walk(legs, seconds * len(legs))


def showing(subject: str | Walk | Plate, *view: ViewKeyframe) -> Take:
    return Take(staying(subject) if isinstance(subject, str) else subject, view or (ViewKeyframe(0.0),))


def layer(*takes: Take, name: str = "sea", outputs: tuple[str, ...] = ("left",), montage: Montage = SINGLE) -> Layer:
    return Layer(name, takes, outputs, montage)


def cue(name: str, *layers: Layer, seconds: float = 10.0, transition: Transition = CUT) -> Cue:
    """Without layers it shows the neuron of its own name on the left output."""
    return Cue(name, name.title(), seconds, layers or (layer(showing(name)),), transition)


def score(*cues: Cue, outputs: tuple[Output, ...] = (LEFT,), loop: bool = True) -> Score:
    return Score("Test", FPS, outputs, cues, loop=loop)


def three_cues(transition: Transition = DISSOLVE, loop: bool = True) -> Score:
    """a, b and c for ten seconds each; each comes in over two."""
    return score(*(cue(name, transition=transition) for name in "abc"), loop=loop)


def ending(score: Score, **ends: End) -> Score:
    """The score with other ends for some of its cues."""
    return replace(score, cues=tuple(replace(cue, end=ends.get(cue.id, cue.end)) for cue in score.cues))


def message(seconds: float, kind: MessageKind, target: str = "", value: float = 0.0, fade: float = 0.0) -> Message:
    return Message(round(seconds * 10), 0, kind, target, value, fade)


def after(score: Score, *messages: Message) -> Control:
    return fold(messages, initial_control(score))


def outputs_at(score: Score, seconds: float, *messages: Message) -> tuple[OutputFrame, ...]:
    """What shows at a time, after the messages up to it."""
    frame_number = round(seconds * 10)
    past = [message for message in messages if message.frame <= frame_number]
    return evaluate(score, frame_number, after(score, *past)).outputs


def cues_at(score: Score, seconds: float, *messages: Message) -> list[tuple[str, float]]:
    """The cues on the first output, back to front, and how far each has come in."""
    return [(one.cue, round(one.reveal.progress, 9)) for one in outputs_at(score, seconds, *messages)[0].cues]


def seen_at(score: Score, seconds: float, *messages: Message, output: int = 0) -> LayerFrame:
    """The only layer of the only cue on an output."""
    (one,) = outputs_at(score, seconds, *messages)[output].cues
    (only,) = one.layers
    return only


def subject_at(score: Score, seconds: float, *messages: Message) -> Subject:
    return seen_at(score, seconds, *messages).shot.subject


def view_at(score: Score, seconds: float, *messages: Message, output: int = 0) -> View:
    return seen_at(score, seconds, *messages, output=output).shot.view


def shot(name: str, view: View = WHOLE_VIEW) -> Shot:
    return Shot(neuron(name), view)
