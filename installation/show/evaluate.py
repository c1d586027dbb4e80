"""The show as a pure function: score, frame number and control state -> what every output shows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from installation.show.control import Audition, Control
from installation.show.frame import CueFrame, Frame, OutputFrame, Reveal
from installation.show.morph import morphed
from installation.show.playhead import ShowFrame
from installation.show.score import Score
from installation.show.stage import Layers, Present, Stage, stage_of
from installation.show.timeline import Playing, seconds_of
from installation.show.track import eased

REVEALED = Reveal()


@dataclass(frozen=True, slots=True)
class Coming:
    """How a cue comes in over those before it: by a reveal, or at a share of a morph from the one beneath."""

    cue: str
    reveal: Reveal = REVEALED
    morph: float | None = None


def evaluate(score: Score, frame_number: int, control: Control) -> Frame:
    """What every output shows at a frame. Equal arguments give equal Frames, whatever was asked before."""
    stage = stage_of(score)
    show_frame = control.playhead.at(frame_number)
    present = stage.present({address: ramp.at(frame_number) for address, ramp in control.faders.items()})
    playing = stage.timeline.playing_at(control, show_frame)
    coming = [_coming(stage, playing, index, show_frame) for index in range(len(playing))]
    # A layer that fades in during a morph must have met its partner from the start.
    with_hidden = any(way.morph is not None for way in coming)
    layers = [stage.cue(one.index).layers_at(show_frame - one.start, present, with_hidden) for one in playing]
    light = present.faders["/master"] * control.blackout.at(frame_number) * control.panic.at(frame_number)
    outputs = tuple(
        OutputFrame(
            name, _cue_frames(coming, [own[index] for own in layers], score.atlas), light * present.faders[address]
        )
        for index, (name, address) in enumerate(stage.levels)
    )
    if any(control.auditions.values()):
        outputs = tuple(
            _auditioned(stage, audition, frame_number, present, index, shown) if audition else shown
            for index, shown in enumerate(outputs)
            for audition in [control.auditions[shown.output]]
        )
    return Frame(frame_number, seconds_of(frame_number, score.fps), outputs)


def _auditioned(
    stage: Stage, audition: Audition, frame_number: int, present: Present, index: int, shown: OutputFrame
) -> OutputFrame:
    """The output with a cue on it that is tried out: it comes in by its own transition over what the show does."""
    timeline, since = stage.timeline, max(frame_number - audition.frame, 0)
    cue = timeline.indices[audition.cue]
    playing = Playing(cue, audition.frame, timeline.transitions[cue])
    way = _coming(stage, [playing], 0, audition.frame + since)
    layers = stage.cue(cue).layers_at(since, present, with_hidden=False)[index]
    own = CueFrame(way.cue, layers, way.reveal, stage.score.atlas)
    return replace(shown, cues=(own,) if since >= playing.transition_frames else (*shown.cues, own))


def _coming(stage: Stage, playing: list[Playing], index: int, show_frame: ShowFrame) -> Coming:
    one = playing[index]
    cue = stage.cue(one.index).cue
    since = show_frame - one.start
    if since >= one.transition_frames:
        return Coming(cue.id)
    transition = cue.transition
    progress = eased(transition.ease, float(since / one.transition_frames))
    if transition.kind != "morph":
        return Coming(cue.id, Reveal(transition.kind, progress, transition.degrees, transition.softness))
    dissolve = Reveal("dissolve", progress)
    # What is half revealed cannot travel: a morph that interrupts another transition dissolves.
    if index == 0 or one.start - playing[index - 1].start < playing[index - 1].transition_frames:
        return Coming(cue.id, dissolve)
    return Coming(cue.id, dissolve, progress)


def _cue_frames(coming: list[Coming], layers: list[Layers], atlas: str) -> tuple[CueFrame, ...]:
    """The cues of one output, back to front; during a morph two of them are one, and layers without opacity fall."""
    if len(coming) == 1:
        return (CueFrame(coming[0].cue, layers[0], coming[0].reveal, atlas),)
    frames: list[CueFrame] = []
    for way, own in zip(coming, layers, strict=True):
        travelled = None if way.morph is None else morphed(frames[-1].layers, own, way.morph)
        if travelled is None:
            frames.append(CueFrame(way.cue, own, way.reveal, atlas))
        else:
            frames[-1] = CueFrame(way.cue, travelled, REVEALED, atlas)
    if any(way.morph is not None for way in coming):
        return tuple(replace(one, layers=_visible(one.layers)) for one in frames)
    return tuple(frames)


def _visible(layers: Layers) -> Layers:
    return tuple(layer for layer in layers if layer.opacity > 0.0)
