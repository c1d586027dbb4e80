"""Prepares walks for a performance: routes them along the atlas's roads if the direct way fails, and re-times them.

An even walk has a constant visible speed: the picture's travel is measured along every leg, legs get time in proportion
to their lengths, and the inverse of the travel gives the walk's position on a leg at equal steps of distance.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import numpy as np

from installation.atlas.interpolate import Interpolator
from installation.atlas.measurements import Measurements
from installation.atlas.places import with_places
from installation.atlas.travel import STEPS, Travel, travel
from installation.show.frame import Address
from installation.show.score import (
    Cue,
    Descend,
    Layer,
    Score,
    Stretch,
    Take,
    TakeSubject,
    Variant,
    Walk,
    Way,
    is_open,
)
from installation.show.walk import paced
from installation.systems import cores

log = logging.getLogger(__name__)

MIN_CONTRAST = 0.8
"""A direct way that keeps less contrast than this is replaced by the way through the neurons between, if that is
better."""

PACE_STEPS = 33
MEASURE_GRID_SIDE = 32
"""The points a side of the grid for measurements: compared with 64, pace tables differ by 0.6 % of the way on average,
contrast by 0.7 % at most, in a quarter of the time (83 ways of the first atlas)."""

Pair = tuple[Address, Address]


def prepare(score: Score, interpolator: Interpolator) -> Score:
    """The same score with the legs of even walks measured, routed and timed, and the places of descents found.

    It keeps the measurements on disk. Raises ScoreError for a neuron that the atlas lacks, and for a neuron in which a
    descent finds no place.
    """
    even = {take.subject for take in _takes(score) if isinstance(take.subject, Walk) and take.subject.even}
    walks = {walk for walk in even if not any(is_open(one) for leg in walk.legs for one in (leg.a, leg.b))}
    open_pairs = _pairs_left_open(score)
    roads = MeasuredRoutes(interpolator)
    roads.measure([*open_pairs, *((leg.a, leg.b) for walk in walks for leg in walk.legs)])
    routed = [*open_pairs, *((leg.a, leg.b) for walk in walks for leg in walk.legs)]
    roads.measure(pair for a, b in routed for pair in pairwise(roads.route(a, b)))
    prepared: dict[TakeSubject, TakeSubject] = {walk: retimed(walk, roads) for walk in walks}
    ways = tuple(Way(a, b, roads.stretches(a, b)) for a, b in open_pairs)
    roads.keep()
    descents = {take.subject for take in _takes(score) if isinstance(take.subject, Descend)}
    prepared |= {descend: with_places(descend, interpolator.atlas) for descend in descents}
    return replace(_with_subjects(score, prepared), atlas=interpolator.atlas.digest, ways=ways)


def _pairs_left_open(score: Score) -> list[Pair]:
    """Every pair of neurons between which chance may lead an even walk."""
    pairs: dict[Pair, None] = {}
    for cue in score.cues:
        pools = {address: choice.pool for choice in cue.choices for address in choice.addresses}
        for layer in _layers(cue):
            for take in layer.takes:
                if not isinstance(take.subject, Walk) or not take.subject.even:
                    continue
                for leg in take.subject.legs:
                    if leg.a != leg.b and (is_open(leg.a) or is_open(leg.b)):
                        ends = pools.get(leg.a, (leg.a,)), pools.get(leg.b, (leg.b,))
                        pairs |= {(a, b): None for a in ends[0] for b in ends[1] if a != b}
    return list(pairs)


def retimed(walk: Walk, roads: MeasuredRoutes) -> Walk:
    """An even walk over measured roads; legs that stay at a neuron keep their time."""
    return paced(walk, {(leg.a, leg.b): roads.stretches(leg.a, leg.b) for leg in walk.legs if leg.a != leg.b})


def pace(found: Travel) -> tuple[float, ...]:
    """The share of `b` after equal steps of visible distance, first 0 and last 1."""
    if found.distance <= 0:
        return (0.0, 1.0)
    covered = np.concatenate([[0.0], np.cumsum(found.distances)]) / found.distance
    shares = np.interp(np.linspace(0, 1, PACE_STEPS), covered, np.linspace(0, 1, len(covered)))
    return (0.0, *(float(share) for share in shares[1:-1]), 1.0)


class MeasuredRoutes:
    """The pictures on the ways between neurons, measured once per atlas and kept."""

    def __init__(self, interpolator: Interpolator, measurements: Measurements | None = None) -> None:
        self._atlas = interpolator.atlas
        self._interpolator = Interpolator(self._atlas, grid_side=MEASURE_GRID_SIDE)
        self._measurements = measurements or Measurements.of_user(
            f"travel-{STEPS}-{MEASURE_GRID_SIDE}-{self._atlas.digest}"
        )
        self._travels: dict[Pair, Travel] = {}
        self._routes: dict[Pair, tuple[Address, ...]] = {}
        for words, numbers in self._measurements.read().items():
            a, _, b = words.partition(" ")
            self._travels[a, b] = Travel(numbers[0], tuple(numbers[2:]), numbers[1])
        self._changed = False

    def travel(self, a: Address, b: Address) -> Travel:
        """The travel on the direct way from `a` to `b`."""
        self.measure([(a, b)])
        if a <= b:
            return self._travels[a, b]
        found = self._travels[b, a]
        return replace(found, distances=found.distances[::-1])

    def measure(self, pairs: Iterable[Pair]) -> None:
        """Measure the unknown ones of these direct ways in parallel, on all cores."""
        wanted = {(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]} - self._travels.keys()
        if not wanted:
            return
        self._changed = True
        ordered = sorted(wanted)
        with ThreadPoolExecutor(cores(), "measure") as pool:
            found = pool.map(lambda pair: travel(self._interpolator, *pair), ordered)
            self._travels |= dict(zip(ordered, found, strict=True))

    def route(self, a: Address, b: Address) -> tuple[Address, ...]:
        """The neurons to pass from `a` to `b`, both included; along the tree if the direct way fails."""
        if (a, b) not in self._routes:
            self._routes[a, b] = self._routed(a, b)
        return self._routes[a, b]

    def _routed(self, a: Address, b: Address) -> tuple[Address, ...]:
        start, end = self._atlas.find(a), self._atlas.find(b)
        if start.family != end.family or a == b or (direct := self.travel(a, b)).contrast >= MIN_CONTRAST:
            return (a, b)
        way = tuple(neuron.address for neuron in self._atlas.path(start, end))
        self.measure(pairwise(way))
        kept = min(self.travel(*pair).contrast for pair in pairwise(way))
        if len(way) == 2 or kept <= direct.contrast:
            return (a, b)
        names = ", ".join(self._atlas.find(address).name for address in way[1:-1])
        log.info(
            "the way from %s to %s goes through %s: it keeps %.0f %% of the contrast, the direct one %.0f %%",
            *(start.name, end.name, names, 100 * kept, 100 * direct.contrast),
        )
        return way

    def stretches(self, a: Address, b: Address) -> tuple[Stretch, ...]:
        """The measured stretches of the way from `a` to `b`."""
        found = ((pair, self.travel(*pair)) for pair in pairwise(self.route(a, b)))
        return tuple(Stretch(*pair, travelled.distance, pace(travelled)) for pair, travelled in found)

    def keep(self) -> None:
        """Write the measurements to disk; a full disk only costs time at the next start."""
        if self._changed:
            self._measurements.write(
                {
                    f"{a} {b}": [found.contrast, found.direct, *found.distances]
                    for (a, b), found in self._travels.items()
                }
            )
            self._changed = False


def _takes(score: Score) -> list[Take]:
    return [take for cue in score.cues for layer in _layers(cue) for take in layer.takes]


def _layers(cue: Cue) -> list[Layer]:
    """The layers of a cue and of all its variants."""
    return [*cue.layers, *(layer for variant in cue.variants for layer in variant.layers)]


def _with_subjects(score: Score, subjects: Mapping[TakeSubject, TakeSubject]) -> Score:
    def took(take: Take) -> Take:
        return replace(take, subject=subjects.get(take.subject, take.subject))

    def layers(found: tuple[Layer, ...]) -> tuple[Layer, ...]:
        return tuple(replace(layer, takes=tuple(took(take) for take in layer.takes)) for layer in found)

    def variants(cue: Cue) -> tuple[Variant, ...]:
        return tuple(replace(one, layers=layers(one.layers)) for one in cue.variants)

    cues = tuple(replace(cue, layers=layers(cue.layers), variants=variants(cue)) for cue in score.cues)
    return replace(score, cues=cues)
