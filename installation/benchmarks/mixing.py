"""Measures the cost of mixing on this machine: three outputs, with the typical compositions of scores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import moderngl
import numpy as np

from installation.picture.mixing.mixer import LayerKey, Mixer
from installation.picture.rectangle import rectangle_of
from installation.picture.source import DecodedPicture, LayerPicture
from installation.show.effects import EFFECTS, example_of, is_neutral
from installation.show.frame import (
    CueFrame,
    Effect,
    Frame,
    LatentPoint,
    LayerFrame,
    OutputFrame,
    Place,
    Reveal,
    Shot,
    View,
)

OUTPUTS = ("left", "middle", "right")
SIZES = ((640, 360), (1920, 1080))
EFFECT_SIZE = (640, 360)
ROUNDS = 3
FRAMES = 8
KEY_STEP = 4

_SHOT = Shot(LatentPoint((("benchmark", 1.0),)), View(zoom=1.2, degrees=5.0))
_WIDER = View(), View(x=0.05)
_WHOLE = LayerFrame("whole", _SHOT)
_GUIDE = LayerFrame("guide", _SHOT, is_matte=True)
_CELLS = tuple(
    LayerFrame(f"cell {x} {y}", _SHOT, Place(x / 3, y / 2, 1 / 3, 1 / 2)) for y in range(2) for x in range(3)
)
_HALFWAY = Reveal("dissolve", 0.5)

COMPOSITIONS: Mapping[str, tuple[CueFrame, ...]] = {
    "one picture": (CueFrame("one", (_WHOLE,)),),
    "six pictures beside each other": (CueFrame("one", _CELLS),),
    "a dissolve": (CueFrame("one", (_WHOLE,)), CueFrame("two", (_WHOLE,), _HALFWAY)),
    "two layers": (CueFrame("one", (_WHOLE, LayerFrame("above", _SHOT, opacity=0.5, blend="screen"))),),
}


@dataclass(frozen=True, slots=True)
class MixingFigure:
    """One composition on three outputs of `size_px` each: milliseconds per frame, by the given clock."""

    composition: str
    size_px: tuple[int, int]
    milliseconds: float


def measure_mixing(context: moderngl.Context, seconds: Callable[[], float]) -> Iterator[MixingFigure]:
    """Mix every composition as a slow machine does, with `seconds` as the clock: the best of 3 rounds.

    Each layer cross-fades two key pictures a quarter as wide as its place, and every fourth frame brings a new one.
    On software GL, pass time.process_time, which counts the work of all cores; otherwise pass time.perf_counter.
    """
    for size_px in SIZES:
        with Mixer(context, dict.fromkeys(OUTPUTS, size_px)) as mixer:
            for _ in mixer.warm_up():
                pass
            for composition, cues in COMPOSITIONS.items():
                frame = Frame(0, 0.0, tuple(OutputFrame(output, cues) for output in OUTPUTS))
                frames = list(_frames(frame, size_px))
                best = float("inf")
                for _ in range(ROUNDS):
                    mixer.mix(frame, frames[0])
                    context.finish()
                    start = seconds()
                    for sources in frames[1:]:
                        mixer.mix(frame, sources)
                    context.finish()
                    best = min(best, seconds() - start)
                yield MixingFigure(composition, size_px, 1000 * best / FRAMES)


@dataclass(frozen=True, slots=True)
class EffectFigure:
    """The cost that an effect adds to a picture: nanoseconds per pixel of an output, by the given clock, and as a
    multiple of the picture's cost without effects.
    """

    effect: str
    nanoseconds_per_pixel: float
    times_picture: float


def measure_effects(context: moderngl.Context, seconds: Callable[[], float]) -> Iterator[EffectFigure]:
    """Mix one picture with and without each effect, and measure the difference: the best of 3 rounds.

    `picture` is the pass without effects; `apart` is the extra cost of a layer with effects that other layers overlap.
    """
    with Mixer(context, {OUTPUTS[0]: EFFECT_SIZE}) as mixer:
        for _ in mixer.warm_up([(kind,) for kind, told in EFFECTS.items() if told.drawn == "pointwise"]):
            pass

        def cost_of(*layers: LayerFrame) -> float:
            took = _seconds_of(mixer, context, layers, seconds)
            return 1e9 * max(took, 0.0) / (EFFECT_SIZE[0] * EFFECT_SIZE[1])

        bare = cost_of(_WHOLE)
        yield EffectFigure("picture", bare, 1.0)
        nothing = Effect("vignette", (1e-6, 2.0, 0.001))  # which hardly computes
        two = _WHOLE._replace(name="above", opacity=0.5)
        both = cost_of(_WHOLE, two)
        added = {"apart": cost_of(_WHOLE._replace(effects=(nothing,)), two) - both}
        for name, kind in EFFECTS.items():
            if kind.drawn != "shader":  # these have a cost of their own
                guides = (_GUIDE,) if kind.guided else ()
                added[name] = cost_of(*guides, _WHOLE._replace(effects=(_seen(name),))) - bare
        for name, more in added.items():
            yield EffectFigure(name, max(more, 0.0), max(more, 0.0) / max(bare, 1e-9))


def _seen(name: str) -> Effect:
    """An effect that changes something."""
    effect = example_of(name)._replace(moment=1, by=(_GUIDE.name,) if EFFECTS[name].guided else ())
    if is_neutral(effect):
        return effect._replace(values=tuple(0.9 * value + 0.1 for value in effect.values))
    return effect


def _seconds_of(
    mixer: Mixer, context: moderngl.Context, layers: tuple[LayerFrame, ...], seconds: Callable[[], float]
) -> float:
    """Seconds for one frame, with new pictures in every frame, as in motion."""
    frame = Frame(0, 0.0, (OutputFrame(OUTPUTS[0], (CueFrame("one", layers),)),))
    keys = [(OUTPUTS[0], 0, number) for number in range(len(layers))]
    pictures = [_picture(_WHOLE, EFFECT_SIZE, view) for view in _WIDER]
    sources = [
        LayerPicture(_SHOT.view, ((one, 0.5 + n / 64), (other, 0.5 - n / 64)))
        for n in range(FRAMES + 1)
        for one, other in [pictures]
    ]
    best = float("inf")
    for _ in range(ROUNDS):
        mixer.mix(frame, dict.fromkeys(keys, sources[0]))
        context.finish()
        start = seconds()
        for source in sources[1:]:
            mixer.mix(frame, dict.fromkeys(keys, source))
            context.finish()  # software GL never draws what the next frame covers
        best = min(best, (seconds() - start) / FRAMES)
    return best


def _frames(frame: Frame, size_px: tuple[int, int]) -> Iterator[dict[LayerKey, LayerPicture]]:
    """The sources of one warm-up frame, and of the measured frames."""
    layers = {
        (output.output, number, position): layer
        for output in frame.outputs
        for number, cue in enumerate(output.cues)
        for position, layer in enumerate(cue.layers)
    }
    pictures = {key: [_picture(layer, size_px, view) for view in _WIDER] for key, layer in layers.items()}
    for number in range(FRAMES + 1):
        if number % KEY_STEP == 1:
            for key, layer in layers.items():
                pictures[key] = [pictures[key][1], _picture(layer, size_px, _WIDER[number // KEY_STEP % 2])]
        share = (number % KEY_STEP + 0.5) / KEY_STEP
        yield {
            key: LayerPicture(layer.shot.view, ((pictures[key][0], 1 - share), (pictures[key][1], share)))
            for key, layer in layers.items()
        }


def _picture(layer: LayerFrame, size_px: tuple[int, int], view: View) -> DecodedPicture:
    place = rectangle_of(layer.place, size_px)
    return DecodedPicture(np.full((place.height // 4, place.width // 4, 3), 0.5, np.float16), view)
