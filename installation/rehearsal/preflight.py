"""Preflight: checks the whole loop, before anybody sees it, for anything that should not happen in a gallery."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing

import numpy as np

from installation.editions.production import Production
from installation.errors import AtlasError, ScoreError
from installation.picture.decoding.choosing.choice import cpu_decoder, mpixels_per_second
from installation.picture.decoding.decoder import Decoder
from installation.picture.supply.governor import KEY_PICTURE_MARGIN, LADDER, MAX_LOAD, Rung
from installation.picture.supply.supply import layers_of
from installation.rehearsal.change_bound import seconds_that_may_flash
from installation.rehearsal.connected_rig import ConnectedRig
from installation.rehearsal.edges import Overreach, overreach
from installation.rehearsal.findings import BurnIn, CueCost, Finding, Preflight
from installation.rehearsal.flash import FlashRate, Luminance, flash_rate, red_flash_rate, relative_luminance
from installation.rehearsal.head_pictures import Picture
from installation.rehearsal.previews import Preview, Previews, scaled_to_height
from installation.rehearsal.shown_course import course_of
from installation.rehearsal.visible_area import VisibleArea, visible_areas_of
from installation.rig.head import Head
from installation.show.frame import Frame, LatentPoint, Shot, View
from installation.show.playing.performance import Performance
from installation.show.timeline import seconds_of

SCAN_PX = 36
"""The height of the pictures in which luminance is measured."""

SCENE_PX = 108

BRIGHT_LUMINANCE = 0.5
STILL_DEVIATION = 0.05
BURN_IN_AREA = 0.02
"""Pixels that stay bright over the whole loop burn in on panels; 2 % of a picture are worth a finding."""

DENSE_FPS = 30
MAX_DENSE_SECONDS = 900


class _PreflightRun:
    """One preflight under way."""

    def __init__(self, production: Production, every_seconds: float, tell: Callable[[str], object]) -> None:
        self.production = production
        self.score = production.score
        self.course = course_of(production)
        self.step = max(round(every_seconds * self.score.fps), 1)
        self.tell = tell
        self.findings: list[Finding] = []
        self.mpx: dict[str, float] = {}

    def cue_at(self, frame_number: int) -> str:
        return self.course.cue_at(frame_number).id

    def find(self, kind: str, serious: bool, output: str, begin: int, end: int, sentence: str) -> None:
        fps = self.score.fps
        times = seconds_of(begin, fps), seconds_of(end, fps)
        self.findings.append(Finding(kind, serious, self.cue_at(begin), output, *times, sentence))

    def remark(self, kind: str, output: str, sentence: str) -> None:
        """Add a finding about the whole show."""
        seconds = seconds_of(self.course.frames, self.score.fps)
        self.findings.append(Finding(kind, False, "", output, 0.0, seconds, sentence))

    def previews(self, previews: Previews, numbers: range) -> Iterator[tuple[int, Preview]]:
        """The previews that can be drawn; others become findings, one for each sentence."""
        told: set[str] = set()
        for number in numbers:
            try:
                yield number, previews.at(number)
            except (ScoreError, AtlasError) as error:
                if str(error) not in told:
                    told.add(str(error))
                    self.find("missing", True, "all outputs", number, number + self.step, str(error))

    def add_cost(self, frame: Frame, number: int) -> None:
        """Add the megapixels that the decoder must draw for this frame at full size; equal pictures count once."""
        orders = {(layer.shot, size) for _, layer, size in layers_of(frame, self.production.sizes)}
        mpx = sum(width * height for _, (width, height) in orders) / 1e6
        cue = self.cue_at(number)
        self.mpx[cue] = max(self.mpx.get(cue, 0.0), mpx)


def preflight(
    production: Production,
    every_seconds: float = 1.0,
    tell: Callable[[str], object] = str,
    *,
    wall: ConnectedRig | None = None,
    decoder: Decoder | None = None,
) -> Preflight:
    """Check the whole score as it runs by itself, on the rig `wall` if given; `tell` receives each step.

    The speed of `decoder`, which its owner closes, determines the costs; without it, the processor's speed does.
    """
    written, heads = production.sizes, wall.heads if wall else ()
    if wall is not None:
        production = production.on(wall.heads, wall.monitors)
    run = _PreflightRun(production, every_seconds, tell)
    if wall is not None:
        for remark in wall.remarks(written, production.sizes):
            run.remark(remark.kind, remark.output, remark.sentence)
    with ExitStack() as cleanup:
        decoder = decoder or cleanup.enter_context(closing(cpu_decoder(production.interpolator)))
        previews = cleanup.enter_context(Previews(scaled_to_height(production, SCAN_PX), heads=heads))
        visible_areas = _visible_areas(run, previews)
        luminances = _scan(run, previews, visible_areas)
        _look_for_edges(run, previews.performance)
        dense = _scan_for_flashes(run, previews, visible_areas)
        speed = mpixels_per_second(decoder, _first_shot(run, previews.performance), time.perf_counter)
        name = decoder.name
    scenes = _scenes(run, heads)
    burn_in = tuple(
        _burn_in(output, np.stack(seen), visible_areas[output]) for output, seen in luminances.items() if seen
    )
    for one in burn_in:
        if one.share >= BURN_IN_AREA:
            sentence = f"{one.share:.0%} of the picture stays bright and still over the whole loop; panels may burn in"
            run.remark("burn-in", one.output, sentence)
    return Preflight(
        title=run.score.title,
        seen=(wall or ConnectedRig((), ())).seen(production),
        seconds=seconds_of(run.course.frames, run.score.fps),
        every_seconds=run.step / float(run.score.fps),
        frames_checked=len(range(0, run.course.frames, run.step)),
        seconds_checked_frame_by_frame=dense,
        decoder=name,
        mpx_per_second=speed,
        findings=tuple(sorted(run.findings, key=lambda one: (not one.serious, one.begin))),
        costs=tuple(_cost(cue, mpx, speed, float(run.score.fps)) for cue, mpx in run.mpx.items()),
        burn_in=burn_in,
        scenes=scenes,
    )


def _cost(cue: str, mpx: float, speed: float, fps: float) -> CueCost:
    """The cost of a cue on the best rung of the player's ladder that this machine can sustain."""
    load = mpx * fps / speed

    def busy(rung: Rung) -> float:
        step = rung.step_frames(fps)
        return load * rung.quality**2 * (KEY_PICTURE_MARGIN if step > 1 else 1.0) / step

    rung = next((one for one in LADDER if busy(one) <= MAX_LOAD), LADDER[-1])
    return CueCost(cue, round(mpx, 3), round(load, 2), rung.quality, rung.step_frames(fps))


def _visible_areas(run: _PreflightRun, previews: Previews) -> dict[str, VisibleArea]:
    """The visible areas by output; an output without any is a finding."""
    visible_areas = visible_areas_of(previews.monitors)
    for output, visible_area in visible_areas.items():
        if not visible_area.places.any():
            run.remark("black", output, "the rig shows nothing of this output: check its corners and masks")
    return visible_areas


def _scan(
    run: _PreflightRun, previews: Previews, visible_areas: Mapping[str, VisibleArea]
) -> dict[str, list[Luminance]]:
    """The luminance of every output at every step; spans of black become findings."""
    frames, step = run.course.frames, run.step
    count = len(range(0, frames, step))
    run.tell(f"checking {count} {'frame' if count == 1 else 'frames'}")
    luminances: dict[str, list[Luminance]] = {output: [] for output in run.production.sizes}
    dark: dict[tuple[str, str, bool], int] = {}
    for number, preview in run.previews(previews, range(0, frames, step)):
        run.add_cost(preview.frame, number)
        found = set()
        for output in preview.frame.outputs:
            luminance = relative_luminance(preview.pictures[output.output])
            luminances[output.output].append(luminance)
            visible_area = visible_areas[output.output]
            if visible_area.places.any() and visible_area.is_black(luminance):
                empty = not any(cue.layers for cue in output.cues) or output.level == 0.0
                found.add((run.cue_at(number), output.output, empty))
        for key in dark.keys() - found:
            _report_black(run, key, dark.pop(key), number)
        for key in found - dark.keys():
            dark[key] = number
    for key, begin in dark.items():
        _report_black(run, key, begin, frames)
    return luminances


def _report_black(run: _PreflightRun, key: tuple[str, str, bool], begin: int, end: int) -> None:
    _, output, empty = key
    why = "dark: it shows no layer" if empty else "black, although it shows layers"
    run.find("black", False, output, begin, end, why)


def _look_for_edges(run: _PreflightRun, performance: Performance) -> None:
    """Find cameras whose view extends beyond the picture: one finding, with the worst view, for each cue and output."""
    atlas, sizes = run.production.interpolator.atlas, run.production.sizes
    worst: dict[tuple[str, str], Overreach] = {}
    spans: dict[tuple[str, str], tuple[int, int]] = {}
    for number in range(0, run.production.frames, run.step):
        for (output, *_), layer, size in layers_of(performance.nominal_at(number), sizes):
            found = overreach(layer, size, atlas) if layer.opacity > 0 else None
            if found is None:
                continue
            key = run.cue_at(number), output
            worst[key] = max(worst.get(key, found), found, key=lambda one: one.times)
            spans[key] = spans.get(key, (number, 0))[0], number + run.step
    for key, found in worst.items():
        run.find("edges", False, key[1], *spans[key], str(found))


def _scan_for_flashes(run: _PreflightRun, previews: Previews, visible_areas: Mapping[str, VisibleArea]) -> int:
    """Draw every second that may flash, and the next one, frame by frame; returns the number of such seconds."""
    frames, fps = run.course.frames, run.score.fps
    may_flash = seconds_that_may_flash(previews.performance, frames)
    if (left := len(may_flash) - MAX_DENSE_SECONDS) > 0:
        run.remark("flashes", "all outputs", f"{left} more seconds may flash; they were not checked frame by frame")
    may_flash = may_flash[:MAX_DENSE_SECONDS]
    run.tell(f"looking for flashes in {len(may_flash)} restless seconds")
    step = max(int(fps / DENSE_FPS), 1)
    told: dict[tuple[str, str], int] = {}
    for second in may_flash:
        numbers = range(int(second * fps), min(int((second + 2) * fps) + 1, frames), step)
        drawn = [preview.pictures for _, preview in run.previews(previews, numbers)]
        for output in run.production.sizes if drawn else ():
            pictures = np.stack([one[output] for one in drawn])[:, visible_areas[output].places]
            rates = {
                "flashes": flash_rate(relative_luminance(pictures), float(fps) / step),
                "red flashes": red_flash_rate(pictures, float(fps) / step),
            }
            for kind, rate in rates.items():
                if not rate.harmful:
                    continue
                if told.get((kind, output), -2) < second - 1:
                    begin = numbers[rate.first_frame]
                    run.find(kind, True, output, begin, min(begin + int(fps), frames), _flashing(kind, rate))
                told[kind, output] = second
    return len(may_flash)


def _flashing(kind: str, rate: FlashRate) -> str:
    return (
        f"{rate.flashes:g} {kind} in a second on a quarter of the picture; more than three may cause seizures: "
        "slow the transition or the camera there, or dissolve"
    )


def _first_shot(run: _PreflightRun, performance: Performance) -> Shot:
    """The shot for measuring this machine's speed: the first one of a cue, or a neuron if the whole show is dark."""
    for _, start, _ in run.course.cues:
        frame = performance.rehearsed_at(start)
        for shot in (layer.shot for output in frame.outputs for cue in output.cues for layer in cue.layers):
            return shot
    return Shot(LatentPoint(((run.production.interpolator.atlas.neurons[0].address, 1.0),)), View())


def _burn_in(output: str, luminance: Luminance, visible_area: VisibleArea) -> BurnIn:
    mean, deviation = luminance.mean(axis=0), luminance.std(axis=0)
    still = (mean > BRIGHT_LUMINANCE) & (deviation < STILL_DEVIATION)
    return BurnIn(output, visible_area.share_of(still), mean)


def _scenes(run: _PreflightRun, heads: Sequence[Head]) -> tuple[tuple[str, str, tuple[Picture, ...]], ...]:
    """The pictures of every cue, at its middle."""
    run.tell("drawing every cue")
    scenes = []
    seen: set[str] = set()
    with Previews(scaled_to_height(run.production, SCENE_PX), heads=heads) as previews:
        for cue, start, _ in run.course.cues:
            if cue.id in seen:
                continue
            seen.add(cue.id)
            middle = min(start + round(cue.duration * run.score.fps) // 2, run.course.frames - 1)
            for _, preview in run.previews(previews, range(middle, middle + 1)):
                scenes.append((cue.id, cue.name, tuple(preview.pictures.values())))
    return tuple(scenes)
