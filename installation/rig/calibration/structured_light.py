"""Draws the patterns that a projector shows to a camera, and decodes a series of photographs of them.

Gray code numbers stripes of eight pixels across and down; the inverse follows each bit, so that the surface's own
brightness cancels out. Waves of sixteen pixels, shown in four phases, give the position to a fraction of a pixel
(Gühring, Dense 3-D surface acquisition by structured light, 2001). A stripe may be wrong by half its width: then the
wave decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from installation.errors import RigError

STRIPE_PX = 8
WAVE_PX = 2 * STRIPE_PX
PHASES = 4
"""With four phases, a wrong gamma cancels out: its second harmonic is the same in opposite phases."""

MIN_CONTRAST = 0.02
"""In shares of full light: if a pixel gains less from black to white, this projector does not light it."""

MIN_WAVE = 0.1
"""The least amplitude of a wave, as a share of the contrast: below it, the camera was out of focus or saw a mirror."""

MIN_SHARE_SEEN = 0.002
"""As a share of a photograph: if a projector lights less, it is not in the picture."""

MAX_MISFIT = 0.25
"""The largest difference between pattern plus inverse and white plus black, as a share of the contrast."""

MAX_LEAPS = 0.5
"""The sum of leaps along a line of the photograph, as a share of the projector's side: a ledge causes about 0.1."""

UNLIKE_PX = 0.6 * STRIPE_PX
MIN_SLOPE = 0.1
"""Projector pixels for each camera pixel: along lines with less, the position is constant."""

MAX_UNLIKE = 0.15
"""The largest share of pixels whose wave is far from the middle of its stripe; a few at stripe edges always are."""

Light = NDArray[np.float32]
"""A photograph as light, 0..1 (height, width)."""

Axis = Literal["across", "down"]

BLACK_AND_WHITE = 2


@dataclass(frozen=True, slots=True)
class Pattern:
    """One picture of the series.

    `kind` is white, black, a bit of the Gray code, its inverse, or a phase of the wave; `number` is the bit or phase.
    """

    name: str
    kind: Literal["white", "black", "bit", "inverse", "phase"]
    axis: Axis = "across"
    number: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class SeenLight:
    """One projector's light in a camera's photograph.

    `places` (height, width, 2) is the position in the projector's picture, in pixels from the top left, that lights
    each pixel of the photograph; NaN for unlit pixels. `light` (height, width) is the light that the projector adds at
    full white.
    """

    places: NDArray[np.float64]
    light: Light
    size_px: tuple[int, int]

    @property
    def seen(self) -> NDArray[np.bool_]:
        """The pixels on which the projector was recognised (height, width)."""
        found: NDArray[np.bool_] = np.isfinite(self.places[..., 0]) & np.isfinite(self.places[..., 1])
        return found


def series(size_px: tuple[int, int]) -> tuple[Pattern, ...]:
    """The patterns for a projector of this size, in the order of their display."""
    found = [Pattern("white", "white"), Pattern("black", "black")]
    axes: tuple[Axis, Axis] = ("across", "down")
    for axis, length in zip(axes, size_px, strict=True):
        for number in range(_bits(length)):
            found.append(Pattern(f"bit {number + 1} {axis}", "bit", axis, number))
            found.append(Pattern(f"bit {number + 1} {axis}, inverse", "inverse", axis, number))
        found += [Pattern(f"wave {number + 1} {axis}", "phase", axis, number) for number in range(PHASES)]
    return tuple(found)


def drawn(pattern: Pattern, size_px: tuple[int, int], gamma: float = 2.2) -> NDArray[np.uint8]:
    """A pattern as a grey picture (height, width), for a projector whose light is signal to the power of `gamma`."""
    width, height = size_px
    if pattern.kind in ("white", "black"):
        return np.full((height, width), 255 if pattern.kind == "white" else 0, np.uint8)
    at = np.arange(width if pattern.axis == "across" else height)
    light = _light_along(pattern, at, len(at))
    signal = np.rint(255 * light ** (1 / gamma)).astype(np.uint8)
    across = signal[None, :] if pattern.axis == "across" else signal[:, None]
    return np.ascontiguousarray(np.broadcast_to(across, (height, width)))


def _light_along(pattern: Pattern, at: NDArray[np.int_], length: int) -> NDArray[np.float64]:
    if pattern.kind == "phase":
        angle = 2 * np.pi * ((at + 0.5) / WAVE_PX - pattern.number / PHASES)
        return 0.5 + 0.5 * np.cos(angle)
    stripe = at // STRIPE_PX
    bit = (stripe ^ stripe >> 1) >> (_bits(length) - 1 - pattern.number) & 1
    return (bit if pattern.kind == "bit" else 1 - bit).astype(np.float64)


def decoded(photographs: Sequence[Light], size_px: tuple[int, int], where: str) -> SeenLight:
    """Find the projector's pixel that lights each pixel of the photographs, which show `series` in order.

    `where` begins every message. Raises RigError if a photograph is missing, nothing is seen, or the order is wrong.
    """
    patterns = series(size_px)
    _require_series(photographs, patterns, where)
    white, black = photographs[0], photographs[1]
    light = white - black
    lit = light > MIN_CONTRAST
    if lit.mean() < MIN_SHARE_SEEN:
        if (-light > MIN_CONTRAST).mean() >= MIN_SHARE_SEEN:
            raise RigError(f"{where}: the second photograph is brighter than the first; the first is of white")
        raise RigError(
            f"{where}: the camera sees nothing of this projector: {lit.mean():.1%} of the photograph gets brighter "
            "from black to white; open the shutter, darken the room, expose longer, or turn the camera there"
        )
    contrast = np.where(lit, light, np.float32(1))
    axes: tuple[Axis, Axis] = ("across", "down")
    found = [
        _decoded_axis(photographs, patterns, axis, length, black, contrast, lit, where)
        for axis, length in zip(axes, size_px, strict=True)
    ]
    places = np.stack(found, axis=-1)
    places[~(_is_like_around(places[..., 0]) & _is_like_around(places[..., 1]))] = np.nan
    for number, length in enumerate(size_px):
        _require_unbroken(places[..., number], length, axes[number], where)
    seen = SeenLight(places, np.where(lit, light, np.float32(0)), size_px)
    if seen.seen.mean() < MIN_SHARE_SEEN:
        raise RigError(
            f"{where}: the camera sees light but no pattern: {seen.seen.mean():.1%} of the photograph can be told; "
            "focus projector and camera, and keep both still"
        )
    return seen


def _require_series(photographs: Sequence[Light], patterns: Sequence[Pattern], where: str) -> None:
    if len(photographs) != len(patterns):
        missing = len(patterns) - len(photographs)
        told = f"{missing} are missing" if missing > 0 else f"{-missing} are too many"
        raise RigError(f"{where}: {len(photographs)} photographs, and the series has {len(patterns)}: {told}")
    for number, photograph in enumerate(photographs):
        if photograph.shape != photographs[0].shape:
            sizes = ["{1}x{0}".format(*one.shape) for one in (photograph, photographs[0])]
            raise RigError(f"{where}: photograph {number + 1} has {sizes[0]} pixels and the first has {sizes[1]}")


def _decoded_axis(
    photographs: Sequence[Light],
    patterns: Sequence[Pattern],
    axis: Axis,
    length: int,
    black: Light,
    contrast: Light,
    lit: NDArray[np.bool_],
    where: str,
) -> NDArray[np.float64]:
    """Positions along one axis in pixels (height, width), NaN if unknown."""
    of = {(one.kind, one.number): at for at, one in enumerate(patterns) if one.axis == axis}
    code = np.zeros(lit.shape, np.int64)
    for number in range(_bits(length)):
        one, inverse = of["bit", number], of["inverse", number]
        _require_sum(photographs[one] + photographs[inverse], 2 * black + contrast, contrast, lit, one, where)
        code = code << 1 | (photographs[one] > photographs[inverse])
    phases = [photographs[of["phase", number]] for number in range(PHASES)]
    for half in (0, 1):
        first = of["phase", half]
        _require_sum(phases[half] + phases[half + 2], 2 * black + contrast, contrast, lit, first, where)
    cosine, sine = phases[0] - phases[2], phases[1] - phases[3]
    strong = lit & (np.hypot(cosine, sine) > MIN_WAVE * contrast)
    within = WAVE_PX * (np.arctan2(sine, cosine).astype(np.float64) / (2 * np.pi))
    middle = STRIPE_PX * (_from_gray(code) + 0.5)
    places = within + WAVE_PX * np.rint((middle - within) / WAVE_PX)
    apart = np.abs(places - middle)[strong]
    if apart.size and (apart > UNLIKE_PX).mean() > MAX_UNLIKE:
        raise RigError(
            f"{where}: stripes and waves {axis} do not fit one another; the photographs are in the wrong order, or the "
            "camera was moved; name them so that they sort in the order in which they were taken"
        )
    known = strong & (places >= 0) & (places <= length) & (np.abs(places - middle) <= STRIPE_PX)
    return np.where(known, places, np.nan)


def _is_like_around(places: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which positions are near the median of their neighbourhood (height, width); all others are wrong."""
    padded = np.pad(places.astype(np.float32), 1, constant_values=np.nan)
    height, width = places.shape
    around = np.stack([padded[y : y + height, x : x + width] for y in range(3) for x in range(3)])
    known = np.isfinite(around).sum(axis=0)
    around = np.sort(around, axis=0)  # unknown positions sort last
    median = np.take_along_axis(around, (known[None] // 2).clip(0, 8), axis=0)[0]
    found: NDArray[np.bool_] = (known > 3) & (np.abs(places - median) <= STRIPE_PX / 2)
    return found


def _require_unbroken(places: NDArray[np.float64], length: int, axis: Axis, where: str) -> None:
    """Raise RigError if positions leap or run backwards: even on a wall with corners they hardly do.

    If two bits were swapped, positions leap; if two phases were, positions run backwards within each stripe.
    """
    for lines in (places, places.T):
        steps = np.diff(lines, axis=1)
        seen = np.isfinite(steps).any(axis=1).sum()
        if not seen:
            continue
        leaps = np.nansum(np.where(np.abs(steps) > 2 * WAVE_PX, np.abs(steps), 0.0))
        slope = _slope(lines)
        runs_back = abs(slope) > MIN_SLOPE and float(np.nanmedian(steps)) * np.sign(slope) < -MIN_SLOPE
        if leaps > MAX_LEAPS * length * seen or runs_back:
            raise RigError(
                f"{where}: from place to place on the wall the pattern leaps {axis}; the photographs are in the wrong "
                "order; name them so that they sort in the order in which they were taken"
            )


def _slope(lines: NDArray[np.float64]) -> float:
    """The mean slope of the positions along all lines, in projector pixels for each camera pixel."""
    known = np.isfinite(lines)
    at = np.broadcast_to(np.arange(lines.shape[1], dtype=float), lines.shape)[known]
    apart = at - at.mean()
    return float((apart * (lines[known] - lines[known].mean())).sum() / max(float((apart * apart).sum()), 1e-9))


def _require_sum(total: Light, wanted: Light, contrast: Light, lit: NDArray[np.bool_], at: int, where: str) -> None:
    """Raise RigError if two complementary patterns do not add up to white plus black: a photograph is misplaced."""
    misfit = np.median(np.abs(total - wanted)[lit] / contrast[lit])
    if misfit > MAX_MISFIT:
        raise RigError(
            f"{where}: photograph {at + 1} and the one that completes it do not add up to white (off by {misfit:.0%}); "
            "the photographs are in the wrong order, one was taken twice, or the camera changed its exposure"
        )


def _from_gray(code: NDArray[np.int64]) -> NDArray[np.int64]:
    shift = 1
    while shift < 32:
        code = code ^ code >> shift
        shift *= 2
    return code


def _bits(length: int) -> int:
    """The number of bits for all stripes along a side."""
    return max(1, (-(-length // STRIPE_PX) - 1).bit_length())


def pictures(size_px: tuple[int, int], gamma: float = 2.2) -> Iterator[tuple[Pattern, NDArray[np.uint8]]]:
    """Every pattern of the series, drawn."""
    for pattern in series(size_px):
        yield pattern, drawn(pattern, size_px, gamma)
