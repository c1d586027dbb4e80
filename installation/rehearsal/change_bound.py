"""Bounds the change from one frame to the next without drawing either, to find where flashes are possible."""

from __future__ import annotations

import math
from collections import deque

from installation.rehearsal.flash import MAX_FLASHES, MIN_CHANGE
from installation.show.frame import CueFrame, Effect, Frame, LayerFrame, OutputFrame, View
from installation.show.playing.performance import Performance
from installation.show.subjects import change_between

MIN_CHANGE_PER_SECOND = (2 * MAX_FLASHES + 1) * MIN_CHANGE
"""A smaller change in a second cannot cause more than three flashes: each flash is two changes of a tenth or more."""

CAMERA_CHANGE = 4.0
"""The change if a camera moves by the width of its view: the picture may have many light and dark parts."""


def seconds_that_may_flash(performance: Performance, frames: int) -> list[int]:
    """The seconds (from 0) of the first `frames` in which, or across whose end, flashes are possible."""
    fps = performance.score.fps
    window: deque[dict[str, float]] = deque(maxlen=max(math.ceil(fps), 1))
    sums = dict.fromkeys((output.output for output in performance.rehearsed_at(0).outputs), 0.0)
    found: dict[int, None] = {}
    before = performance.rehearsed_at(0)
    for number in range(1, frames):
        now = performance.rehearsed_at(number)
        changes = change_bound(before, now)
        leaving = window[0] if len(window) == window.maxlen else {}
        window.append(changes)
        for output, change in changes.items():
            sums[output] += change - leaving.get(output, 0.0)
        if max(sums.values(), default=0.0) >= MIN_CHANGE_PER_SECOND:
            found[max(int((number - len(window) + 1) / fps), 0)] = None
        before = now
    return list(found)


def change_bound(before: Frame, now: Frame) -> dict[str, float]:
    """The change by output: 0 for an unchanged picture, 1 if it may have changed completely, as from black to white."""
    return {new.output: _of_output(old, new) for old, new in zip(before.outputs, now.outputs, strict=True)}


def _of_output(before: OutputFrame, now: OutputFrame) -> float:
    change = abs(now.level - before.level) + _of_effects(before.effects, now.effects)
    if [cue.cue for cue in before.cues] != [cue.cue for cue in now.cues]:
        # The first or last frame of a transition changes little; a cut changes everything.
        return change + (1.0 if len(before.cues) == len(now.cues) else _reveal_step(before, now))
    return change + sum(_of_cue(old, new) for old, new in zip(before.cues, now.cues, strict=True))


def _reveal_step(before: OutputFrame, now: OutputFrame) -> float:
    """The progress of the topmost cue's transition that begins, or the rest of the one that ends."""
    begins = len(now.cues) > len(before.cues)
    top = now.cues[-1] if begins else before.cues[-1]
    return top.reveal.progress if begins else 1.0 - top.reveal.progress


def _of_cue(before: CueFrame, now: CueFrame) -> float:
    change = abs(now.reveal.progress - before.reveal.progress) + _of_effects(before.effects, now.effects)
    if len(before.layers) != len(now.layers):
        return change + max((layer.opacity for layer in (*before.layers, *now.layers)), default=0.0)
    return change + sum(_of_layer(old, new) for old, new in zip(before.layers, now.layers, strict=True))


def _of_layer(before: LayerFrame, now: LayerFrame) -> float:
    if before.name != now.name or before.place != now.place:
        return 1.0
    change = abs(now.opacity - before.opacity) + _of_effects(before.effects, now.effects)
    if before.shot == now.shot:
        return change
    return change + change_between(before.shot.subject, now.shot.subject) + _of_view(before.shot.view, now.shot.view)


def _of_effects(before: tuple[Effect, ...], now: tuple[Effect, ...]) -> float:
    """The change by effects: a small shift of a threshold may turn black to white; grain changes by its strength."""
    if before == now:
        return 0.0
    if [one._replace(moment=0) for one in before] != [one._replace(moment=0) for one in now]:
        return 1.0
    return sum(one.values[0] for one in now if one.moment)


def _of_view(before: View, now: View) -> float:
    zoom = max(before.zoom, now.zoom)
    pan = math.hypot(now.x - before.x, now.y - before.y) * zoom / 2
    turn = abs((now.degrees - before.degrees + 180) % 360 - 180) / 90
    return CAMERA_CHANGE * (pan + turn + abs(math.log(now.zoom / before.zoom)) / 2)
