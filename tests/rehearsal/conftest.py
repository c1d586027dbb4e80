"""Productions small enough to be looked through in a second."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from installation.atlas.interpolate import Interpolator
from installation.editions.production import Production
from installation.show.score import (
    Cue,
    Keyframe,
    Layer,
    Leg,
    Output,
    Score,
    Take,
    Track,
    Transition,
    ViewKeyframe,
    Walk,
)
from tests.small_atlas import small_atlas

OUTPUTS = (Output("left", 64, 36), Output("right", 48, 36))

Produce = Callable[..., Production]


def still(neuron: str = "test/near/1", zoom: float = 1.0) -> Take:
    return Take(Walk((Leg(neuron, neuron, 0.0, 10.0),), 10.0), (ViewKeyframe(0.0, zoom=zoom),))


def blinking(per_second: int, seconds: int) -> Track:
    """An opacity that is switched between 0 and 1 so many times on and off a second."""
    half = 0.5 / per_second
    return Track(
        tuple(Keyframe(index * half, float(index % 2 == 0), "hold") for index in range(2 * per_second * seconds))
    )


def layer(*outputs: str, take: Take | None = None, opacity: Track | None = None, name: str = "sea") -> Layer:
    return Layer(
        name, (take or still(),), outputs or ("left", "right"), opacity=opacity or Track((Keyframe(0.0, 1.0),))
    )


def score(*cues: Cue, loop: bool = False) -> Score:
    return Score("Small", Fraction(30), OUTPUTS, cues, loop=loop)


def cue(id: str, seconds: float, *layers: Layer, dissolve: float = 0.0) -> Cue:  # noqa: A002 the score's word
    return Cue(
        id, id.title(), seconds, layers or (layer(),), Transition("dissolve", dissolve) if dissolve else Transition()
    )


@pytest.fixture(scope="session")
def interpolator(tmp_path_factory: pytest.TempPathFactory) -> Interpolator:
    return Interpolator(small_atlas(tmp_path_factory.mktemp("atlas")))


@pytest.fixture
def produce(interpolator: Interpolator, tmp_path: Path) -> Produce:
    del tmp_path

    def make(played: Score) -> Production:
        return Production(played, interpolator, {one.name: (one.width, one.height) for one in played.outputs})

    return make
