"""The show as a pure function: score, frame number and control state -> what every output shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from installation.show.compiled_score import CompiledScore, ControlValues, Layers, compiled
from installation.show.control import Audition, Control
from installation.show.frame import CueFrame, Effect, Frame, OutputFrame, Reveal
from installation.show.morph import morphed
from installation.show.playhead import ShowFrame
from installation.show.score import Score
from installation.show.timeline import PlayingCue, seconds_of
from installation.show.track import eased

FULL_REVEAL = Reveal()


@dataclass(frozen=True, slots=True)
class CueEntrance:
    """How a cue comes in over those before it: by a reveal, or at a share of a morph from the one beneath."""

    cue: str
    reveal: Reveal = FULL_REVEAL
    morph: float | None = None
    effects: tuple[Effect, ...] = ()


def evaluate(score: Score, frame_number: int, control: Control) -> Frame:
    """The Frame that all outputs show at a frame number. A pure function: equal arguments give equal Frames."""
    compiled_score = compiled(score)
    show_frame = control.playhead.at(frame_number)
    values = compiled_score.values(control.faders_at(frame_number))
    playing = compiled_score.course.playing_at(control, show_frame)
    entrances = [_entrance(compiled_score, playing, index, show_frame, values) for index in range(len(playing))]
    # A layer that fades in during a morph must have met its partner from the start.
    with_hidden = any(entrance.morph is not None for entrance in entrances)

    @cache
    def past(age: int) -> ControlValues:
        return compiled_score.values(control.faders_at(frame_number - age))

    layers = [
        compiled_score.playing(one).layers_at(show_frame - one.start, values, with_hidden, past) for one in playing
    ]
    light = values.faders["/master"] * control.blackout.at(frame_number) * control.panic.at(frame_number)
    effects = compiled_score.effects_at(show_frame, values)
    outputs = tuple(
        OutputFrame(
            name,
            _cue_frames(entrances, [own[index] for own in layers], score.atlas),
            light * values.faders[address],
            effects,
        )
        for index, (name, address) in enumerate(compiled_score.levels)
    )
    if any(control.auditions.values()):
        outputs = tuple(
            _auditioned(compiled_score, audition, frame_number, values, index, shown) if audition else shown
            for index, shown in enumerate(outputs)
            for audition in [control.auditions[shown.output]]
        )
    return Frame(frame_number, seconds_of(frame_number, score.fps), outputs)


def _auditioned(
    compiled_score: CompiledScore,
    audition: Audition,
    frame_number: int,
    values: ControlValues,
    index: int,
    shown: OutputFrame,
) -> OutputFrame:
    """The output with an auditioned cue, which comes in by its own transition over the show."""
    timeline, since = compiled_score.timeline, max(frame_number - audition.frame, 0)
    cue = timeline.indices[audition.cue]
    playing = PlayingCue(cue, audition.frame, timeline.transitions[cue])
    entrance = _entrance(compiled_score, [playing], 0, audition.frame + since, values)
    layers = compiled_score.playing(playing).layers_at(since, values, with_hidden=False)[index]
    own = CueFrame(entrance.cue, layers, entrance.reveal, compiled_score.score.atlas, entrance.effects)
    return replace(shown, cues=(own,) if since >= playing.transition_frames else (*shown.cues, own))


def _entrance(
    compiled_score: CompiledScore,
    playing: list[PlayingCue],
    index: int,
    show_frame: ShowFrame,
    values: ControlValues,
) -> CueEntrance:
    one = playing[index]
    cue = compiled_score.score.cues[one.index]
    since = show_frame - one.came_in
    effects = compiled_score.playing(one).effects_at(show_frame - one.start, values)
    if since >= one.transition_frames:
        return CueEntrance(cue.id, effects=effects)
    transition = cue.transition if one.by is None else compiled_score.score.cues[one.by].transition
    progress = eased(transition.ease, float(since / one.transition_frames))
    if transition.kind != "morph":
        reveal = Reveal(transition.kind, progress, transition.degrees, transition.softness)
        return CueEntrance(cue.id, reveal, effects=effects)
    dissolve = Reveal("dissolve", progress)
    # A half-revealed cue cannot travel: a morph that interrupts another transition dissolves.
    if index == 0 or one.came_in - playing[index - 1].came_in < playing[index - 1].transition_frames:
        return CueEntrance(cue.id, dissolve, effects=effects)
    return CueEntrance(cue.id, dissolve, progress, effects)


def _cue_frames(entrances: list[CueEntrance], layers: list[Layers], atlas: str) -> tuple[CueFrame, ...]:
    """The cues of one output, back to front. A morph makes two of them one, and drops layers without opacity."""
    if len(entrances) == 1:
        return (CueFrame(entrances[0].cue, layers[0], entrances[0].reveal, atlas, entrances[0].effects),)
    frames: list[CueFrame] = []
    for entrance, own in zip(entrances, layers, strict=True):
        can_travel = entrance.morph is not None and frames[-1].effects == entrance.effects
        travelled = morphed(frames[-1].layers, own, entrance.morph or 0.0) if can_travel else None
        if travelled is None:
            frames.append(CueFrame(entrance.cue, own, entrance.reveal, atlas, entrance.effects))
        else:
            frames[-1] = CueFrame(entrance.cue, travelled, FULL_REVEAL, atlas, entrance.effects)
    if any(entrance.morph is not None for entrance in entrances):
        # Made as such: dataclasses.replace took a thirtieth of the whole evaluation.
        return tuple([CueFrame(one.cue, _visible(one.layers), one.reveal, one.atlas, one.effects) for one in frames])
    return tuple(frames)


def _visible(layers: Layers) -> Layers:
    return tuple([layer for layer in layers if layer.opacity > 0.0])
