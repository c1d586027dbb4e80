"""Derives the heads of a rig from a camera's photographs or from a model of the room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from installation.errors import RigError
from installation.rig.calibration.layout import Place, laid_out
from installation.rig.calibration.structured_light import SeenLight
from installation.rig.calibration.wall import reach, thinned
from installation.rig.file import DECIMALS
from installation.rig.head import Head, PicturePart
from installation.rig.warp import Floats
from installation.rig.warps.fitting import FittedMesh, distances_px, fitted, upright
from installation.rig.warps.samples import WarpSamples

OUTLIER = 4.0
"""Times the median distance from a first mesh: samples farther away are wrong, and the second mesh ignores them."""

OUTLIER_PX = 1.0
"""Nearer samples always count."""

MIN_SHARED = 100
"""The least number of shared pixels for a comparison of two heads' brightness."""

ALIKE = 0.02
"""Projectors whose light differs less stay unchanged: a camera cannot measure smaller differences."""


@dataclass(frozen=True, slots=True)
class CalibratedHead:
    """The calibrated head, the part of the wall that its output must show, and the error of its mesh."""

    head: Head
    place: Place
    fit: FittedMesh


def calibrated(
    heads: Sequence[Head],
    samples: Mapping[str, WarpSamples],
    where: str,
    whites: Mapping[str, float] | None = None,
    mesh: tuple[int, int] | None = None,
) -> tuple[CalibratedHead, ...]:
    """Lay heads out over the wall; `samples` say, by output name, where on the wall their pixels fall.

    `whites` are the shares of their light that make them equally bright. Masks, colours and latencies stay. Raises
    RigError.
    """
    places = laid_out({head.output: reach(samples[head.output]) for head in heads}, where)
    found = []
    for head in heads:
        place, one = places[head.output], samples[head.output]
        part = place.part
        picture = (one.picture - (part.left, part.top)) / (part.width, part.height)
        seen, turn = upright(thinned_within(replace(one, picture=picture)))
        fit = _robust(seen, f"{where}, head {head.output}", mesh)
        share = (whites or {}).get(head.output, 1.0)
        scale = share / max(head.white) if share < 1 - ALIKE else 1.0
        white = tuple(round(scale * channel, 3) for channel in head.white)
        soft_edge = place.soft_edge(head.soft_edge.gamma)
        laid = replace(fit.on(head, turn), soft_edge=soft_edge, white=(white[0], white[1], white[2]))
        if head.shows:
            shown = (round(side, DECIMALS) for side in (part.left, part.top, part.width, part.height))
            laid = replace(laid, part=PicturePart(*shown))
        found.append(CalibratedHead(laid, place, fit))
    return tuple(found)


def thinned_within(samples: WarpSamples) -> WarpSamples:
    """The samples within the picture or just outside it, so that its edge is known from both sides."""
    near = ((samples.picture >= -0.05) & (samples.picture <= 1.05)).all(axis=1)
    return thinned(WarpSamples(samples.monitor[near], samples.picture[near], samples.size_px))


def _robust(samples: WarpSamples, where: str, mesh: tuple[int, int] | None) -> FittedMesh:
    """Fit a mesh, drop the samples far from it, and fit it again."""
    first = fitted(samples, where, mesh)
    off = distances_px(first.mesh, samples)
    kept = off <= max(OUTLIER * float(np.median(off)), OUTLIER_PX)
    return fitted(WarpSamples(samples.monitor[kept], samples.picture[kept], samples.size_px), where, mesh)


def whites_of(seen: Mapping[str, SeenLight]) -> dict[str, float]:
    """The share of light that each head keeps, so that neighbours are equally bright in their overlap: 1 for the
    dimmest, and 1 for all if no two overlap."""
    names = list(seen)
    rows: list[Floats] = []
    differences: list[float] = []
    for one, other in combinations(range(len(names)), 2):
        first, second = seen[names[one]], seen[names[other]]
        both = first.seen & second.seen
        if both.sum() < MIN_SHARED:
            continue
        row = np.zeros(len(names))
        row[one], row[other] = 1.0, -1.0
        rows.append(row)
        differences.append(float(np.median(np.log(first.light[both] / second.light[both]))))
    if not rows:
        return dict.fromkeys(names, 1.0)
    brightness = np.linalg.lstsq(np.array(rows), np.array(differences), rcond=None)[0]
    shares = np.exp(brightness.min() - brightness)
    return {name: round(float(share), 4) for name, share in zip(names, shares, strict=True)}


def require_heads(heads: Sequence[Head], asked: Sequence[str], where: str) -> tuple[Head, ...]:
    """The heads of these outputs, or all heads; raises RigError for an output that the rig does not have."""
    known = {head.output: head for head in heads}
    if not known:
        raise RigError(f"{where}: this rig has no heads; make some with: installation rig detect")
    for name in asked:
        if name not in known:
            raise RigError(f"{where}: no head is called {name!r}; it has {', '.join(known)}")
    return tuple(known[name] for name in asked) or tuple(heads)
