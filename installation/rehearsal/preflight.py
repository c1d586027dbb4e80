"""Preflight: the whole loop looked through before anybody sees it, for what should not happen in a gallery."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing

import numpy as np

from installation.editions.production import Production
from installation.errors import AtlasError, ScoreError
from installation.picture.decoding.choice import cpu_decoder, mpixels_per_second
from installation.picture.decoding.decoder import Decoder
from installation.picture.supply.governor import FULL, LADDER, MARGIN, Rung
from installation.picture.supply.supply import layers_of
from installation.rehearsal.findings import BurnIn, CueCost, Finding, Preflight
from installation.rehearsal.flash import FlashRate, Luminance, flash_rate, red_flash_rate, relative_luminance
from installation.rehearsal.glimpses import Glimpse, Glimpses, reduced
from installation.rehearsal.head_pictures import Picture
from installation.rehearsal.reach import Reach, reaches_of
from installation.rehearsal.unrest import restless_seconds
from installation.rehearsal.wall import Wall
from installation.rig.head import Head
from installation.show.frame import Frame, Point, Shot, View
from installation.show.performance import Performance
from installation.show.stage import stage_of
from installation.show.timeline import seconds_of

LOOK_PX = 36
"""Height at which luminance is looked at."""

SCENE_PX = 108

BRIGHT_LUMINANCE = 0.5
STILL_DEVIATION = 0.05
BURN_IN_AREA = 0.02
"""Pixels that are bright on average and hardly move over the whole loop stay behind on panels; 2 % are worth a word."""

DENSE_FPS = 30
MOST_DENSE_SECONDS = 900


class _Looking:
    """One preflight under way."""

    def __init__(self, production: Production, every_seconds: float, tell: Callable[[str], object]) -> None:
        self.production = production
        self.score = production.score
        self.timeline = stage_of(production.score).timeline
        self.step = max(round(every_seconds * self.score.fps), 1)
        self.tell = tell
        self.findings: list[Finding] = []
        self.mpx: dict[str, float] = {}

    def cue_at(self, frame_number: int) -> str:
        return self.score.cues[self.timeline.nominal_at(frame_number)[0]].id

    def find(self, kind: str, serious: bool, output: str, begin: int, end: int, sentence: str) -> None:
        fps = self.score.fps
        times = seconds_of(begin, fps), seconds_of(end, fps)
        self.findings.append(Finding(kind, serious, self.cue_at(begin), output, *times, sentence))

    def remark(self, kind: str, output: str, sentence: str) -> None:
        """Something about the whole show."""
        seconds = seconds_of(self.production.frames, self.score.fps)
        self.findings.append(Finding(kind, False, "", output, 0.0, seconds, sentence))

    def glimpses(self, glimpses: Glimpses, numbers: range) -> Iterator[tuple[int, Glimpse]]:
        """Those that can be drawn; what cannot is a finding, once for each sentence."""
        told: set[str] = set()
        for number in numbers:
            try:
                yield number, glimpses.at(number)
            except (ScoreError, AtlasError) as error:
                if str(error) not in told:
                    told.add(str(error))
                    self.find("missing", True, "all outputs", number, number + self.step, str(error))

    def weigh(self, frame: Frame, number: int) -> None:
        """Pixels that the decoder has to draw for this frame at full size, equal pictures once."""
        orders = {(layer.shot, size) for _, layer, size in layers_of(frame, self.production.sizes)}
        mpx = sum(width * height for _, (width, height) in orders) / 1e6
        cue = self.cue_at(number)
        self.mpx[cue] = max(self.mpx.get(cue, 0.0), mpx)


def preflight(
    production: Production,
    every_seconds: float = 1.0,
    tell: Callable[[str], object] = str,
    *,
    wall: Wall | None = None,
    decoder: Decoder | None = None,
) -> Preflight:
    """Look through the whole score as it runs by itself, on a wall if there is one; `tell` hears what is being done.

    Costs are told by the speed of `decoder`, which stays whose it is; without one by that of the processor.
    """
    written, heads = production.sizes, wall.heads if wall else ()
    if wall is not None:
        production = production.on(wall.heads, wall.monitors)
    looking = _Looking(production, every_seconds, tell)
    if wall is not None:
        for remark in wall.remarks(written, production.sizes):
            looking.remark(remark.kind, remark.output, remark.sentence)
    with ExitStack() as cleanup:
        decoder = decoder or cleanup.enter_context(closing(cpu_decoder(production.interpolator)))
        glimpses = cleanup.enter_context(Glimpses(reduced(production, LOOK_PX), heads=heads))
        reaches = _reaches(looking, glimpses)
        luminances = _look_through(looking, glimpses, reaches)
        dense = _look_for_flashes(looking, glimpses, reaches)
        speed = mpixels_per_second(decoder, _first_shot(looking, glimpses.performance), time.perf_counter)
        name = decoder.name
    scenes = _scenes(looking, heads)
    burn_in = tuple(_burn_in(output, np.stack(seen), reaches[output]) for output, seen in luminances.items() if seen)
    for one in burn_in:
        if one.share >= BURN_IN_AREA:
            sentence = f"{one.share:.0%} of the picture stays bright and still over the whole loop; panels may burn in"
            looking.remark("burn-in", one.output, sentence)
    return Preflight(
        title=looking.score.title,
        seen=(wall or Wall((), ())).seen(production),
        seconds=seconds_of(production.frames, looking.score.fps),
        every_seconds=looking.step / float(looking.score.fps),
        looked=len(range(0, production.frames, looking.step)),
        dense_seconds=dense,
        decoder=name,
        mpx_per_second=speed,
        findings=tuple(sorted(looking.findings, key=lambda one: (not one.serious, one.begin))),
        costs=tuple(_cost(cue, mpx, speed, float(looking.score.fps)) for cue, mpx in looking.mpx.items()),
        burn_in=burn_in,
        scenes=scenes,
    )


def _cost(cue: str, mpx: float, speed: float, fps: float) -> CueCost:
    """With the best rung of the player's ladder that this machine can hold."""
    load = mpx * fps / speed

    def busy(rung: Rung) -> float:
        step = rung.step_frames(fps)
        return load * rung.quality**2 * (MARGIN if step > 1 else 1.0) / step

    rung = next((one for one in LADDER if busy(one) <= FULL), LADDER[-1])
    return CueCost(cue, round(mpx, 3), round(load, 2), rung.quality, rung.step_frames(fps))


def _reaches(looking: _Looking, glimpses: Glimpses) -> dict[str, Reach]:
    """By output; one whose picture reaches nothing is a finding."""
    reaches = reaches_of(glimpses.monitors)
    for output, reach in reaches.items():
        if not reach.places.any():
            looking.remark("black", output, "the rig lets nothing of it through: look at its corners and masks")
    return reaches


def _look_through(looking: _Looking, glimpses: Glimpses, reaches: Mapping[str, Reach]) -> dict[str, list[Luminance]]:
    """Luminance of every output at every step; spans of black become findings."""
    frames, step = looking.production.frames, looking.step
    count = len(range(0, frames, step))
    looking.tell(f"looking at {count} {'frame' if count == 1 else 'frames'}")
    luminances: dict[str, list[Luminance]] = {output: [] for output in looking.production.sizes}
    dark: dict[tuple[str, str, bool], int] = {}
    for number, glimpse in looking.glimpses(glimpses, range(0, frames, step)):
        looking.weigh(glimpse.frame, number)
        found = set()
        for output in glimpse.frame.outputs:
            luminance = relative_luminance(glimpse.pictures[output.output])
            luminances[output.output].append(luminance)
            reach = reaches[output.output]
            if reach.places.any() and reach.is_black(luminance):
                empty = not any(cue.layers for cue in output.cues) or output.level == 0.0
                found.add((looking.cue_at(number), output.output, empty))
        for key in dark.keys() - found:
            _darkness(looking, key, dark.pop(key), number)
        for key in found - dark.keys():
            dark[key] = number
    for key, begin in dark.items():
        _darkness(looking, key, begin, frames)
    return luminances


def _darkness(looking: _Looking, key: tuple[str, str, bool], begin: int, end: int) -> None:
    _, output, empty = key
    why = "dark: no layer lies on it" if empty else "black, although there are layers on it"
    looking.find("black", False, output, begin, end, why)


def _look_for_flashes(looking: _Looking, glimpses: Glimpses, reaches: Mapping[str, Reach]) -> int:
    """Draws every second that may flash, and the one after it, frame by frame; returns how many may."""
    frames, fps = looking.production.frames, looking.score.fps
    restless = restless_seconds(glimpses.performance, frames)
    if (left := len(restless) - MOST_DENSE_SECONDS) > 0:
        looking.remark(
            "flashes", "all outputs", f"{left} more seconds may flash; they were not looked at frame by frame"
        )
    restless = restless[:MOST_DENSE_SECONDS]
    looking.tell(f"looking for flashes in {len(restless)} restless seconds")
    step = max(int(fps / DENSE_FPS), 1)
    told: dict[tuple[str, str], int] = {}
    for second in restless:
        numbers = range(int(second * fps), min(int((second + 2) * fps) + 1, frames), step)
        drawn = [glimpse.pictures for _, glimpse in looking.glimpses(glimpses, numbers)]
        for output in looking.production.sizes if drawn else ():
            pictures = np.stack([one[output] for one in drawn])[:, reaches[output].places]
            rates = {
                "flashes": flash_rate(relative_luminance(pictures), float(fps) / step),
                "red flashes": red_flash_rate(pictures, float(fps) / step),
            }
            for kind, rate in rates.items():
                if not rate.harmful:
                    continue
                if told.get((kind, output), -2) < second - 1:
                    begin = numbers[rate.first_frame]
                    looking.find(kind, True, output, begin, min(begin + int(fps), frames), _flashing(kind, rate))
                told[kind, output] = second
    return len(restless)


def _flashing(kind: str, rate: FlashRate) -> str:
    return (
        f"{rate.flashes:g} {kind} in a second on a quarter of the picture; more than three may cause seizures: "
        "slow the transition or the camera there, or dissolve"
    )


def _first_shot(looking: _Looking, performance: Performance) -> Shot:
    """By which this machine's speed is told: the first that a cue shows, or a neuron where the whole show is dark."""
    for start in looking.timeline.starts:
        frame = performance.nominal_at(start)
        for shot in (layer.shot for output in frame.outputs for cue in output.cues for layer in cue.layers):
            return shot
    return Shot(Point(((looking.production.interpolator.atlas.neurons[0].address, 1.0),)), View())


def _burn_in(output: str, luminance: Luminance, reach: Reach) -> BurnIn:
    mean, deviation = luminance.mean(axis=0), luminance.std(axis=0)
    still = (mean > BRIGHT_LUMINANCE) & (deviation < STILL_DEVIATION)
    return BurnIn(output, reach.share_of(still), mean)


def _scenes(looking: _Looking, heads: Sequence[Head]) -> tuple[tuple[str, str, tuple[Picture, ...]], ...]:
    """Every cue in its middle."""
    looking.tell("drawing every cue")
    scenes = []
    starts, durations = looking.timeline.starts, looking.timeline.durations
    with Glimpses(reduced(looking.production, SCENE_PX), heads=heads) as glimpses:
        for cue, start, duration in zip(looking.score.cues, starts, durations, strict=True):
            middle = start + duration // 2
            for _, glimpse in looking.glimpses(glimpses, range(middle, middle + 1)):
                scenes.append((cue.id, cue.name, tuple(glimpse.pictures.values())))
    return tuple(scenes)
