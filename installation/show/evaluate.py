"""The show as a pure function: score, frame number and control state -> what every output shows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from installation.show.control import Control, ShowFrame
from installation.show.frame import CueFrame, Frame, LayerFrame, OutputFrame, Reveal
from installation.show.montage import Playback, Spot, spots_of
from installation.show.morph import Layers, morphed
from installation.show.score import Cue, Layer, Score
from installation.show.timeline import Playing, Timeline, seconds_of
from installation.show.track import Parameters, eased, value_at

STAGES_KEPT = 4


@dataclass(frozen=True, slots=True)
class StagedLayer:
    """A layer with its different playbacks, and its different spots, each with the index of its playback."""

    layer: Layer
    fader: str
    playbacks: tuple[Playback, ...]
    spots: tuple[tuple[int, Spot], ...]


@dataclass(frozen=True, slots=True)
class StagedCue:
    """A cue ready to be played: for each output the layers and spots that it shows, back to front, by their indices.

    `delays` are the frames by which its spots lag behind (0 for most); `loop_frames` is None for a cue that runs on.
    """

    cue: Cue
    loop_frames: int | None
    layers: tuple[StagedLayer, ...]
    outputs: tuple[tuple[tuple[int, int], ...], ...]
    delays: frozenset[int]


class Stage:
    """A score with everything worked out that does not change with time."""

    def __init__(self, score: Score) -> None:
        self.score = score
        self.timeline = Timeline(score)
        self.cues = tuple(self._staged(cue, index) for index, cue in enumerate(score.cues))
        self.levels = tuple((output.name, f"/out/{output.name}/level") for output in score.outputs)
        self.parameters = tuple((parameter.name, f"/p/{parameter.name}") for parameter in score.parameters)

    def _staged(self, cue: Cue, index: int) -> StagedCue:
        score = self.score
        outputs = {output.name: output for output in score.outputs}
        shown: dict[str, list[tuple[int, int]]] = {name: [] for name in outputs}
        layers = []
        delays = {0}
        for layer_index, layer in enumerate(cue.layers):
            playbacks: dict[Playback, int] = {}
            spots: dict[Spot, int] = {}
            for name, spot in spots_of(layer, outputs, score.fps):
                playbacks.setdefault(spot.playback, len(playbacks))
                shown[name].append((layer_index, spots.setdefault(spot, len(spots))))
            delays |= {playback.delay_frames for playback in playbacks}
            spotted = tuple((playbacks[spot.playback], spot) for spot in spots)
            layers.append(StagedLayer(layer, f"/layer/{layer.name}/opacity", tuple(playbacks), spotted))
        loop_frames = self.timeline.durations[index] if cue.end == "loop" else None
        return StagedCue(
            cue, loop_frames, tuple(layers), tuple(tuple(shown[name]) for name in outputs), frozenset(delays)
        )


_stages: OrderedDict[int, Stage] = OrderedDict()


def stage_of(score: Score) -> Stage:
    """The stage of a score, made once per object: hashing a whole score at every frame would take too long."""
    stage = _stages.get(id(score))
    if stage is None or stage.score is not score:
        stage = _stages[id(score)] = Stage(score)
        while len(_stages) > STAGES_KEPT:
            _stages.popitem(last=False)
    return stage


@dataclass(frozen=True, slots=True)
class Coming:
    """How a cue comes in over those before it: by a reveal, or as a morph from the one beneath."""

    reveal: Reveal
    morph: float | None = None


REVEALED = Coming(Reveal())


def evaluate(score: Score, frame_number: int, control: Control) -> Frame:
    """What every output shows at a frame. Equal arguments give equal Frames, whatever was asked before."""
    stage = stage_of(score)
    show_frame = control.playhead.at(frame_number)
    faders = {address: ramp.at(frame_number) for address, ramp in control.faders.items()}
    parameters = {name: faders[address] for name, address in stage.parameters}
    playing = stage.timeline.playing_at(control, show_frame)
    parts = [
        (stage.cues[one.index], _layers(stage.cues[one.index], show_frame - one.start, score.fps, faders, parameters))
        for one in playing
    ]
    coming = [_coming(stage, playing, index, show_frame) for index in range(len(playing))]
    light = faders["/master"] * control.blackout.at(frame_number) * control.panic.at(frame_number)
    outputs = tuple(
        OutputFrame(name, _cue_frames(index, parts, coming), light * faders[address])
        for index, (name, address) in enumerate(stage.levels)
    )
    return Frame(frame_number, seconds_of(frame_number, score.fps), outputs)


def _layers(
    staged: StagedCue, since: ShowFrame, fps: Fraction, faders: Mapping[str, float], parameters: Parameters
) -> tuple[Layers, ...]:
    """The layers of a cue that started `since` frames ago, back to front, for each output."""
    seconds = {delay: seconds_of(_own_frame(staged, since - delay), fps) for delay in staged.delays}
    layers: list[Layers] = []
    for one in staged.layers:
        layer = one.layer
        opacity = min(max(value_at(layer.opacity, seconds[0], parameters), 0.0), 1.0) * faders[one.fader]
        if opacity <= 0.0:
            layers.append(())
            continue
        played = [playback.at(seconds[playback.delay_frames], parameters) for playback in one.playbacks]
        layers.append(
            tuple(
                [
                    LayerFrame(layer.name, spot.seen(played[index]), spot.place, opacity, layer.blend)
                    for index, spot in one.spots
                ]
            )
        )
    return tuple(tuple([layers[layer][spot] for layer, spot in shown if layers[layer]]) for shown in staged.outputs)


def _own_frame(staged: StagedCue, since: ShowFrame) -> ShowFrame:
    """A cue's own frame: a cue that loops starts anew, and what is delayed waits at its start."""
    if since < 0:
        return 0
    return since if staged.loop_frames is None else since % staged.loop_frames


def _coming(stage: Stage, playing: list[Playing], index: int, show_frame: ShowFrame) -> Coming:
    one = playing[index]
    since = show_frame - one.start
    if since >= one.transition_frames:
        return REVEALED
    transition = stage.cues[one.index].cue.transition
    progress = eased(transition.ease, max(float(since / one.transition_frames), 0.0))
    kind = "dissolve" if transition.kind == "morph" else transition.kind
    reveal = Reveal(kind, progress, transition.degrees, transition.softness)
    if transition.kind == "morph" and index > 0:
        beneath = playing[index - 1]
        # What is half revealed cannot travel: a morph that interrupts another transition dissolves.
        if one.start - beneath.start >= beneath.transition_frames:
            return Coming(reveal, progress)
    return Coming(reveal)


def _cue_frames(
    output: int, parts: list[tuple[StagedCue, tuple[Layers, ...]]], coming: list[Coming]
) -> tuple[CueFrame, ...]:
    frames: list[CueFrame] = []
    for (staged, layers), way in zip(parts, coming, strict=True):
        travelled = None if way.morph is None else morphed(frames[-1].layers, layers[output], way.morph)
        if travelled is None:
            frames.append(CueFrame(staged.cue.id, layers[output], way.reveal))
        else:
            frames[-1] = CueFrame(staged.cue.id, travelled)
    return tuple(frames)
