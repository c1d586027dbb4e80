"""The outline of a score, which a browser gets once: cues on their timeline, outputs, and all faders."""

from __future__ import annotations

from typing import Any

from installation.show.compiled_score import compiled
from installation.show.control import SOUND_MASTER
from installation.show.controls import ControlDefinition, controls_of
from installation.show.score import Score
from installation.show.timeline import seconds_of

GROUPS = {"/master": "master", "/out/": "outputs", "/layer/": "layers", "/p/": "parameters", "/sound/": "sounds"}


def outline_of(score: Score) -> dict[str, Any]:
    """The outline as JSON values; times are seconds of the score's own time, faders in `fader_addresses` order."""
    timeline = compiled(score).timeline
    cues = [
        {
            "id": cue.id,
            "name": cue.name,
            "start": seconds_of(start, score.fps),
            "duration": seconds_of(duration, score.fps),
            "transition": seconds_of(transition, score.fps),
            "kind": cue.transition.kind,
            "end": cue.end,
            "ways": cue.ways,
            "layers": list(dict.fromkeys(layer.name for layer in cue.layers)),
        }
        for cue, start, duration, transition in zip(
            score.cues, timeline.starts, timeline.durations, timeline.transitions, strict=True
        )
    ]
    controls = controls_of(score)
    return {
        "title": score.title,
        "fps": float(score.fps),
        "loop": score.loop,
        "length": seconds_of(timeline.length, score.fps),
        "cues": cues,
        "outputs": [{"name": one.name, "width": one.width, "height": one.height} for one in score.outputs],
        "faders": [_fader(controls[address]) for address in fader_addresses(score)],
        "highest_rate": controls["/rate"].high,
    }


def fader_addresses(score: Score) -> tuple[str, ...]:
    """The addresses of all levels and parameters: master, outputs, layers, sounds, parameters."""
    return tuple(address for address, control in controls_of(score).items() if control.kind == "set")


def _label(address: str, parts: list[str]) -> str:
    if address == SOUND_MASTER:
        return "all sounds"
    return parts[1] if len(parts) == 2 else parts[2]


def _fader(control: ControlDefinition) -> dict[str, Any]:
    group = next(group for start, group in GROUPS.items() if control.address.startswith(start))
    parts = control.address.split("/")
    return {
        "address": control.address,
        "group": group,
        "label": _label(control.address, parts),
        "about": control.about,
        "low": control.low,
        "high": control.high,
        "home": control.default,
        "unit": control.unit,
    }
