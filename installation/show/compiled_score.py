"""A score compiled for playing: everything that does not change with time is computed once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from operator import itemgetter

from installation.show.chance import Dice, settled
from installation.show.control import Control
from installation.show.effects import TimedEffects
from installation.show.expressions import Parameters
from installation.show.fixed_course import FixedCourse
from installation.show.frame import Effect, LatentPoint, LayerFrame, Shot, View
from installation.show.montage import CutPlayback, Placement, Playback, placements_of
from installation.show.open_course import OpenCourse
from installation.show.playhead import ShowFrame
from installation.show.score import Cue, Layer, Output, Score, Text
from installation.show.timeline import PlayingCue, Timeline, seconds_of
from installation.show.track import value_at
from installation.show.words import captioned

Layers = tuple[LayerFrame, ...]
"""Layers of one cue on one output, back to front."""

HIDDEN = LayerFrame("", Shot(LatentPoint(()), View()))
"""Stands for an invisible layer."""

MAX_COMPILED = 4

MAX_ENTRIES = 32
"""Compiled entries of cues with chance or variants in memory: of the visible cues, and of future ones."""


@dataclass(frozen=True, slots=True)
class ControlValues:
    """The desk's values at one frame: every fader by its address, every parameter by its name."""

    faders: Mapping[str, float]
    parameters: Parameters


class CompiledLayer:
    """A layer with its distinct playbacks and placements: equal ones on several outputs are evaluated once."""

    def __init__(self, layer: Layer, outputs: Mapping[str, Output], fps: Fraction) -> None:
        playbacks: dict[Playback | CutPlayback, int] = {}
        placements: dict[Placement, int] = {}
        self.shown: dict[str, list[int]] = {}
        """For each output the indices of its placements, in the order of the montage."""
        for name, placement in placements_of(layer, outputs, fps):
            playbacks.setdefault(placement.playback, len(playbacks))
            self.shown.setdefault(name, []).append(placements.setdefault(placement, len(placements)))
        self.delays = {playback.delay_frames for playback in playbacks}
        self._layer = layer
        self._effects = TimedEffects(layer.effects, float(fps))
        self._fader = f"/layer/{layer.name}/opacity"
        self._playbacks = tuple(playbacks)
        self._spots = tuple((playbacks[one.playback], one, one.is_plain) for one in placements)
        echo = layer.echo
        self.ages = () if echo is None else tuple(round(Fraction(age) * fps) for age in echo.ages)
        """The ages of its echoes in frames."""
        self._shares = (1.0,) if echo is None else echo.shares
        beside = range(len(self._shares))
        if echo is not None:
            self.shown = {
                name: [len(beside) * spot + n for spot in spots for n in beside] for name, spots in self.shown.items()
            }
        self.hidden = [HIDDEN] * (len(placements) * len(beside))
        """Stands for its placements, and their echoes, while it is invisible."""

    def frames_at(
        self, seconds: Mapping[int, float], values: ControlValues, with_hidden: bool
    ) -> list[LayerFrame] | None:
        """The frame of each placement; None for an invisible layer, unless `with_hidden`.

        `seconds` has the cue's own time for each delay in frames.
        """
        layer, parameters = self._layer, values.parameters
        opacity = min(max(value_at(layer.opacity, seconds[0], parameters), 0.0), 1.0) * values.faders[self._fader]
        if opacity <= 0.0 and not with_hidden:
            return None
        shots = [playback.at(seconds[playback.delay_frames], parameters) for playback in self._playbacks]
        name, blend = layer.name, layer.blend
        matte = (layer.matte, layer.is_matte)
        effects = self._effects.at(seconds[0], parameters)
        return [
            LayerFrame(
                name,
                shots[index] if plain else placement.seen(shots[index]),
                placement.place,
                opacity,
                blend,
                effects,
                *matte,
            )
            for index, placement, plain in self._spots
        ]

    def echoed(self, present: list[LayerFrame], pasts: list[list[LayerFrame]]) -> list[LayerFrame]:
        """The present frame of each placement after its past ones, the oldest first.

        Their opacities are set so that each contributes the echo's share of the light.
        """
        found = []
        for moments in zip(present, *pasts, strict=True):
            left, laid = 1.0, []
            for number, (one, share) in enumerate(zip(moments, self._shares, strict=True)):
                seen = one.opacity * share
                name = f"{one.name} echo {number}" if number else one.name
                opacity = min(seen / left, 1.0) if one.blend == "normal" and left > 0 else seen
                laid.append(one._replace(name=name, opacity=opacity))
                left -= seen
            found += reversed(laid)
        return found


def _picker(indices: list[int]) -> Callable[[list[LayerFrame]], Layers]:
    """Picks the frames of one output in order. For several frames, itemgetter is ten times as fast as a loop."""
    if len(indices) > 1:
        return itemgetter(*indices)
    return lambda frames: tuple([frames[index] for index in indices])


class CompiledCue:
    """A cue with its layers. `loop_frames` is the length of a lap, None for a cue that runs on."""

    def __init__(self, cue: Cue, score: Score, loop_frames: int | None) -> None:
        self.cue = cue
        self._fps = score.fps
        self._effects = TimedEffects(cue.effects, float(score.fps))
        self._loop_frames = loop_frames
        outputs = {output.name: output for output in score.outputs}
        self._layers = tuple(CompiledLayer(layer, outputs, score.fps) for layer in cue.layers)
        self._delays = {0}.union(*(layer.delays for layer in self._layers))
        firsts = accumulate((len(layer.hidden) for layer in self._layers), initial=0)
        numbered = list(zip(self._layers, firsts, strict=False))
        has_texts = any(isinstance(take.subject, Text) for layer in cue.layers for take in layer.takes)
        self._names = dict(score.names) if has_texts else None
        self._picks = tuple(
            _picker([first + placement for layer, first in numbered for placement in layer.shown.get(name, ())])
            for name in outputs
        )

    def layers_at(
        self,
        since: ShowFrame,
        values: ControlValues,
        with_hidden: bool,
        past: Callable[[int], ControlValues] | None = None,
    ) -> list[Layers]:
        """The layers for each output, `since` frames after the cue's start; invisible ones only `with_hidden`.

        `past` gives the desk's values a number of frames ago; without it, echoes use the present `values`.
        """
        seconds = self._seconds(since)
        frames: list[LayerFrame] = []
        any_hidden = False
        for layer in self._layers:
            seen = layer.frames_at(seconds, values, with_hidden or bool(layer.ages))
            if layer.ages:
                then = [(age, values if past is None else past(age)) for age in layer.ages]
                pasts = [layer.frames_at(self._seconds(since - age), was, True) or [] for age, was in then]
                echoed = layer.echoed(seen or [], pasts)
                seen = echoed if with_hidden or any(one.opacity > 0 for one in echoed) else None
            any_hidden = any_hidden or seen is None
            frames += layer.hidden if seen is None else seen
        shown = [pick(frames) for pick in self._picks]
        if any_hidden:
            shown = [tuple([frame for frame in one if frame is not HIDDEN]) for one in shown]
        names = self._names
        return shown if names is None else [captioned(one, self.cue, names) for one in shown]

    def effects_at(self, since: ShowFrame, values: ControlValues) -> tuple[Effect, ...]:
        """The effects on all of its layers as one picture, `since` frames after its start."""
        if not self.cue.effects:
            return ()
        seconds = seconds_of(self._own_frame(since), self._fps)
        return self._effects.at(seconds, values.parameters)

    def _seconds(self, since: ShowFrame) -> Mapping[int, float]:
        """The cue's own time in seconds for each delay in frames."""
        return {delay: seconds_of(self._own_frame(since - delay), self._fps) for delay in self._delays}

    def _own_frame(self, since: ShowFrame) -> ShowFrame:
        """The frame of the cue's own time: a cue that loops starts anew, and a delayed place waits at its start."""
        if since < 0:
            return 0
        return since if self._loop_frames is None else since % self._loop_frames


class CompiledScore:
    """A score with its timeline, its course, its cues, and the faders of its outputs and parameters by their names.

    `open_course` is None if the cues follow each other in order.
    """

    def __init__(self, score: Score) -> None:
        self.score = score
        self.timeline = Timeline(score)
        self.open_course = OpenCourse(score, self.timeline) if score.is_open else None
        self.course: FixedCourse | OpenCourse = self.open_course or FixedCourse(self.timeline)
        self._cues: dict[int, CompiledCue] = {}
        self._entries: OrderedDict[tuple[int, int, str, int | None], CompiledCue] = OrderedDict()
        self._ways = {(way.a, way.b): way.stretches for way in score.ways}
        self.levels = tuple((output.name, f"/out/{output.name}/level") for output in score.outputs)
        self._parameters = tuple((one.name, f"/p/{one.name}", one) for one in score.parameters)
        self._effects = TimedEffects(score.effects, float(score.fps))

    def standby_at(self, control: Control, show_frame: ShowFrame) -> str | None:
        """The cue on standby: the one that somebody put there, else the one that follows; None if none follows."""
        return control.standby if control.standby is not None else self.course.following_at(control, show_frame)

    def playing(self, one: PlayingCue) -> CompiledCue:
        """The compiled cue, made when it is first needed: a show that is edited often needs few of its hundreds."""
        index = one.index
        cue = self.score.cues[index]
        if cue.has_chance or (cue.variants and one.to is not None):
            return self._settled(one, cue)
        compiled_cue = self._cues.get(index)
        if compiled_cue is None:
            compiled_cue = self._cues[index] = self._staged(cue, index)
        return compiled_cue

    def _settled(self, one: PlayingCue, cue: Cue) -> CompiledCue:
        """The compiled cue of one entry, which depends on chance and on the following cue; the latest are kept."""
        key = one.index, one.count, one.day, one.to
        compiled_cue = self._entries.get(key)
        if compiled_cue is None:
            if one.to is not None:
                cue = replace(cue, layers=cue.layers_before(self.score.cues[one.to]))
            if cue.has_chance:
                cue = settled(cue, Dice(self.score.seed, cue.id, one.count, one.day), self._ways)
            compiled_cue = self._entries[key] = self._staged(cue, one.index)
            if len(self._entries) > MAX_ENTRIES:
                self._entries.popitem(last=False)
        return compiled_cue

    def _staged(self, cue: Cue, index: int) -> CompiledCue:
        return CompiledCue(cue, self.score, self.timeline.durations[index] if cue.end == "loop" else None)

    def effects_at(self, show_frame: ShowFrame, values: ControlValues) -> tuple[Effect, ...]:
        """The effects on every output as a whole."""
        return self._effects.at(seconds_of(show_frame, self.score.fps), values.parameters)

    def values(self, faders: Mapping[str, float]) -> ControlValues:
        return ControlValues(
            faders, {name: parameter.value_at(faders[address]) for name, address, parameter in self._parameters}
        )


_compiled_scores: OrderedDict[int, CompiledScore] = OrderedDict()


def compiled(score: Score) -> CompiledScore:
    """The compiled score, made once per object: hashing a whole score at every frame would take too long."""
    compiled_score = _compiled_scores.get(id(score))
    if compiled_score is None:
        # The compiled score keeps its score alive, so no other score can get the same id meanwhile.
        compiled_score = _compiled_scores[id(score)] = CompiledScore(score)
        if len(_compiled_scores) > MAX_COMPILED:
            _compiled_scores.popitem(last=False)
    return compiled_score
