"""What mixing costs on this machine: three outputs, the compositions that scores are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import moderngl
import numpy as np

from installation.picture.mixer import Mixer, SourceKey
from installation.picture.rectangle import rectangle_of
from installation.picture.source import Decoded, Source
from installation.show.frame import (
    CueFrame,
    Frame,
    LayerFrame,
    OutputFrame,
    Place,
    Point,
    Reveal,
    Shot,
    View,
)

OUTPUTS = ("left", "middle", "right")
SIZES = ((640, 360), (1920, 1080))
ROUNDS = 5
FRAMES = 10

_SHOT = Shot(Point((("benchmark", 1.0),)), View(zoom=1.2, degrees=5.0))
_WIDER = View(), View(x=0.05)
_WHOLE = LayerFrame("whole", _SHOT)
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
    """Of one composition on three outputs of `size_px` each: milliseconds a frame, by the clock that was given.

    `new_pictures` tells whether every layer's two key pictures, a quarter as wide as their places, were new.
    """

    composition: str
    size_px: tuple[int, int]
    new_pictures: bool
    milliseconds: float


def measure_mixing(context: moderngl.Context, seconds: Callable[[], float]) -> Iterator[MixingFigure]:
    """Mix each composition with `seconds` as the clock: the best of 5 times 10 frames.

    Give time.process_time on software GL, where it counts what all cores do for it, otherwise time.perf_counter.
    """
    for size_px in SIZES:
        with Mixer(context, dict.fromkeys(OUTPUTS, size_px)) as mixer:
            for _ in mixer.warm_up():
                pass
            for composition, cues in COMPOSITIONS.items():
                frame = Frame(0, 0.0, tuple(OutputFrame(output, cues) for output in OUTPUTS))
                for new_pictures in (False, True):
                    yield MixingFigure(
                        composition, size_px, new_pictures, _milliseconds(mixer, frame, new_pictures, context, seconds)
                    )


def _milliseconds(
    mixer: Mixer, frame: Frame, new_pictures: bool, context: moderngl.Context, seconds: Callable[[], float]
) -> float:
    same = _sources(frame, mixer)
    best = float("inf")
    for _ in range(ROUNDS):
        sources = [_sources(frame, mixer) if new_pictures else same for _ in range(FRAMES)]
        mixer.mix(frame, same)
        context.finish()
        start = seconds()
        for pictures in sources:
            mixer.mix(frame, pictures)
        context.finish()
        best = min(best, seconds() - start)
    return 1000 * best / FRAMES


def _sources(frame: Frame, mixer: Mixer) -> dict[SourceKey, Source]:
    """Two key pictures for every layer, all new objects."""
    sources = {}
    for output in frame.outputs:
        for number, cue in enumerate(output.cues):
            for position, layer in enumerate(cue.layers):
                place = rectangle_of(layer.place, mixer.canvases[output.output].size_px)
                pixels = np.zeros((place.height // 4, place.width // 4, 3), np.float16)
                parts = tuple((Decoded(pixels, view), 0.5) for view in _WIDER)
                sources[output.output, number, position] = Source(layer.shot.view, parts)
    return sources
