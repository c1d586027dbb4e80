"""The decoding quality: the best rung of a declared ladder that the measured decoding speed can hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from installation.picture.supply.decode_queue import DecodeTime
from installation.picture.supply.overload import Overload


@dataclass(frozen=True, slots=True)
class Rung:
    """`quality` is the decoded width as a share of the place's width; a picture is decoded every `step_seconds`.

    A step of 0 means every frame; `supersampled` averages detail finer than a pixel, see supersampling.py.
    """

    quality: float
    step_seconds: float
    supersampled: bool = False

    def step_frames(self, frames_per_second: float) -> int:
        """The frames from one picture to the next, at least one."""
        return max(1, round(self.step_seconds * frames_per_second))


LADDER: Final = (
    Rung(1.0, 0.0, supersampled=True),
    Rung(1.0, 0.0),
    Rung(0.75, 0.0),
    Rung(0.5, 0.0),
    Rung(0.75, 5 / 30),
    Rung(0.5, 5 / 30),
    Rung(0.5, 8 / 30),
    Rung(1 / 3, 8 / 30),
    Rung(1 / 3, 10 / 30),
    Rung(0.25, 10 / 30),
    Rung(0.25, 15 / 30),
)
"""Best first. Every rung costs less than the one before; the first two cost the same without detail finer than a
pixel."""

PRIORITY_RUNGS = 3
"""How many rungs outputs with priority are above the others."""

KEY_PICTURE_MARGIN = 1.3
"""How much larger key pictures are than one frame's view, from experience with moving cameras."""

MAX_LOAD, CARD_MAX_LOAD = 0.8, 0.92
"""The governor leaves a rung if the decoder's load on it would exceed this ..."""

TARGET_LOAD, CARD_TARGET_LOAD = 0.55, 0.75
"""... and takes a better one only if its load would be below this ... The limits of a card are higher because its
batches take a constant time; cores also do mixing and other work."""

RAISE_AFTER_SECONDS = 3.0
"""... for this long. Between the two limits nothing changes."""

DECAY = 0.97
"""The weight of a measurement relative to the next: about thirty pictures matter."""


@dataclass(frozen=True, slots=True)
class Demand:
    """The work in a frame: different moving pictures, their pixels at native size, and samples if supersampled."""

    pictures: int
    pixels: int
    samples: int = 0

    def __add__(self, other: Demand) -> Demand:
        return Demand(self.pictures + other.pictures, self.pixels + other.pixels, self.samples + other.samples)


class Speed:
    """The decoding time of a picture or batch, as a line fitted to measurements: a fixed start and a time per pixel."""

    def __init__(self, per_picture: float = 0.004, per_pixel: float = 1e-6) -> None:
        # Two invented pictures make the fit sound from the start; their weight soon vanishes.
        self._sums = [0.0] * 5
        for pixels in (10_000.0, 100_000.0):
            self._add(pixels, per_picture + pixels * per_pixel)

    def _add(self, pixels: float, seconds: float) -> None:
        added = (1.0, pixels, pixels * pixels, seconds, seconds * pixels)
        self._sums = [DECAY * old + new for old, new in zip(self._sums, added, strict=True)]

    def learn(self, measured: Iterable[DecodeTime]) -> None:
        """Add measurements."""
        for one in measured:
            self._add(one.pixels, one.seconds)

    def fitted(self) -> tuple[float, float]:
        """(seconds per picture, seconds per pixel), neither negative."""
        count, pixels, squares, seconds, products = self._sums
        spread = squares - pixels * pixels / count
        per_pixel = (products - pixels * seconds / count) / spread if spread > 1e-3 * squares else 0.0
        if per_pixel <= 0 or seconds < per_pixel * pixels:
            return 0.0, seconds / pixels
        return (seconds - per_pixel * pixels) / count, per_pixel

    def load(self, rung: Rung, demand: Demand, frames_per_second: float, batch_px: int = 0) -> float:
        """The decoder's load on a rung, as a share of its time; `batch_px` as for the governor."""
        step = rung.step_frames(frames_per_second)
        per_picture, per_pixel = self.fitted()
        native = max(demand.pixels, demand.samples) if rung.supersampled else demand.pixels
        pixels = native * rung.quality**2 * (KEY_PICTURE_MARGIN if step > 1 else 1.0)
        starts = min(demand.pictures, math.ceil(pixels / batch_px)) if batch_px else demand.pictures
        return (starts * per_picture + pixels * per_pixel) * frames_per_second / step


class Governor:
    """Chooses the rungs: a worse rung at once if necessary, a better one only after some time with headroom.

    While frames are skipped and less drawing helps, the rung is lowered further; see overload.py. Outputs with priority
    keep a better rung than the others, within the ladder; `fixed` holds one rung for all. `batch_px` gives the most
    pixels of the decoder's batch, 0 for one picture at a time.
    """

    def __init__(
        self,
        frames_per_second: float,
        fixed: Rung | None = None,
        speed: Speed | None = None,
        priority: Collection[str] = (),
        batch_px: Callable[[], int] = int,
    ) -> None:
        self._batch_px = batch_px
        self.speed = speed or Speed()
        self._fixed = fixed
        self._current = len(LADDER) - 3
        self._overload = Overload(frames_per_second)
        self._priority = frozenset(priority)
        self._frames_per_second = frames_per_second
        self._headroom_since: int | None = None
        self._begun = False

    @property
    def rung(self) -> Rung:
        """The rung of the outputs without priority."""
        return self._fixed or LADDER[self._lowered(self._current)]

    def rung_of(self, output: str) -> Rung:
        """The rung of one output."""
        return self._fixed or LADDER[self._index(self._lowered(self._current), output)]

    def step_frames(self, output: str | None = None) -> int:
        """The frames between two pictures of an output; without an output, of the outputs with the fewest pictures."""
        rung = self.rung if output is None else self.rung_of(output)
        return rung.step_frames(self._frames_per_second)

    def decide(
        self,
        frame_number: int,
        demands: Mapping[str, Demand],
        measured: Iterable[DecodeTime],
        late: bool,
        skipped: int = 0,
    ) -> None:
        """Choose rungs from each output's demand and the cost of decoding; call this once a frame or less often.

        `late` means that a picture was not ready; `skipped` counts frames skipped while the decoder was busy.
        """
        self.speed.learn(measured)
        self._overload.note(frame_number, skipped)
        if self._fixed or not any(demand.pixels for demand in demands.values()):
            return
        batch_px = self._batch_px()
        loads = [self._load(index, demands, batch_px) for index in range(len(LADDER))]
        full, room = (CARD_MAX_LOAD, CARD_TARGET_LOAD) if batch_px else (MAX_LOAD, TARGET_LOAD)
        if not self._begun or loads[self._current] > full:
            self._begun = True
            self._take(next((i for i, load in enumerate(loads) if load <= room), len(LADDER) - 1))
            return
        better = next((i for i, load in enumerate(loads[: self._current]) if load <= room), self._current)
        if late or better == self._current:
            self._headroom_since = None
        elif self._headroom_since is None:
            self._headroom_since = frame_number
        elif frame_number - self._headroom_since >= RAISE_AFTER_SECONDS * self._frames_per_second:
            self._take(self._current - 1 if loads[self._current - 1] <= room else better)

    def _load(self, index: int, demands: Mapping[str, Demand], batch_px: int) -> float:
        """The decoder's load if the outputs without priority had this rung."""
        rungs: dict[Rung, Demand] = {}
        for output, demand in demands.items():
            rung = LADDER[self._index(index, output)]
            rungs[rung] = rungs.get(rung, Demand(0, 0)) + demand
        return sum(self.speed.load(rung, demand, self._frames_per_second, batch_px) for rung, demand in rungs.items())

    def _index(self, index: int, output: str) -> int:
        return max(0, index - PRIORITY_RUNGS) if output in self._priority else index

    def _lowered(self, index: int) -> int:
        return min(index + self._overload.rungs, len(LADDER) - 1)

    def _take(self, index: int) -> None:
        self._current = index
        self._headroom_since = None
