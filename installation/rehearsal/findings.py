"""The results of a preflight: findings with their time in the show, costs, and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from installation.errors import Mistake
from installation.rehearsal.connected_rig import VisibleOutput
from installation.rehearsal.head_pictures import Picture


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, from `begin` to `end` seconds of the score; a `serious` one must be corrected before the show.

    `cue` is empty if the finding concerns the whole show.
    """

    kind: str
    serious: bool
    cue: str
    output: str
    begin: float
    end: float
    sentence: str

    def __str__(self) -> str:
        word = "must change" if self.serious else "check"
        return f"{word}: {self.when}, {self.output}: {self.sentence}"

    @property
    def when(self) -> str:
        return f"{clock(self.begin)} to {clock(self.end)}, cue {self.cue}" if self.cue else "whole show"


@dataclass(frozen=True, slots=True)
class CueCost:
    """A cue's demand on the decoder at its most expensive frame: `load` 1 is this machine's limit at full quality.

    `quality` is the share of an output's width at which this machine will decode the cue, `step_frames` the number of
    frames from one of its pictures to the next.
    """

    cue: str
    mpx_per_frame: float
    load: float
    quality: float
    step_frames: int


@dataclass(frozen=True, slots=True)
class BurnIn:
    """The share of an output that stays bright for the whole loop, and its mean luminance, 0..1 (height, width)."""

    output: str
    share: float
    map: NDArray[np.float64] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Preflight:
    """The result of a preflight. It drew `frames_checked` frames, one every `every_seconds`.

    It also drew every frame of `seconds_checked_frame_by_frame` seconds. `seen` are the outputs in the checked sizes.
    `decoder` is the decoder that this machine would play with, and `mpx_per_second` its speed. `scenes` holds for each
    cue its id, its name and a picture of every output at the middle of the cue, as its monitor shows it.
    """

    title: str
    seen: tuple[VisibleOutput, ...]
    seconds: float
    every_seconds: float
    frames_checked: int
    seconds_checked_frame_by_frame: int
    decoder: str
    mpx_per_second: float
    findings: tuple[Finding, ...]
    costs: tuple[CueCost, ...]
    burn_in: tuple[BurnIn, ...]
    scenes: tuple[tuple[str, str, tuple[Picture, ...]], ...] = field(repr=False)

    @property
    def passed(self) -> bool:
        return not any(finding.serious for finding in self.findings)


def unplayable(title: str, mistakes: Sequence[Mistake]) -> Preflight:
    """The result for a score that cannot be played: its mistakes, without any check."""
    kinds = ["missing" if "is not in the atlas" in one.message else "score" for one in mistakes]
    findings = [
        Finding(kind, True, "", "the score", 0.0, 0.0, str(one)) for kind, one in zip(kinds, mistakes, strict=True)
    ]
    return Preflight(title, (), 0.0, 0.0, 0, 0, "", 0.0, tuple(findings), (), (), ())


def clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:.0f}:{rest:04.1f}"
