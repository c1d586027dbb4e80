"""A place for another world is where something stands out; where nothing does, the author says it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from installation.atlas.interpolate import Interpolator
from installation.atlas.places import SIDE, place_of, with_places
from installation.errors import ScoreError
from installation.show.score import Descend, DescentStop
from tests.small_atlas import small_atlas


def spotted(x: float, y: float, strength: float) -> torch.Tensor:
    """A sketch (1, 3, points): grey, with a spot of a radius of 0.12."""
    steps = torch.linspace(-1, 1, SIDE)
    inside = (torch.hypot(steps - x, steps[:, None] - y) < 0.12).float()
    return (0.5 + strength * inside).expand(1, 3, SIDE, SIDE).flatten(2)


def interpolator_of(folder: Path, sketch: torch.Tensor, monkeypatch: pytest.MonkeyPatch) -> Interpolator:
    monkeypatch.setattr(Interpolator, "sketches", lambda *_: sketch)
    return Interpolator(small_atlas(folder))


def test_a_spot_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = place_of(interpolator_of(tmp_path, spotted(0.31, -0.2, -0.4), monkeypatch), "test/near/0")
    assert place is not None
    assert place[:2] == pytest.approx((0.31, -0.2), abs=0.05)


def test_a_descent_into_a_flat_picture_needs_a_place_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    atlas = interpolator_of(tmp_path, spotted(0.0, 0.0, 0.01), monkeypatch).atlas
    told = Descend((DescentStop("test/near/0", (0.1, 0.2, 0.1)), DescentStop("test/near/1")), 5.0, "once")
    assert with_places(told, atlas) == told, "the last world has none in it"
    with pytest.raises(
        ScoreError, match=r"nothing in the picture of 'near-1' stands out.* \{near-1: \[0\.1, -0\.2, 0\.12\]\}"
    ):
        with_places(Descend(told.stops, 5.0), atlas)
